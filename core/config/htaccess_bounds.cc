#include "core/config/htaccess_bounds.h"

#include "core/base/text/text.h"
#include "core/config/model/section.h"

namespace config {
namespace {

// Of a directive, and of each of its words: more than any takes (htaccess_bounds_test.cc). A list
// that grows has room for twice as many.
constexpr std::size_t kBytesPerDirective = 384;
constexpr std::size_t kBytesPerWord = 128;
// Allow and Deny become a rule for each of theirs.
constexpr std::size_t kBytesPerHostRule = 288;
constexpr std::size_t kBytesPerHostDirective = 96;
constexpr std::size_t kBytesPerSection = 2 * sizeof(Section);

}  // namespace

std::string HtaccessBounds::add_directive(const Line& line) {
    const bool has_host_rules =
        base::equal_case_blind(line.name, "Allow") || base::equal_case_blind(line.name, "Deny");
    return has_host_rules ? add(line, kBytesPerHostDirective, kBytesPerHostRule)
                          : add(line, kBytesPerDirective, kBytesPerWord);
}

std::string HtaccessBounds::add_section(const Line& line) {
    return add(line, kBytesPerSection, kBytesPerWord);
}

std::string HtaccessBounds::add(const Line& line, std::size_t bytes, std::size_t bytes_per_word) {
    bytes_ += bytes + line.rest.size();
    for (const auto& word : line.arguments) {
        bytes_ += bytes_per_word + word.size();
    }
    return bytes_ > kBytesMax ? "the directives of this file and their arguments are too many" : "";
}

std::string HtaccessBounds::check_regexes() const {
    return regex_bytes() > kRegexBytesMax ? "the regular expressions of this file become too large"
                                          : "";
}

}  // namespace config
