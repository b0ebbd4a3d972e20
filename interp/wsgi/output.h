// The response of one request on its way out: what start_response() said, whether the head has
// left, how much of Content-Length is left. Between start_response, write() and the iterable on one
// side, and the TaskGate on the other. All functions want the GIL.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "http/response.h"
#include "interp/python/py_ref.h"
#include "interp/wsgi/file_wrapper.h"
#include "interp/wsgi/task_gate.h"

namespace interp {

enum class Sent {
    kYes,
    kEnough,      // more than anybody gets: stop producing
    kClientGone,  // likewise
    kTooMany,     // files; nothing has been sent
    kRaised,      // a Python exception is set
};

class Output {
public:
    void begin(TaskGate& gate);

    // What start_response() fills, and accept() makes the response: that itself, or a draft where
    // one stands already, which stays if the call fails.
    [[nodiscard]] http::Response& draft() { return is_started_ ? second_ : gate_->task().response; }
    // `invalid_length`: the text of a Content-Length that is none; "" if there is no such thing.
    void accept(std::string&& invalid_length);

    [[nodiscard]] bool is_started() const { return is_started_; }  // start_response() has succeeded
    [[nodiscard]] bool is_head_sent() const { return is_head_sent_; }
    [[nodiscard]] bool is_client_gone() const { return is_client_gone_; }
    // More was given than Content-Length has said, or than is asked for where nobody gets it.
    [[nodiscard]] bool has_enough() const { return was_cut_; }

    // Sends body bytes, after the head if that is still here. Empty ones send nothing, but hear as
    // others do that the client has gone. kEnough: the response was complete without all of them
    // (PEP 3333), and is.
    // `bytes` is an object of type bytes, which the caller keeps until it returns.
    Sent send(PyObject* bytes);
    // The whole body at once, an object as above, or null: there is none; nothing follows. Where
    // the head is still here, sets Content-Length where the application has not and the response
    // may have one (PEP 3333).
    Sent send_all(PyObject* body);
    // The head, if it is still here: the iterable has ended.
    Sent send_head();
    // As the whole body. Nothing where it is too late for that, because another thread, or finding
    // out what file it is, which is Python, has sent the head.
    std::optional<Sent> send_file(const RegularFile& file);

private:
    [[nodiscard]] bool is_ready();
    void prepare_head(std::optional<std::uint64_t> default_length);
    base::Bytes within_length(base::Bytes bytes);
    Sent send_piece(const TaskGate::Turn& turn, PyObject* bytes);
    base::Result<> respond(
        const TaskGate::Turn& turn, PyObject* owner, base::Bytes first, bool is_last
    );
    Sent result_of(const base::Result<>& result);

    TaskGate* gate_ = nullptr;
    http::Response second_;
    std::string invalid_length_;
    bool is_started_ = false;
    bool is_head_sent_ = false;
    bool is_client_gone_ = false;
    bool omits_body_ = false;                 // HEAD, 204, 304: body bytes stay here
    std::optional<std::uint64_t> remaining_;  // of Content-Length
    bool was_cut_ = false;
};

}  // namespace interp
