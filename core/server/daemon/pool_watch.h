// Whether a daemon process's main thread looks after its thread pool, or sleeps until it is asked
// to. Nobody's wish is lost, whenever it comes: a wish that arrives while the main thread is about
// to sleep keeps it awake.
#pragma once

#include <atomic>

namespace server {

class PoolWatch {
public:
    // Any thread. True: the main thread sleeps, and the caller is to wake it.
    [[nodiscard]] bool ask() noexcept {
        return state_.load(std::memory_order_relaxed) != State::kAsked &&
               state_.exchange(State::kAsked) == State::kAsleep;
    }

    // Main thread, as are those that follow.
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
    int quiet_ticks_ = 0;  // main thread
};

}  // namespace server
