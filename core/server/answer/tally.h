// What is counted of a request and its answer, for its line in the access log. A value.
#pragma once

#include <cstdint>

namespace server {

struct Tally {
    int before = 0;                    // requests of its connection before it
    std::int64_t begun = 0;            // of its first byte; microseconds since the epoch
    std::uint64_t bytes_received = 0;  // head and body, so far
    std::uint64_t bytes_sent = 0;      // likewise
    std::uint64_t body_bytes = 0;      // of the answer, so far
    int status = 0;                    // of what has been said; 0: nothing
};

}  // namespace server
