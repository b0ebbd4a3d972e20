#include "core/loop/waker.h"

#include <poll.h>

#include <utility>

#include "core/base/check.h"

namespace loop {

Waker::Waker(Ring& ring, base::Bell bell) : ring_(ring), bell_(std::move(bell)) {
    ring_.watch(bell_.fd(), POLLIN, woken_);
}

void Waker::wake() {
    is_wanted_ = true;
    // The exchange lets one of many wakers pay for the system call.
    if (is_asleep_ && is_asleep_.exchange(false)) {
        bell_.ring();
    }
}

// No wake-up is lost. A waker writes is_wanted_, then reads is_asleep_; the loop writes is_asleep_,
// then reads is_wanted_. All four are sequentially consistent, so they have one order, and in it at
// least one of the two sees the other's write: either the loop does not sleep, or the waker rings
// the bell, whose edge the ring reports even when it comes before the ring waits. is_wanted_ is
// cleared before the turn looks at what the waker left behind.
bool Waker::may_sleep() {
    is_asleep_ = true;
    if (is_wanted_.exchange(false)) {
        is_asleep_ = false;
        return false;
    }
    return true;
}

void Waker::end_sleep() {
    is_asleep_ = false;
    // An exchange, for it also reads: what the waker wrote before wake() is visible from here on.
    is_wanted_.exchange(false);
}

// After is_wanted_ was cleared, so that whoever rings from here on finds the bell quiet, or the
// loop awake.
void Waker::on_rung(Completion completion) {
    CHECK(completion.more);
    bell_.quiet();
}

}  // namespace loop
