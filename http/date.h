// HTTP-date ↔ seconds since the epoch (RFC 9110 section 5.6.7). Plain functions; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace http {

// "Sun, 06 Nov 1994 08:49:37 GMT"
std::string http_date(std::int64_t seconds_since_epoch);

// All three forms that a recipient has to understand; nothing for any other text. `now` decides on
// the century of a year with two digits.
std::optional<std::int64_t> parse_http_date(std::string_view text, std::int64_t now);

}  // namespace http
