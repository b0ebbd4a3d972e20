// Embedded mode: a request that is answered by the thread pool of its own process. The meeting
// place of an event loop (Responder) and a pool thread (interp::Task); what both touch is guarded
// by one mutex. Lives in its exchange's Slot (dispatch/slot.h).
//
//     idle ── prepare() ─→ queued ── a thread takes it ─→ running ── finish(), abort() ─→ ended
//      ↑                     │ withdraw() (the client has gone)                             │
//      └──────── let_go() ───┴──────────────────────── let_go(), the loop has heard of it ──┘
//
// From submit() until it is withdrawn, or finish() or abort() has returned, a pool thread has the
// Parcel, without a lock: the loop reads it at most. Meanwhile the loop may call all that Responder
// has, abandon() too, at any time; nobody stops a thread that runs, it sees the end at its next
// read or write. prepare() and let_go() are for the time in which no pool thread knows of it.
//
// What clients have not taken of their answers is bounded, for each and for all of them together:
// see AnswerRoom. The application waits for room.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>

#include "core/base/budget.h"
#include "core/base/bytes.h"
#include "core/server/answer/responder.h"
#include "core/server/embedded/answer_room.h"
#include "core/server/embedded/inbox.h"
#include "interp/wsgi/task.h"

namespace server {

class EmbeddedTask final : public interp::Task, public Responder {
public:
    // `files` bounds what the process keeps open of files that it sends.
    EmbeddedTask(Inbox& inbox, base::Budget& files, request::Parcel& parcel)
        : interp::Task(parcel), inbox_(inbox), files_(files) {}

    // Loop thread, before the pool sees it: the loop is told of news with `ticket`.
    void prepare(Ticket ticket);

    // interp::Task, pool thread.
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

    // Responder, loop thread.
    void add_body(base::Bytes bytes) override;
    void end_body() override;
    void fail_body(const std::string& reason) override;
    [[nodiscard]] bool has_room() override;
    bool take_continue_wish() override;
    void take(Answer& taken) override;
    [[nodiscard]] bool has_said_all() const override;
    void abandon() override;

    // The loop: whether its pool thread has said its last word.
    [[nodiscard]] bool has_ended() const;
    // The answer has gone out, or nobody wants it: what it held is room for others. No pool thread
    // has it.
    void let_go();

private:
    using Lock = std::unique_lock<std::mutex>;

    base::Result<> send(Lock& lock, base::Bytes bytes, bool is_last);
    [[nodiscard]] std::size_t room_for(const Lock& lock, std::size_t size) const;
    base::Result<> append(const Lock& lock, base::Bytes bytes);
    tl::unexpected<base::Error> fail_for_memory(const Lock& lock);
    void measure(const Lock& lock);
    void tell_loop(const Lock& lock);
    void tell_loop_of_body(const Lock& lock);

    Inbox& inbox_;
    base::Budget& files_;
    Ticket ticket_;  // written before the pool sees the task
    mutable std::mutex mutex_;
    std::condition_variable changed_;  // body arrived, room was made, or the client has gone
    // Guarded by mutex_. The request's body:
    base::Buffer body_;
    bool body_has_ended_ = false;
    bool is_loop_paused_ = false;  // the loop has been told that there is no room
    bool wants_continue_ = false;
    bool has_asked_continue_ = false;
    std::string body_error_;
    // The answer:
    Answer answer_;
    mutable bool is_room_promised_ = false;  // would_block() has said no
    std::size_t sending_ = 0;                // bytes that the connection has taken and not sent yet
    AnswerRoom::Share share_;                // of both
    base::Share file_share_;
    bool was_taken_ = false;  // some of it
    bool is_in_inbox_ = false;
    bool is_abandoned_ = false;
};

}  // namespace server
