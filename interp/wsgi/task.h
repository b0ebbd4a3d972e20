// Task: a request as a pool thread sees it. core/server implements it twice: for embedded mode,
// where the other side is an event loop of the same process, and for daemon mode, where it is a
// socketpair. A Task belongs to one pool thread from ThreadPool::submit() until finish() or abort()
// has returned. A thread that the application has made may read the body or write in its place
// meanwhile: never two at once, and never after the end.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "core/base/bytes.h"
#include "core/base/loan.h"
#include "core/base/result.h"
#include "core/base/system/log.h"
#include "core/request/parcel.h"
#include "http/response.h"

namespace interp {

// What whoever reads or writes then hears, where nothing else is known.
inline const base::Error kClientHasGone{
    base::Fault::kClient, "the client has closed the connection"};

class Task {
public:
    virtual ~Task() = default;
    // `parcel` belongs to whoever implements this, and outlives it.
    explicit Task(request::Parcel& parcel)
        : request(parcel.request),
          route(parcel.route),
          dispatch(parcel.dispatch),
          facts(parcel.facts) {}
    Task(const Task&) = delete;
    Task& operator=(const Task&) = delete;

    http::Request& request;
    request::Route& route;
    // With a script in it, the task is to ask that one for the groups, and ends with finish() when
    // the answers stand there. Nothing is responded.
    request::Dispatch& dispatch;
    request::Facts& facts;
    http::Response response;         // filled by the pool thread before respond()
    const base::Log* log = nullptr;  // the virtual host's error log; null: base::main_log()

    // The script to run.
    [[nodiscard]] const std::string& script() const {
        return dispatch.script.empty() ? route.script() : dispatch.script;
    }
    // The interpreter to run it in; "" is the main one.
    [[nodiscard]] const std::string& interpreter() const {
        return dispatch.script.empty() ? route.application_group : dispatch.application_group;
    }

    // The request body. Bytes up to `max` that are here already; 0 with is_body_complete() is its
    // end. Never blocks; call it with or without the GIL. `max` 0 says only that somebody wants the
    // body (100 Continue).
    virtual std::size_t read_body_now(char* out, std::size_t max) = 0;
    [[nodiscard]] virtual bool is_body_complete() const = 0;  // everything has been read
    // Blocks until read_body_now() has something to say. Call it without the GIL. An error is
    // final: the client has gone, was too slow, or sent a malformed chunk; `what` is the reason in
    // wsgi.input's OSError.
    virtual base::Result<> wait_for_body() = 0;

    // Sends `response` and the first bytes of its body. `is_last`: nothing follows but finish().
    // These three may block until there is room; call them without the GIL when `bytes` is long or
    // would_block(). An error means that the client has gone: stop producing.
    virtual base::Result<> respond(base::Bytes first, bool is_last) = 0;
    virtual base::Result<> write(base::Bytes bytes, bool is_last) = 0;
    // Sends `response` and as its whole body bytes that stay where they are until they are given
    // back. Never blocks. Only where takes_loan() has said yes to what they cost as long as they
    // are lent; bytes.
    virtual base::Result<> respond_with_loan(base::Loan whole_body, bool is_last) {
        return respond(whole_body.bytes(), is_last);
    }
    [[nodiscard]] virtual bool takes_loan(std::size_t /*cost*/) const { return false; }
    // Sends `response` and as its whole body `count` bytes of a regular file from `offset`. The
    // descriptor is duplicated, the caller keeps its own. Only where takes_file() has said yes: a
    // process has so many descriptors for this, and slow clients keep them.
    virtual base::Result<> respond_with_file(int fd, off_t offset, std::size_t count) = 0;
    [[nodiscard]] virtual bool takes_file() = 0;
    [[nodiscard]] virtual bool would_block() const = 0;
    // Whoever has nothing to send says that, and hears what these would have said. Costs next to
    // nothing, and never blocks.
    [[nodiscard]] virtual bool is_client_gone() = 0;

    // Exactly one of the two ends a task; it may be destroyed or reused by the time they return.
    // They need no memory that may not be there: the last word is always said.
    virtual void finish() = 0;
    // The response cannot be completed. Before respond(): the server answers with `status`. After:
    // the client sees a broken connection, never a clean end. The pool thread has logged
    // what the application did; `error` is for the rest.
    virtual void abort(int status, const base::Error& error) = 0;

private:
    friend class TaskQueue;
    Task* next_queued_ = nullptr;
};

}  // namespace interp
