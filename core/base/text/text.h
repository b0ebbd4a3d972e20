// What texts of requests and of configuration files are made of. Letters are those of ASCII,
// whatever the locale: names of directives, header fields and hosts know no others. Pure functions;
// any thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
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

// Without those of `blanks` that it begins and ends with.
constexpr std::string_view trimmed(std::string_view text, std::string_view blanks) {
    const auto first = text.find_first_not_of(blanks);
    return first == std::string_view::npos
               ? std::string_view()
               : text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

// The value of a hexadecimal digit, or -1.
constexpr int hex_digit(char c) {
    constexpr int kTen = 10;
    if (is_digit(c)) {
        return c - '0';
    }
    const char letter = lower(c);
    return letter >= 'a' && letter <= 'f' ? letter - 'a' + kTen : -1;
}

// The byte that "%XX" at `at` stands for (RFC 3986 section 2.1), or -1 where no two digits follow.
constexpr int escaped_byte(std::string_view text, std::size_t at) {
    constexpr int kBase = 16;
    if (text.size() < 3 || at > text.size() - 3) {
        return -1;
    }
    const int high = hex_digit(text[at + 1]);
    const int low = hex_digit(text[at + 2]);
    return high < 0 || low < 0 ? -1 : high * kBase + low;
}

// The number that a text starts with, as C's strtoll() reads it: behind blanks, maybe with a sign;
// what follows does not count. 0 where there is none, and the nearest where it is too large.
std::int64_t leading_number(std::string_view text);

// The nearest of `known` to a misspelt name, whatever its case; empty when nothing is near.
std::string_view nearest(std::string_view misspelt, std::span<const std::string_view> known);

}  // namespace base
