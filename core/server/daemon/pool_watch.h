// Whether a daemon process's main thread looks after its thread pool, or sleeps until it is asked
// to. Nobody's wish is lost, whenever it comes: a wish that arrives while the main thread is about
// to sleep keeps it awake.
#pragma once

#include <atomic>
#include <optional>

#include "core/base/result.h"
#include "core/base/system/bell.h"

namespace server {

class PoolWatch {
public:
    base::Result<> open() {
        bell_ = TRY(base::Bell::create());
        return {};
    }
    // Readable when the main thread has been woken.
    [[nodiscard]] int fd() const { return bell_->fd(); }

    // Any thread. True: the main thread slept, and has been woken.
    bool ask() noexcept {
        const bool has_slept = state_.load(std::memory_order_relaxed) != State::kAsked &&
                               state_.exchange(State::kAsked) == State::kAsleep;
        if (has_slept) {
            wake();
        }
        return has_slept;
    }
    // Any thread: the main thread is to look around once, without a watch.
    void wake() noexcept { bell_->ring(); }

    // Main thread, as are those that follow.
    void on_woken() { bell_->quiet(); }
    [[nodiscard]] bool is_on() const { return state_ != State::kAsleep; }
    // After a tick: goes to sleep when nobody has asked for so many ticks and is_needed() said no
    // each time.
    template <class IsNeeded>
    void end_tick(const IsNeeded& is_needed) {
        const bool was_asked = state_.exchange(State::kOn) == State::kAsked;
        quiet_ticks_ = was_asked || is_needed() ? 0 : quiet_ticks_ + 1;
        if (quiet_ticks_ < kQuietTicks) {
            return;
        }
        quiet_ticks_ = 0;
        State on = State::kOn;
        if (state_.compare_exchange_strong(on, State::kAsleep) && is_needed()) {
            state_ = State::kOn;
        }
    }

    static constexpr int kQuietTicks = 10;

private:
    enum class State { kAsleep, kOn, kAsked };
    std::atomic<State> state_{State::kAsleep};
    int quiet_ticks_ = 0;             // main thread
    std::optional<base::Bell> bell_;  // from open() on
};

}  // namespace server
