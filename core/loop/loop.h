// An event loop: a Ring, timers, work from other threads, and a turn. All but post(), wake() and
// stop() belong to the thread that calls run(); before that, to the thread that prepares it.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "core/base/system/bell.h"
#include "core/loop/ring/ring.h"
#include "core/loop/timer.h"

namespace loop {

// Called once at the end of every turn, before the loop submits and sleeps: the place to flush what
// the turn gathered. Returns how long the loop may sleep at most because of it (none: no opinion).
class TurnEnd {
public:
    virtual ~TurnEnd() = default;
    virtual std::optional<std::chrono::nanoseconds> on_turn_end() = 0;
};

// Whether the loop looks for a moment before it sleeps, after recent traffic. Pays where clients
// wait for each answer and there is a core to spare; never in a daemon process. kAdaptive is kNever
// on a machine with one core.
enum class Spin { kNever, kAdaptive };

class Loop {
public:
    static constexpr std::chrono::milliseconds kTick{50};

    // `time` tells what time it is; tests bring a clock of their own.
    using TellTime = Clock::time_point (*)() noexcept;
    static base::Result<std::unique_ptr<Loop>> create(
        std::unique_ptr<Ring> ring, Spin spin = Spin::kNever, TellTime time = &Clock::now
    );
    // What is set, posted or in flight is dropped without a call; owners cancel and turn() before.
    ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    [[nodiscard]] Ring& ring() { return *ring_; }
    // The time at the start of this turn; no system call.
    [[nodiscard]] Clock::time_point now() const { return now_; }

    void set(Timer& timer, Clock::duration after);  // from now(); replaces an earlier setting
    void unset(Timer& timer);
    void at_turn_end(TurnEnd& hook);  // lives as long as the loop

    void run();   // until stop(), which may come first
    void stop();  // any thread: ends run() after the turn that it is in
    // Runs one turn: waits at most `longest`, delivers, runs what was posted, fires timers, calls
    // the turn's end.
    void turn(std::optional<std::chrono::nanoseconds> longest);

    // Any thread: makes the loop run `work` in its thread, soon. For rare things; hot paths have a
    // queue of their own.
    void post(std::function<void()> work);
    // Any thread: a turn begins after this call, even if the loop was about to sleep. A system call
    // only if it sleeps.
    void wake();
    [[nodiscard]] int fd() const { return bell_.fd(); }  // that it is woken by
    // What it is woken by, and what tells it of all else, is what it was. Looked at from time to
    // time where an application runs in this process, which may have closed it.
    [[nodiscard]] bool is_whole() { return bell_.is_whole() && ring_->is_watching(bell_.fd()); }

private:
    Loop(std::unique_ptr<Ring> ring, base::Bell bell, bool may_spin, TellTime time);

    void sleep(std::optional<std::chrono::nanoseconds> longest);
    [[nodiscard]] bool spin();
    void run_posted();
    void on_woken(Completion completion);

    // Fixed at construction.
    std::unique_ptr<Ring> ring_;
    const base::Bell bell_;
    const bool may_spin_;
    const TellTime time_;

    // Loop thread.
    Op<&Loop::on_woken> woken_{*this};
    Clock::time_point now_;
    Clock::time_point last_busy_{};
    TimerWheel timers_;
    std::vector<TurnEnd*> turn_ends_;
    std::optional<std::chrono::nanoseconds> sleep_limit_;  // what the last turn's end said
    std::vector<std::function<void()>> running_;

    // Any thread; see wake().
    std::atomic<bool> is_wanted_ = false;
    std::atomic<bool> is_asleep_ = false;
    std::atomic<bool> is_stopping_ = false;

    std::mutex mutex_;
    // Guarded by mutex_.
    std::vector<std::function<void()>> posted_;
};

}  // namespace loop
