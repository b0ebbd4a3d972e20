// An event loop: a Ring, timers, work from other threads, and a turn. All but post(), wake() and
// stop() belong to the thread that calls run(); before that, to the thread that prepares it.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "core/loop/busy_poll.h"
#include "core/loop/loop_time.h"
#include "core/loop/ring/ring.h"
#include "core/loop/timer.h"
#include "core/loop/waker.h"
#include "core/loop/work_queue.h"

namespace loop {

// Called once at the end of every turn, before the loop submits and sleeps: the place to flush what
// the turn gathered. Returns how long the loop may sleep at most because of it (none: no opinion).
class TurnEnd {
public:
    virtual ~TurnEnd() = default;
    virtual std::optional<std::chrono::nanoseconds> on_turn_end() = 0;
};

class Loop {
public:
    static constexpr std::chrono::milliseconds kTick{50};

    // `time` tells what time it is; tests bring a clock of their own.
    static base::Result<std::unique_ptr<Loop>> create(
        std::unique_ptr<Ring> ring, Spin spin = Spin::kNever, TellTime time = &Clock::now
    );
    // What is set, posted or in flight is dropped without a call; owners cancel and turn() before.
    ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    [[nodiscard]] Ring& ring() { return *ring_; }
    // What wakes it: whoever looks after descriptors asks.
    [[nodiscard]] const Waker& waker() const { return waker_; }
    // The time at the start of this turn, of LoopTime; no system call.
    [[nodiscard]] Clock::time_point now() const { return time_.now(); }

    void set(Timer& timer, Clock::duration after);  // from now(); replaces an earlier setting
    void unset(Timer& timer);
    void at_turn_end(TurnEnd& hook);  // lives as long as the loop

    void run();   // until stop(), which may come first
    void stop();  // any thread: ends run() after the turn that it is in
    // Runs one turn: waits at most `longest`, delivers, runs what was posted, fires timers, calls
    // the turn's end.
    void turn(std::optional<std::chrono::nanoseconds> longest);

    // Any thread: makes the loop run `work` in its thread, soon; see WorkQueue.
    void post(std::function<void()> work);
    // Any thread: a turn begins after this call, even if the loop was about to sleep. A system call
    // only if it sleeps.
    void wake() { waker_.wake(); }

private:
    Loop(std::unique_ptr<Ring> ring, base::Bell bell, Spin spin, TellTime time);

    void sleep(std::optional<std::chrono::nanoseconds> longest);

    // Fixed at construction.
    std::unique_ptr<Ring> ring_;

    // Loop thread.
    LoopTime time_;
    TimerWheel timers_;
    std::vector<TurnEnd*> turn_ends_;
    std::optional<std::chrono::nanoseconds> sleep_limit_;  // what the last turn's end said
    BusyPoll busy_poll_;

    // Any thread.
    Waker waker_;
    WorkQueue work_;
    std::atomic<bool> is_stopping_ = false;
};

}  // namespace loop
