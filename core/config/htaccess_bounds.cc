#include "core/config/htaccess_bounds.h"

#include "core/config/model/section.h"

namespace config {
namespace {

// Of a directive, and of each of its words: more than any takes (htaccess_bounds_test.cc). A list
// that grows has room for twice as many.
constexpr std::size_t kBytesPerDirective = 384;
constexpr std::size_t kBytesPerWord = 128;
constexpr std::size_t kBytesPerSection = 2 * sizeof(Section);

}  // namespace

std::string HtaccessBounds::add_directive(const Line& line) {
    return add(line, kBytesPerDirective);
}

std::string HtaccessBounds::add_section(const Line& line) { return add(line, kBytesPerSection); }

std::string HtaccessBounds::add(const Line& line, std::size_t bytes) {
    bytes_ += bytes + line.rest.size();
    for (const auto& word : line.arguments) {
        bytes_ += kBytesPerWord + word.size();
    }
    return bytes_ > kBytesMax ? "the directives of this file and their arguments are too many" : "";
}

std::string HtaccessBounds::check_regexes() const {
    return regex_bytes() > kRegexBytesMax ? "the regular expressions of this file become too large"
                                          : "";
}

}  // namespace config
