// HtaccessBounds: what a .htaccess file, which a stranger may have written, becomes while it is
// parsed: some bytes of text become a rule or a regular expression of hundreds. One thread; lives
// as long as the parsing.
#pragma once

#include <cstddef>
#include <string>

#include "core/base/text/regex.h"
#include "core/config/language/line_tokenizer.h"

namespace config {

class HtaccessBounds {
public:
    // What all but regular expressions may become. A list of 20000 addresses, as is found in the
    // wild, has room.
    static constexpr std::size_t kBytesMax = 16 << 20;
    // What they may.
    static constexpr std::size_t kRegexBytesMax = 4 << 20;

    // Before a line becomes anything; what is wrong with that, or "".
    std::string add_directive(const Line& line);
    std::string add_section(const Line& line);
    // After it has.
    [[nodiscard]] std::string check_regexes() const;

    // What it takes in memory, about.
    [[nodiscard]] std::size_t bytes() const { return bytes_ + regex_bytes(); }

private:
    std::string add(const Line& line, std::size_t bytes, std::size_t bytes_per_word);
    [[nodiscard]] std::size_t regex_bytes() const {
        return base::Regex::bytes_compiled() - regex_bytes_before_;
    }

    const std::size_t regex_bytes_before_ = base::Regex::bytes_compiled();
    std::size_t bytes_ = 0;
};

}  // namespace config
