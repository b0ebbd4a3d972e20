#include "core/config/language/slips.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "core/base/text/text.h"
#include "core/config/language/directive.h"

namespace config {
namespace {

struct Range {
    unsigned first;
    unsigned last;
};
// White space that is none to us, and what has no width.
constexpr Range kInvisible[] = {
    {0x00A0, 0x00A0},
    {0x00AD, 0x00AD},
    {0x061C, 0x061C},
    {0x1680, 0x1680},
    {0x180E, 0x180E},
    {0x2000, 0x200F},
    {0x2028, 0x202F},
    {0x205F, 0x206F},
    {0x3000, 0x3000},
    {0xFEFF, 0xFEFF},
};

bool is_invisible(unsigned character) {
    return std::ranges::any_of(kInvisible, [&](const Range& range) {
        return character >= range.first && character <= range.last;
    });
}

// A character of two or three bytes in UTF-8 (RFC 3629), where all that cannot be seen is; 0 where
// none begins there.
unsigned character_at(std::string_view text, std::size_t& size) {
    const auto byte = [&](std::size_t at) {
        return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U;
    };
    const auto follows = [&](std::size_t at) { return (byte(at) & 0xC0U) == 0x80U; };
    if ((byte(0) & 0xE0U) == 0xC0U && follows(1)) {
        size = 2;
        return (byte(0) & 0x1FU) << 6U | (byte(1) & 0x3FU);
    }
    if ((byte(0) & 0xF0U) == 0xE0U && follows(1) && follows(2)) {
        size = 3;
        return (byte(0) & 0x0FU) << 12U | (byte(1) & 0x3FU) << 6U | (byte(2) & 0x3FU);
    }
    size = 1;
    return 0;
}

}  // namespace

std::string unknown_directive(std::string_view name) {
    std::string shown;
    std::string found;  // the first that cannot be seen
    std::size_t size = 0;
    for (std::size_t at = 0; at < name.size(); at += size) {
        const unsigned character = character_at(name.substr(at), size);
        if (is_invisible(character)) {
            const auto number = fmt::format("U+{:04X}", character);
            shown += "<" + number + ">";
            found = found.empty() ? number : found;
        } else {
            shown += name.substr(at, size);
        }
    }
    if (found.empty()) {
        return fmt::format("unknown directive \"{}\"{}", name, suggest_directive(name));
    }
    return fmt::format(
        "unknown directive \"{}\": it holds {}, a character that cannot be seen; type this line "
        "anew",
        shown,
        found
    );
}

std::string comment_hint(const Line& line) {
    const auto begins_comment = [](const std::string& word) {  // "#1000" is a user
        return word.starts_with('#') && (word.size() == 1 || !base::is_digit(word[1]));
    };
    const auto& words = line.arguments;
    return words.size() > 1 && std::any_of(std::next(words.begin()), words.end(), begins_comment)
               ? "; a comment has a line of its own, which begins with #"
               : "";
}

}  // namespace config
