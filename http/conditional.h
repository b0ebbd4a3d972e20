// Conditional requests (RFC 9110 section 13): what the client knows of a file already decides
// whether it is sent. Plain functions; any thread.
#pragma once

#include <cstdint>
#include <string_view>

#include "http/request.h"

namespace http {

// What is known of the representation that a request without conditions would get.
struct Validators {
    std::string_view etag;           // strong, with its quotes
    std::int64_t last_modified = 0;  // seconds since the epoch
    std::int64_t now = 0;            // likewise
};

enum class Precondition : std::uint8_t {
    kHolds,        // answer as if there were none
    kNotModified,  // 304
    kFailed,       // 412
};

// In the order of section 13.2.2. Fields that are no valid dates, or appear twice where one date is
// meant, count as not sent (sections 13.1.3 and 13.1.4).
Precondition evaluate(const Request& request, const Validators& validators);

}  // namespace http
