// Daemon mode: a request in the daemon process. One stream of a ServerLink; the other end is a
// DaemonStream. The leader (whichever thread reads the socketpair) feeds it, a pool thread runs it;
// what both touch is guarded by the link's mutex. Kept for the next request with its number.
//
//     idle ─ begin() ─→ queued ─ a thread takes it ─→ runs ⇄ waits (is_waiting_) ─→ idle
//                         └─ withdrawn: nobody wants it, the leader ends it ────────┘
//
// Running (is_running_) is all between begin() and the last frame's place in the outbox: the
// server process may use the number again as soon as it has read that, and no sooner. What still
// comes for an idle one is of a request that has been answered, and is dropped. is_abandoned_ may
// come at any time in between; the thread sees it at its next read or write.
//
// The Parcel is the leader's until submit(), and then the pool thread's, without a lock.
#pragma once

#include <string>

#include "core/base/bytes.h"
#include "interp/wsgi/task.h"
#include "ipc/frame.h"
#include "ipc/messages.h"

namespace server {

class ServerLink;

// A request that has come over a link. Before the task, which refers to it.
struct ReceivedRequest {
    request::Parcel parcel;
};

class DaemonTask final : private ReceivedRequest, public interp::Task {
public:
    DaemonTask(ServerLink& link, std::uint32_t number)
        : interp::Task(parcel), link_(link), number_(number) {}

    // The leader, with the link's mutex: a new request has come, or something for it. Where there
    // is no memory for begin() (std::bad_alloc), nothing has begun; for the others, on_no_memory()
    // follows.
    void begin(bool has_body, std::size_t head_size);
    // All of these return whether the pool thread is to look again.
    base::Result<bool> on_body(const ipc::Frame& frame);
    bool on_end();
    base::Result<bool> on_abort(const ipc::Frame& frame);
    base::Result<bool> on_window(const ipc::Frame& frame);
    void on_link_lost() { is_abandoned_ = true; }  // as if the client had gone
    bool on_no_memory();
    [[nodiscard]] bool is_running() const { return is_running_; }

    // interp::Task, pool thread; abort() also by the leader, of one that it has withdrawn.
    std::size_t read_body_now(char* out, std::size_t max) override;
    [[nodiscard]] bool is_body_complete() const override;
    base::Result<> wait_for_body() override;
    base::Result<> respond(base::Bytes first, bool is_last) override;
    base::Result<> write(base::Bytes bytes, bool is_last) override;
    base::Result<> respond_with_file(int fd, off_t offset, std::size_t count) override;
    [[nodiscard]] bool takes_file() override;
    [[nodiscard]] bool would_block() const override;
    void finish() override;
    void abort(int status, const base::Error& error) override;

private:
    void add_head(std::uint8_t flags);
    base::Result<> send_body(base::Bytes bytes, bool is_last);
    base::Result<> wait_for_window();
    tl::unexpected<base::Error> fail_for_memory() const;
    void end();

    ServerLink& link_;
    const std::uint32_t number_;
    // Guarded by the link's mutex.
    bool is_running_ = false;    // until the last frame has been queued
    bool is_waiting_ = false;    // its pool thread waits
    bool is_large_ = false;      // its head is more than an idle task keeps
    bool is_abandoned_ = false;  // the client or the server process has gone
    base::Buffer body_;
    bool body_has_ended_ = false;
    std::string body_error_;
    std::uint32_t consumed_ = 0;  // body bytes since the server was last told of room
    std::uint32_t received_ = 0;  // body bytes that the server was not told yet are gone
    bool has_asked_continue_ = false;
    std::uint32_t window_ = 0;  // body bytes that may be sent
};

}  // namespace server
