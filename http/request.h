// The head of a request as values. What the parser has accepted is well-formed: one framing, one
// Host.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/headers.h"

namespace http {

struct Request {
    std::string method;  // as sent; any token (BREW and get too)
    std::string target;  // the raw request target, query included (REQUEST_URI)
    std::string
        authority;  // of the absolute form if there was one, else the Host field; a valid
                    // host[:port], or empty where HTTP/1.0 sent no Host or any version an empty one
    std::uint8_t minor = 1;         // HTTP/1.minor, 0 or 1 (1.2 and later count as 1)
    bool keep_alive = true;         // what the client asks for (RFC 9112 section 9.3)
    bool chunked = false;           // Transfer-Encoding: chunked
    bool expects_continue = false;  // Expect: 100-continue in HTTP/1.1 (RFC 9110 section 10.1.1)
    std::optional<std::uint64_t> content_length;  // bytes
    Headers headers;

    [[nodiscard]] bool has_body() const { return chunked || content_length.value_or(0) > 0; }
    [[nodiscard]] bool is_head() const { return std::string_view(method) == "HEAD"; }
    // The target's path and query: the absolute form without scheme and authority (RFC 9112
    // section 3.2.2), where an empty path is "/". Still percent-encoded. The path of the asterisk
    // form is "*".
    struct Asked {
        std::string_view path;
        std::string_view query;
    };
    [[nodiscard]] Asked asked() const;
    [[nodiscard]] std::string_view path() const { return asked().path; }
    [[nodiscard]] std::string_view query() const { return asked().query; }

    // Empties it and keeps its memory for the next request.
    void clear();
};

}  // namespace http
