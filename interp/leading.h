// Leading: the pool's threads read the links of a daemon process themselves, one at a time, or two
// would read one link, and its frames be out of order. All with the lock of the pool, which is
// given up while somebody reads.
//
//     nobody leads ─ lead() ─→ a thread that has no request leads, and is as good as idle ─→ nobody
//          │
//          ├─ lead_in_request() ─→ one that waits in its request does ─→ nobody
//          └─ look() ─→ whoever it is does, for as long as it takes to read what lies there ─→
//          nobody
#pragma once

#include <chrono>
#include <mutex>

#include "interp/crew.h"
#include "interp/pool_host.h"

namespace interp {

class Leading {
public:
    using Lock = std::unique_lock<std::mutex>;
    using Time = std::chrono::steady_clock::time_point;

    // Both outlive it. Who leads is part of the crew.
    Leading(PoolHost& host, Crew& crew) : host_(host), crew_(crew) {}

    // Nobody leads, and somebody should.
    [[nodiscard]] bool is_vacant() const { return host_.can_lead() && !crew_.has_leader(); }
    // And nobody is about to: only while all of those who are awake are in requests, for whoever
    // looks for work and finds none leads.
    [[nodiscard]] bool is_unread() const { return is_vacant() && crew_.has_runners(); }
    // What is known of requests that wait is so old that it is worth the system call of a look,
    // which is not to be paid for each of many short ones.
    [[nodiscard]] bool is_look_due(Time now) const { return is_unread() && now - read_at_ > kAge; }
    [[nodiscard]] Time read_at() const { return read_at_; }

    // Where it is vacant, as are those that follow. It is woken (PoolHost::interrupt_leader()) as
    // an idle thread would be.
    void lead(Lock& lock) {
        crew_.begin_leading();
        read(lock, [this] { host_.lead(); });
    }
    void lead_in_request(Lock& lock) {
        crew_.begin_leading_in_request();
        read(lock, [this] { host_.lead(); });
    }
    // It takes no request meanwhile, whoever it is.
    void look(Lock& lock) {
        crew_.begin_leading_in_request();
        read(lock, [this] { host_.look(); });
    }

private:
    static constexpr std::chrono::milliseconds kAge{1};

    template <class Read>
    void read(Lock& lock, const Read& read) {
        lock.unlock();
        read();
        lock.lock();
        crew_.end_leading();
        read_at_ = std::chrono::steady_clock::now();
    }

    PoolHost& host_;
    Crew& crew_;
    Time read_at_{};
};

}  // namespace interp
