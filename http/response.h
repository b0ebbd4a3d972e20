// The head of a response as an application gave it. write_head() (response_writer.h) alone turns it
// into bytes and decides about framing and hop-by-hop fields.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "http/headers.h"

namespace http {

struct Response {
    std::uint16_t status = 200;
    std::string reason;  // may be empty: "HTTP/1.1 200 " (PEP 3333 status "200 ")
    Headers headers;     // without Content-Length, which is the next member
    std::optional<std::uint64_t> content_length;  // bytes; none: chunked or until close

    void clear() {
        status = 200;
        reason.clear();
        headers.clear();
        content_length.reset();
    }
};

}  // namespace http
