// Daemon mode: a request in the daemon process. One stream of a ServerLink; the other end is a
// DaemonStream. What comes of it is the ReceivedRequest's, which the leader feeds; a pool thread
// runs it here, and says the answer. What both touch is guarded by the link's mutex. Kept for the
// next request with its number.
//
//     idle ─ begin() ─→ queued ─ a thread takes it ─→ runs ⇄ waits (awaits_…()) ─→ idle
//                         └─ withdrawn: nobody wants it, the leader ends it ──────┘
//
// Running (is_running_) is all between begin() and the last frame's place in the outbox: the
// server process may use the number again as soon as it has read that, and no sooner. What still
// comes for an idle one is of a request that has been answered, and is dropped. It may be abandoned
// at any time in between; the thread sees that at its next read or write.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>

#include "core/base/bytes.h"
#include "core/server/daemon/received_request.h"
#include "interp/wsgi/task.h"
#include "ipc/frame.h"

namespace server {

class ServerLink;

class DaemonTask final : public ReceivedRequest, public interp::Task {
public:
    DaemonTask(ServerLink& link, std::uint32_t number)
        : interp::Task(parcel), link_(link), number_(number) {}

    // The leader, with the link's mutex. Where there is no memory for begin() (std::bad_alloc),
    // nothing has begun.
    void begin(bool has_body, std::size_t head_size);
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
    [[nodiscard]] bool is_client_gone() override { return is_abandoned(); }
    void finish() override;
    void abort(int status, const base::Error& error) override;

private:
    void give_room(std::uint32_t bytes);
    using Lock = std::unique_lock<std::mutex>;

    void add_head(std::uint8_t flags, base::Bytes body);
    base::Result<> send_body(Lock& lock, base::Bytes bytes, bool is_last);
    tl::unexpected<base::Error> fail_for_memory() const;
    void end();

    ServerLink& link_;
    const std::uint32_t number_;
    // Guarded by the link's mutex:
    bool is_running_ = false;  // until the last frame has been queued
    // The last frame that has been queued, where that may be the last word.
    std::optional<ipc::Outbox::Place> last_said_;
};

}  // namespace server
