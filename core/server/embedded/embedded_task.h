// Embedded mode: a request that is answered by the thread pool of its own process, as a pool thread
// sees it. The loop's side, and what both touch, is the EmbeddedResponder's. Lives in its
// exchange's Slot (dispatch/slot.h).
//
//     idle ── prepare() ─→ queued ── a thread takes it ─→ running ── finish(), abort() ─→ ended
//      ↑                     │ withdraw() (the client has gone)                             │
//      └──────── let_go() ───┴──────────────────────── let_go(), the loop has heard of it ──┘
//
// From submit() until it is withdrawn, or finish() or abort() has returned, a pool thread has the
// Parcel, without a lock: the loop reads it at most. Meanwhile the loop may call all that Responder
// has, abandon() too, at any time; nobody stops a thread that runs, it sees the end at its next
// read or write. prepare() and let_go() are for the time in which no pool thread knows of it.
#pragma once

#include <mutex>

#include "core/base/bytes.h"
#include "core/server/embedded/embedded_responder.h"
#include "interp/wsgi/task.h"

namespace server {

class EmbeddedTask final : public EmbeddedResponder, public interp::Task {
public:
    // `files` bounds what the process keeps open of files that it sends.
    EmbeddedTask(Inbox& inbox, FileRoom& files, request::Parcel& parcel)
        : EmbeddedResponder(inbox, files, parcel), interp::Task(parcel) {}

    // Loop thread, before the pool sees it: the loop is told of news with `ticket`.
    void prepare(Ticket ticket);

    // interp::Task, pool thread.
    std::size_t read_body_now(char* out, std::size_t max) override;
    [[nodiscard]] bool is_body_complete() const override;
    base::Result<> wait_for_body() override;
    base::Result<> respond(base::Bytes first, bool is_last) override;
    base::Result<> write(base::Bytes bytes, bool is_last) override;
    [[nodiscard]] bool takes_loan(std::size_t cost) const override {
        return AnswerRoom::has_room_to_lend(cost);
    }
    base::Result<> respond_with_loan(base::Loan whole_body, bool is_last) override;
    base::Result<> respond_with_file(int fd, off_t offset, std::size_t count) override;
    [[nodiscard]] bool takes_file() override;
    [[nodiscard]] bool would_block() const override;
    [[nodiscard]] bool is_client_gone() override {
        says_nothing_.store(true, std::memory_order_relaxed);
        return is_abandoned_.load(std::memory_order_relaxed);
    }
    void finish() override;
    void abort(int status, const base::Error& error) override;

private:
    using Lock = std::unique_lock<std::mutex>;

    base::Result<> send(Lock& lock, base::Bytes bytes, bool is_last);
};

}  // namespace server
