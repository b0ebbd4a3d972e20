// Responder: whoever answers a request over time (the thread pool of this process, or a daemon
// process), or has it until that is known (dispatch/aside/deferred.h), as a connection sees it.
// Loop thread only. What it has to say waits in it until it is taken: Http1Answer::pump() is its
// way to the socket, and nothing here sends. Pages and files of the server's own have no responder:
// see Asker::answer_with_page().
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "core/base/bytes.h"
#include "core/server/answer/answer.h"
#include "http/request.h"

namespace server {

// Whether what is still to come of a request's body can be read and dropped once the answer has
// ended, so that the connection lives on (RFC 9112 section 9.6: else the answer's head says that it
// does not). A long rest costs more than a new connection; how long a chunked one is nobody knows,
// LimitRequestBody bounds it. Whoever waits for "100 Continue" may send the body or not.
inline bool may_skip_rest(const http::Request& request, bool has_continued) {
    constexpr std::uint64_t kSkippedMax = 8 * 1024 * 1024;
    return (!request.expects_continue || has_continued) &&
           request.content_length.value_or(0) <= kSkippedMax;
}

// So much of the memory for bodies does one that is idle keep for the next.
inline constexpr std::size_t kKeptBodyBytes = 64 * 1024;

class Responder {
public:
    virtual ~Responder() = default;
    Responder() = default;
    Responder(const Responder&) = delete;
    Responder& operator=(const Responder&) = delete;

    // The request body, in order, then exactly one of end_body() and fail_body(). Not called for
    // requests without one.
    virtual void add_body(base::Bytes bytes) = 0;
    virtual void end_body() = 0;
    virtual void fail_body(const std::string& reason) = 0;
    // False: the connection stops receiving until it is pumped again.
    [[nodiscard]] virtual bool has_room() = 0;
    // Somebody waits for the body, and the client waits for "100 Continue". True once.
    virtual bool take_continue_wish() = 0;

    // Moves what there is into `taken`.
    virtual void take(Answer& taken) = 0;
    // Nobody works for the answer any more, though not all of it may have been taken.
    [[nodiscard]] virtual bool has_said_all() const = 0;
    // The client has gone: nothing of the answer is wanted any more. It still ends, and
    // Exchange::on_answer() sees it.
    virtual void abandon() = 0;
};

}  // namespace server
