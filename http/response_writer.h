// Response → bytes: the one place that decides on framing (RFC 9112 section 6), hop-by-hop fields,
// Date and Connection. Plain functions on values; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "http/request.h"
#include "http/response.h"

namespace http {

// How the body of one response is delimited. Made by write_head(), used up by write_body() and
// write_end().
struct Framing {
    bool keep_alive = false;  // the connection may serve another request afterwards
    bool chunked = false;
    // HEAD, 204, 205, 304: body bytes are dropped (RFC 9110 section 6.4.1).
    bool omits_body = false;
    // Of Content-Length; bytes beyond it would be taken for the next response, and are dropped.
    std::optional<std::uint64_t> remaining;
    bool was_cut = false;  // the application gave more than it had announced
};

// What the server itself adds to every head, as it stands there: made once for all heads of a
// second.
class OwnFields {
public:
    OwnFields() = default;  // nothing
    // `date` as from http_date() (RFC 9110 section 5.6.7); "" leaves one out.
    OwnFields(std::string_view date, std::string_view server);

    // The lines of those that are wanted.
    [[nodiscard]] std::string_view lines(bool with_date, bool with_server) const {
        const std::size_t start = with_date ? 0 : date_size_;
        const std::size_t end = with_server ? lines_.size() : date_size_;
        return std::string_view(lines_).substr(start, end - start);
    }

private:
    std::string lines_;  // Date, then Server
    std::size_t date_size_ = 0;
};

// What the head depends on besides the response.
struct HeadContext {
    std::uint8_t minor = 1;          // the request's
    bool is_head = false;            // the request's method is HEAD
    bool may_keep_alive = true;      // the client's wish, KeepAlive, and that we are not stopping
    const OwnFields* own = nullptr;  // those that the response does not have itself; null: none
    // Fields that the configuration adds to those of the response; each has passed check_field().
    std::span<const std::pair<std::string, std::string>> extra = {};
};

// Checks the head as the last gate before the wire, whoever made it: status 200 … 999 (an
// application cannot send 1xx), no CR, LF or NUL anywhere, names are tokens (RFC 9110
// section 5.6.2). A fault is kApplication.
base::Result<> check(const Response& response);
base::Result<> check_field(std::string_view name, std::string_view value);
// The same of a head that the server itself has made of what the configuration says. It may be as
// large as an application's (head_limit.h), which was bounded while it grew.
base::Result<> check_own(const Response& response);

// Appends status line and fields to `out`. Drops hop-by-hop fields (Connection, Keep-Alive,
// Proxy-Connection, Transfer-Encoding, Upgrade, TE, Trailer) and Content-Length fields of the list,
// keeps a Date or Server of the application's. `response` has passed check().
Framing write_head(const Response& response, const HeadContext& context, std::string& out);
// Appends `bytes`, framed; nothing where the body is omitted or Content-Length is used up.
void write_body(Framing& framing, base::Bytes bytes, std::string& out);
// For bodies that travel by another way (sendfile): how many of `count` bytes may be sent; counts
// them as sent. Not for a chunked body (CHECK), whose bytes need write_chunk_start() in front and
// "\r\n" behind.
std::uint64_t take_unframed(Framing& framing, std::uint64_t count);
// Appends what stands in front of a chunk of `size` bytes, not 0, for bytes that travel by another
// way; the caller sends exactly that many and then "\r\n".
void write_chunk_start(std::uint64_t size, std::string& out);
// Appends what ends the body. False: the body is shorter than announced, and the connection must be
// closed (RFC 9112 section 8).
[[nodiscard]] bool write_end(Framing& framing, std::string& out);

}  // namespace http
