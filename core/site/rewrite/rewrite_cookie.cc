#include "core/site/rewrite/rewrite_cookie.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <ctime>
#include <initializer_list>
#include <iterator>

#include "core/base/text/text.h"

namespace site {
namespace {

enum Part { kName, kValue, kDomain, kMinutes, kPath, kSecure, kHttpOnly, kSameSite, kParts };

std::array<std::string, kParts> parts_of(std::string_view text) {
    const char separator = text.starts_with(';') ? ';' : ':';
    text.remove_prefix(separator == ';' ? 1 : 0);
    std::array<std::string, kParts> parts;
    for (auto& part : parts) {
        const auto end = std::min(text.find(separator), text.size());
        for (const char c : text.substr(0, end)) {
            if (static_cast<unsigned char>(c) < ' ' || c == '\x7f' || c == ';') {
                fmt::format_to(std::back_inserter(part), "%{:02X}", static_cast<unsigned char>(c));
            } else {
                part.push_back(c);
            }
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return parts;
}

bool is_any_of(std::string_view text, std::initializer_list<std::string_view> words) {
    return std::ranges::any_of(words, [&](auto word) {
        return base::equal_case_blind(text, word);
    });
}

// "Fri, 20-Nov-2026 13:54:24 GMT", as Netscape wrote it and Apache does.
std::string date_of(std::chrono::system_clock::time_point when) {
    static constexpr std::array<std::string_view, 7> kDays = {
        "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr std::array<std::string_view, 12> kMonths = {
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const std::time_t seconds = std::chrono::system_clock::to_time_t(when);
    std::tm utc{};
    if (gmtime_r(&seconds, &utc) == nullptr) {
        return {};
    }
    return fmt::format(
        "{}, {:02}-{}-{:04} {:02}:{:02}:{:02} GMT",
        kDays.at(static_cast<std::size_t>(utc.tm_wday)),
        utc.tm_mday,
        kMonths.at(static_cast<std::size_t>(utc.tm_mon)),
        utc.tm_year + 1900,
        utc.tm_hour,
        utc.tm_min,
        utc.tm_sec
    );
}

}  // namespace

std::optional<RewriteCookie> cookie_of(
    std::string_view text, std::chrono::system_clock::time_point now
) {
    constexpr long kMinutesMax = 60L * 24 * 366 * 100;
    const auto parts = parts_of(text);
    if (parts[kName].empty() || parts[kDomain].empty()) {
        return std::nullopt;
    }
    auto header = fmt::format(
        "{}={}; path={}; domain={}",
        parts[kName],
        parts[kValue],
        parts[kPath].empty() ? "/" : parts[kPath],
        parts[kDomain]
    );
    const long minutes =
        std::clamp(std::strtol(parts[kMinutes].c_str(), nullptr, 10), -kMinutesMax, kMinutesMax);
    if (minutes != 0) {
        header += "; expires=" + date_of(now + std::chrono::minutes(minutes));
    }
    if (is_any_of(parts[kSecure], {"true", "1", "secure"})) {
        header += "; secure";
    }
    if (is_any_of(parts[kHttpOnly], {"true", "1", "HttpOnly"})) {
        header += "; HttpOnly";
    }
    if (!is_any_of(parts[kSameSite], {"", "0", "false"})) {
        header += "; SameSite=" + parts[kSameSite];
    }
    return RewriteCookie{parts[kName], std::move(header)};
}

std::string cookie_text(const Expanded& text) {
    const char separator = text.text.starts_with(';') && !text.is_foreign(0) ? ';' : ':';
    std::string out;
    for (std::size_t at = 0; at < text.text.size(); ++at) {
        if (text.text[at] == separator && text.is_foreign(at)) {
            out += separator == ';' ? "%3B" : "%3A";
        } else {
            out.push_back(text.text[at]);
        }
    }
    return out;
}

}  // namespace site
