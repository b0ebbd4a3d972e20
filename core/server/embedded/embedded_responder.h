// Embedded mode: a request that is answered by the thread pool of its own process, as the loop sees
// it, and what the loop and the pool thread (EmbeddedTask) both touch, which one mutex guards.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>

#include "core/base/bytes.h"
#include "core/request/parcel.h"
#include "core/server/answer/responder.h"
#include "core/server/embedded/inbox.h"
#include "core/server/embedded/waiting_answer.h"
#include "core/server/served/file_room.h"
#include "interp/wsgi/request_body.h"

namespace server {

class EmbeddedResponder : public Responder {
public:
    // The most of a body that waits before the client has to; bytes.
    static constexpr std::size_t kRoom = 256 * 1024;

    // Responder, loop thread. All of it at any time from prepare() to let_go().
    void add_body(base::Bytes bytes) override;
    void end_body() override;
    void fail_body(const std::string& reason) override;
    [[nodiscard]] bool has_room() override;
    bool take_continue_wish() override;
    void take(Answer& taken) override;
    [[nodiscard]] bool has_said_all() const override;
    void abandon() override;
    // Since it was last asked, the application has come by and had nothing to say: it can be ended.
    [[nodiscard]] bool take_silence() {
        return says_nothing_.exchange(false, std::memory_order_relaxed);
    }

    // The answer has gone out, or nobody wants it: what it held is room for others. No pool thread
    // has it.
    void let_go();

protected:
    EmbeddedResponder(Inbox& inbox, FileRoom& files, const request::Parcel& parcel)
        : parcel_(parcel), news_(inbox), answer_(files) {}

    // Loop thread, before the pool sees it: the loop is told of news with `ticket`.
    void begin(Ticket ticket);

    const request::Parcel& parcel_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;  // body arrived, room was made, or the client has gone
    // Guarded by mutex_:
    InboxEntry news_;
    interp::RequestBody body_;
    bool is_loop_paused_ = false;  // the loop has been told that there is no room
    WaitingAnswer answer_;
    std::atomic<bool> is_abandoned_{false};  // set with the mutex, but read without it, too
    std::atomic<bool> says_nothing_{false};  // without the mutex
    // Likewise: the inbox, by which the loop hears of it, makes it visible there.
    std::atomic<bool> wants_continue_{false};
};

}  // namespace server
