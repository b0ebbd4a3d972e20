#include "core/loop/loop.h"

#include <algorithm>
#include <utility>

namespace loop {
namespace {

using std::chrono::nanoseconds;

std::optional<nanoseconds> shorter(std::optional<nanoseconds> a, std::optional<nanoseconds> b) {
    return a && b ? std::min(*a, *b) : (a ? a : b);
}

}  // namespace

base::Result<std::unique_ptr<Loop>> Loop::create(
    std::unique_ptr<Ring> ring, Spin spin, TellTime time
) {
    auto bell = TRY(base::Bell::create());
    return std::unique_ptr<Loop>(new Loop(std::move(ring), std::move(bell), spin, time));
}

Loop::Loop(std::unique_ptr<Ring> ring, base::Bell bell, Spin spin, TellTime time)
    : ring_(std::move(ring)),
      time_(time),
      timers_(kTick, time_.now()),
      busy_poll_(BusyPoll::of(spin)),
      waker_(*ring_, std::move(bell)) {}

// The kernel has everything back before the operations go that it was asked by.
Loop::~Loop() { ring_.reset(); }

void Loop::set(Timer& timer, Clock::duration after) { timers_.set(timer, now() + after); }

void Loop::unset(Timer& timer) { timers_.unset(timer); }

void Loop::at_turn_end(TurnEnd& hook) { turn_ends_.push_back(&hook); }

void Loop::run() {
    time_.advance();
    while (!is_stopping_.exchange(false)) {
        turn(std::nullopt);
    }
}

void Loop::stop() {
    is_stopping_ = true;
    wake();
}

void Loop::post(std::function<void()> work) {
    work_.add(std::move(work));
    wake();
}

void Loop::turn(std::optional<nanoseconds> longest) {
    // Whoever says how long it may take waits for no timer.
    const auto due = longest ? std::nullopt : timers_.next();
    sleep(longest);
    if (time_.advance_after_sleep(due)) {
        timers_.postpone(LoopTime::kGrace);
    }
    ring_->deliver();
    work_.run();
    timers_.fire(now());
    sleep_limit_.reset();
    for (TurnEnd* const hook : turn_ends_) {
        sleep_limit_ = shorter(sleep_limit_, hook->on_turn_end());
    }
}

void Loop::sleep(std::optional<nanoseconds> longest) {
    constexpr nanoseconds kNotAtAll{0};
    longest = shorter(longest, sleep_limit_);
    if (const auto next = timers_.next()) {
        longest = shorter(longest, std::max(kNotAtAll, nanoseconds(*next - now())));
    }
    // Whoever wants a turn while the loop looks finds it awake, and makes no system call.
    if (longest != kNotAtAll && (busy_poll_.finds([this] {
            return waker_.is_wanted() || ring_->is_ready();
        }) || !waker_.may_sleep())) {
        longest = kNotAtAll;
    }
    ring_->wait(longest);
    waker_.end_sleep();
}

}  // namespace loop
