#include "core/server/tools/json.h"

#include <fmt/format.h>

#include <cstddef>

namespace server {
namespace {

// How many bytes at the front of `text` are one character of UTF-8 beyond ASCII; 0: none.
std::size_t utf8_size(std::string_view text) {
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
    const unsigned lead = byte(0);
    const std::size_t size = lead >= 0xC2 && lead <= 0xDF   ? 2
                             : lead >= 0xE0 && lead <= 0xEF ? 3
                             : lead >= 0xF0 && lead <= 0xF4 ? 4
                                                            : 0;
    if (size == 0 || size > text.size()) {
        return 0;
    }
    for (std::size_t at = 1; at < size; ++at) {
        if ((byte(at) & 0xC0) != 0x80) {
            return 0;
        }
    }
    // RFC 3629: no character in more bytes than it needs, no surrogates, nothing above U+10FFFF.
    const unsigned second = byte(1);
    const bool is_bad = (lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) ||
                        (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F);
    return is_bad ? 0 : size;
}

}  // namespace

std::string json_string(std::string_view text) {
    std::string out = "\"";
    for (std::size_t at = 0; at < text.size();) {
        const auto c = static_cast<unsigned char>(text[at]);
        if (c == '"' || c == '\\') {
            out.push_back('\\');
            out.push_back(static_cast<char>(c));
        } else if (c >= 0x20 && c < 0x7F) {
            out.push_back(static_cast<char>(c));
        } else if (const auto size = c < 0x80 ? 0 : utf8_size(text.substr(at)); size > 0) {
            out.append(text, at, size);
            at += size;
            continue;
        } else {
            out += fmt::format("\\u{:04x}", c);
        }
        ++at;
    }
    out.push_back('"');
    return out;
}

}  // namespace server
