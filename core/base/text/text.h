// Case of ASCII letters, whatever the locale: names of directives, header fields and hosts know no
// other. Pure functions; any thread.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <string_view>

namespace base {

constexpr char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}
constexpr char upper(char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c;
}
constexpr bool is_letter(char c) { return lower(c) >= 'a' && lower(c) <= 'z'; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_letter_or_digit(char c) { return is_letter(c) || is_digit(c); }

inline bool equal_case_blind(std::string_view a, std::string_view b) {
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
               return x == y || lower(x) == lower(y);
           });
}

inline void append_lower(std::string& out, std::string_view text) {
    for (const char c : text) {
        out.push_back(lower(c));
    }
}
inline void append_upper(std::string& out, std::string_view text) {
    for (const char c : text) {
        out.push_back(upper(c));
    }
}
inline std::string lower_case(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    append_lower(out, text);
    return out;
}

// The nearest of `known` to a misspelt name, whatever its case; empty when nothing is near.
std::string_view nearest(std::string_view misspelt, std::span<const std::string_view> known);

}  // namespace base
