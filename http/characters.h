// The byte classes of HTTP's grammar as one table, so that a scan costs one look-up per byte.
// Constants; any thread.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace http {

enum class Class : std::uint8_t {
    kToken = 1,   // tchar (RFC 9110 section 5.6.2)
    kTarget = 2,  // VCHAR without "#", which no request target has (RFC 9112 section 3.2)
    kHost = 4,   // unreserved and sub-delims of a reg-name (RFC 3986 section 3.2.2); "%" is checked
                 // apart
    kField = 8,  // HTAB, SP, VCHAR, obs-text: what a field value or a reason is made of (RFC 9110
                 // section 5.5)
    kDigit = 16,
    kHex = 32,
    kLine = 64,  // all but CR, LF and NUL: what ends neither a line nor a text early
};

namespace detail {

constexpr std::array<std::uint8_t, 256> make_classes() {
    std::array<std::uint8_t, 256> table{};
    const auto mark = [&table](std::string_view bytes, Class of) {
        for (const char byte : bytes) {
            auto& entry = table[static_cast<unsigned char>(byte)];
            entry = static_cast<std::uint8_t>(entry | static_cast<std::uint8_t>(of));
        }
    };
    constexpr std::string_view kDigits = "0123456789";
    constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    for (const Class of : {Class::kToken, Class::kHost}) {
        mark(kDigits, of);
        mark(kLetters, of);
    }
    mark("!#$%&'*+-.^_`|~", Class::kToken);
    mark("-._~!$&'()*+,;=", Class::kHost);
    mark(kDigits, Class::kDigit);
    mark("0123456789abcdefABCDEF", Class::kHex);
    mark("\t", Class::kField);
    for (int byte = 0; byte <= 0xff; ++byte) {
        const char one = static_cast<char>(byte);
        if (byte != '\r' && byte != '\n' && byte != 0) {
            mark({&one, 1}, Class::kLine);
        }
        if (byte >= 0x20 && byte != 0x7f) {
            mark({&one, 1}, Class::kField);
        }
        if (byte > 0x20 && byte < 0x7f && byte != '#') {
            mark({&one, 1}, Class::kTarget);
        }
    }
    return table;
}

inline constexpr auto kClasses = make_classes();

}  // namespace detail

constexpr bool is(Class of, char byte) {
    return (detail::kClasses[static_cast<unsigned char>(byte)] & static_cast<std::uint8_t>(of)) !=
           0;
}

constexpr bool are_all(Class of, std::string_view bytes) {
    return std::all_of(bytes.begin(), bytes.end(), [of](char byte) { return is(of, byte); });
}

// A token has at least one byte.
constexpr bool is_token(std::string_view bytes) {
    return !bytes.empty() && are_all(Class::kToken, bytes);
}

// Without the optional white space around it (OWS, RFC 9110 section 5.6.3).
constexpr std::string_view trimmed(std::string_view bytes) {
    while (!bytes.empty() && (bytes.front() == ' ' || bytes.front() == '\t')) {
        bytes.remove_prefix(1);
    }
    while (!bytes.empty() && (bytes.back() == ' ' || bytes.back() == '\t')) {
        bytes.remove_suffix(1);
    }
    return bytes;
}

}  // namespace http
