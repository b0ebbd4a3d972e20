// Bytes → Request and body. Fields, chunks and trailers are tokenised by llhttp, strictly; the
// request line (see request_line.h), the limits, and what all of it means for a server (one
// framing, one Host) are decided in this folder. One Parser per connection, fed in order; loop
// thread only; no I/O. How input is cut into pieces never changes the outcome: request, body bytes
// and error are the same for every split.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "core/base/bytes.h"
#include "http/parser/parse_error.h"
#include "http/request.h"

namespace http {

// Apache's LimitRequestLine, LimitRequestFieldSize (bytes), LimitRequestFields (count),
// LimitRequestBody (bytes, 0: none). fields 0: any number. `section` holds the fields of a head, or
// of trailers, as a whole (bytes).
struct Limits {
    std::size_t request_line = 8190;
    std::size_t field_size = 8190;
    std::size_t fields = 100;
    std::size_t section = 64 * 1024;
    std::uint64_t body = 1ULL << 30;
};

// Where decoded body bytes go, in order, while feed() runs.
class BodyReceiver {
public:
    virtual ~BodyReceiver() = default;
    virtual void on_body(base::Bytes bytes) = 0;
};

class Parser {
public:
    Parser(const Limits& limits, BodyReceiver& body);  // both outlive the parser
    ~Parser();
    Parser(const Parser&) = delete;
    Parser& operator=(const Parser&) = delete;

    enum class Step {
        kNeedMore,  // all bytes are consumed and the message goes on
        kHead,      // the head is complete and a body follows
        kEnd,    // the message is complete (with its head, if kHead was not said: there is no body)
        kError,  // see error(); the connection is to be closed; feeding more only says it again
    };
    // Reads on in `input` until something happened, takes the bytes it used off its front. The head
    // goes to `request`, which is the same object from the message's first byte to its head's end
    // and is cleared by the parser when a message begins. A request line that is refused before its
    // method is known is left in the target, and of one that is refused by its first byte, that.
    // After kHead `request` is not touched until the next message begins: another thread may have
    // it. A body that is too long is an error before its first byte where Content-Length tells,
    // else before the chunk that goes too far.
    Step feed(base::Bytes& input, Request& request);
    // The same, while is_inside_body(): kNeedMore, kEnd or kError.
    Step feed_body(base::Bytes& input);
    [[nodiscard]] const ParseError& error() const;

    // True from the first byte of a message to its end: a silent client is now a slow one (408),
    // not an idle one.
    [[nodiscard]] bool is_inside_message() const;
    [[nodiscard]] bool is_inside_body() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace http
