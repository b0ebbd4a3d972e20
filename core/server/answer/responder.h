// Responder: whoever answers a request (the thread pool of this process, or a daemon process), as a
// connection sees it. Loop thread only. What it has to say waits in it until the connection takes
// it: Connection::pump() is the one way from an answer to the socket.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "core/base/bytes.h"
#include "core/base/fd.h"
#include "http/request.h"
#include "http/response_writer.h"

namespace server {

// What an idle request may hold on to of each of its buffers. Hundreds of connections with a large
// answer each would keep hundreds of megabytes.
constexpr std::size_t kKeptBytes = 64 * 1024;

// What take() found. Bytes are framed already (http::write_body) and go out first, then the file.
struct Output {
    std::string bytes;  // swapped with the responder's: both keep their memory
    base::Fd file;
    std::uint64_t file_offset = 0;
    std::uint64_t file_count = 0;
    int error_status =
        0;  // nothing has been said yet, and nothing will be: answer with a page of our own
    bool is_complete = false;         // the response has ended as it should
    const char* complaint = nullptr;  // for the error log: what is wrong with the response
    bool is_broken =
        false;  // it cannot be completed: break the connection once the bytes are out (T-24)
    // The response so far, for the access log; and whether its framing lets the connection live on.
    int status = 0;
    std::uint64_t body_bytes = 0;
    bool keep_alive = false;

    void clear() {
        bytes.clear();
        file.reset();
        file_offset = file_count = 0;
        error_status = 0;
        is_complete = is_broken = keep_alive = false;
        status = 0;
        body_bytes = 0;
        complaint = nullptr;
    }
    // Between two requests: gives back what a large answer has needed.
    void shrink() {
        if (bytes.capacity() > kKeptBytes) {
            std::string().swap(bytes);
        }
    }
    [[nodiscard]] bool has_ended() const { return is_complete || is_broken || error_status != 0; }

    // What Content-Length has to say about a body that has ended (T-21).
    void judge(const http::Framing& framing) {
        if (framing.was_cut) {
            complaint = "the application sent more than its Content-Length; the rest was dropped";
        } else if (is_broken && framing.remaining.value_or(0) > 0) {
            complaint =
                "the application sent less than its Content-Length; the connection is broken off";
        }
    }
};

// What a responder has to say, as far as it has come; it waits here until take(). Not thread-safe.
struct Answer {
    std::string wire;  // framed bytes
    http::Framing framing;
    base::Fd file;  // goes out behind `wire`
    std::uint64_t file_offset = 0;
    std::uint64_t file_count = 0;
    int error_status = 0;  // there is no answer, and the client is to get this
    int status = 0;
    std::uint64_t body_bytes = 0;
    bool has_head = false;
    bool is_complete = false;
    bool is_broken = false;

    // A new one; keeps some memory.
    void clear();
    void begin(const http::Response& response, const http::HeadContext& context);
    void add_body(base::Bytes bytes);
    void add_file(base::Fd its_file, std::uint64_t offset, std::uint64_t count);
    // All is said. Without a head, or with less than was announced, that is no proper end (T-21).
    void end();
    // It cannot be completed: `its_status` if nothing has been said, else a broken connection
    // (T-24).
    void fail(int its_status);
    // Moves what there is into `output`.
    void take(Output& output);
};

// Whether what is still to come of a request's body can be read and dropped once the answer has
// ended, so that the connection lives on (RFC 9112 section 9.6: else the answer's head says that it
// does not). A long rest costs more than a new connection; how long a chunked one is nobody knows,
// LimitRequestBody bounds it. Whoever waits for "100 Continue" may send the body or not (T-25).
inline bool may_skip_rest(const http::Request& request, bool has_continued) {
    constexpr std::uint64_t kSkippedMax = 8 * 1024 * 1024;
    return (!request.expects_continue || has_continued) &&
           request.content_length.value_or(0) <= kSkippedMax;
}

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

    // Moves what there is into `output`.
    virtual void take(Output& output) = 0;
    // The connection ends after this answer: its head says so, if it has not been written yet.
    virtual void announce_close() = 0;
    // The client has gone: nothing of the answer is wanted any more. It still ends, and
    // Exchange::on_answer() sees it.
    virtual void abandon() = 0;
};

}  // namespace server
