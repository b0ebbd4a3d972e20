// [CO=…]: a cookie that a rule sets. Pure; any thread.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "core/site/rewrite/rewrite_expansion.h"

namespace site {

struct RewriteCookie {
    std::string name;
    std::string header;  // the value of Set-Cookie
};

// "name:value:domain[:minutes[:path[:secure[:httponly[:samesite]]]]]"; behind a ";" in front, ";"
// separates. Nothing where there is no name or no domain. Neither control bytes nor ";" in a part
// become part of the header field.
std::optional<RewriteCookie> cookie_of(
    std::string_view text, std::chrono::system_clock::time_point now
);

// The text of a cookie, in which only separators that the configuration says separate.
std::string cookie_text(const Expanded& text);

}  // namespace site
