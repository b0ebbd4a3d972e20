// Waker: wakes a loop that may be asleep, from any thread, and costs no system call while it is
// awake.
//
//     awake ─ may_sleep(): yes ─→ asleep ─ wake() rings, or something else ends it ─→ end_sleep()
//      ↑ └─ wake() is noted: the next may_sleep() says no                                  │
//      └───────────────────────────────────────────────────────────────────────────────────┘
//
// Lives as long as its loop. Prepared and used by its thread, but for wake().
#pragma once

#include <atomic>

#include "core/base/result.h"
#include "core/base/system/bell.h"
#include "core/loop/ring/ring.h"

namespace loop {

class Waker {
public:
    // `ring` is what the loop sleeps in; it goes first.
    Waker(Ring& ring, base::Bell bell);
    ~Waker() { woken_.abandon(); }
    Waker(const Waker&) = delete;
    Waker& operator=(const Waker&) = delete;

    // Any thread: a turn begins after this call, even if the loop was about to sleep.
    void wake();

    // Somebody wants a turn that has not begun.
    [[nodiscard]] bool is_wanted() const { return is_wanted_; }
    // True: whoever wants a turn from now on rings. False: somebody does already.
    [[nodiscard]] bool may_sleep();
    // The turn begins, slept or not; before it looks at what wakers have left behind.
    void end_sleep();

    // What rings.
    [[nodiscard]] int fd() const { return bell_.fd(); }
    // It is what it was, and so is what listens to it. Looked at from time to time where an
    // application runs in this process, which may have closed it.
    [[nodiscard]] bool is_whole() const { return bell_.is_whole() && ring_.is_watching(fd()); }

private:
    void on_rung(Completion completion);

    Ring& ring_;
    const base::Bell bell_;
    Op<&Waker::on_rung> woken_{*this};

    // Any thread; see may_sleep().
    std::atomic<bool> is_wanted_ = false;
    std::atomic<bool> is_asleep_ = false;
};

}  // namespace loop
