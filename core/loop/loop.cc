#include "core/loop/loop.h"

#include <poll.h>
#include <sched.h>

#include <algorithm>
#include <utility>

namespace loop {
namespace {

using std::chrono::nanoseconds;

constexpr std::chrono::microseconds kSpin{20};
constexpr std::chrono::microseconds kRecent{100};

bool has_spare_core() {
    cpu_set_t cores;
    CPU_ZERO(&cores);
    return ::sched_getaffinity(0, sizeof cores, &cores) == 0 && CPU_COUNT(&cores) > 1;
}

void pause_core() {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

std::optional<nanoseconds> shorter(std::optional<nanoseconds> a, std::optional<nanoseconds> b) {
    return a && b ? std::min(*a, *b) : (a ? a : b);
}

}  // namespace

base::Result<std::unique_ptr<Loop>> Loop::create(
    std::unique_ptr<Ring> ring, Spin spin, TellTime time
) {
    auto bell = TRY(base::Bell::create());
    const bool may_spin = spin == Spin::kAdaptive && has_spare_core();
    return std::unique_ptr<Loop>(new Loop(std::move(ring), std::move(bell), may_spin, time));
}

Loop::Loop(std::unique_ptr<Ring> ring, base::Bell bell, bool may_spin, TellTime time)
    : ring_(std::move(ring)),
      bell_(std::move(bell)),
      may_spin_(may_spin),
      time_(time),
      now_(time()),
      timers_(kTick, now_) {
    ring_->watch(bell_.fd(), POLLIN, woken_);
}

Loop::~Loop() {
    ring_.reset();
    woken_.abandon();
}

void Loop::set(Timer& timer, Clock::duration after) { timers_.set(timer, now_ + after); }

void Loop::unset(Timer& timer) { timers_.unset(timer); }

void Loop::at_turn_end(TurnEnd& hook) { turn_ends_.push_back(&hook); }

void Loop::run() {
    now_ = time_();
    while (!is_stopping_.exchange(false)) {
        turn(std::nullopt);
    }
}

void Loop::stop() {
    is_stopping_ = true;
    wake();
}

void Loop::turn(std::optional<nanoseconds> longest) {
    sleep(longest);
    now_ = time_();
    ring_->deliver();
    run_posted();
    timers_.fire(now_);
    sleep_limit_.reset();
    for (TurnEnd* const hook : turn_ends_) {
        sleep_limit_ = shorter(sleep_limit_, hook->on_turn_end());
    }
}

// No wake-up is lost. A waker writes is_wanted_, then reads is_asleep_; the loop writes is_asleep_,
// then reads is_wanted_. All four are sequentially consistent, so they have one order, and in it at
// least one of the two sees the other's write: either the loop does not sleep, or the waker rings
// the bell, whose edge the ring reports even when it comes before the ring waits. is_wanted_ is
// cleared before the turn looks at what the waker left behind.
void Loop::sleep(std::optional<nanoseconds> longest) {
    longest = shorter(longest, sleep_limit_);
    if (const auto next = timers_.next()) {
        longest = shorter(longest, std::max(nanoseconds(0), nanoseconds(*next - now_)));
    }
    if (may_spin_ && longest != nanoseconds(0) && spin()) {
        longest = nanoseconds(0);
    }
    if (longest != nanoseconds(0)) {
        is_asleep_ = true;
        if (is_wanted_.exchange(false)) {
            is_asleep_ = false;
            longest = nanoseconds(0);
        }
    }
    ring_->wait(longest);
    is_asleep_ = false;
    // An exchange, for it also reads: what the waker wrote before wake() is visible from here on.
    is_wanted_.exchange(false);
}

void Loop::wake() {
    is_wanted_ = true;
    // The exchange lets one of many wakers pay for the system call.
    if (is_asleep_ && is_asleep_.exchange(false)) {
        bell_.ring();
    }
}

// Whether there is work. A waker that comes meanwhile finds the loop awake and makes no system
// call.
bool Loop::spin() {
    auto time = Clock::now();
    if (ring_->is_ready() || is_wanted_) {
        last_busy_ = time;
        return true;
    }
    if (time - last_busy_ > kRecent) {
        return false;
    }
    for (const auto end = time + kSpin; time < end; time = Clock::now()) {
        pause_core();
        if (is_wanted_ || ring_->is_ready()) {
            last_busy_ = time;
            return true;
        }
    }
    return false;
}

// After is_wanted_ was cleared, so that whoever rings from here on finds the bell quiet, or the
// loop awake.
void Loop::on_woken(Completion completion) {
    CHECK(completion.more);
    bell_.quiet();
}

void Loop::post(std::function<void()> work) {
    {
        const std::scoped_lock lock(mutex_);
        posted_.push_back(std::move(work));
    }
    wake();
}

void Loop::run_posted() {
    {
        const std::scoped_lock lock(mutex_);
        running_.swap(posted_);
    }
    for (const auto& work : running_) {
        work();
    }
    running_.clear();
}

}  // namespace loop
