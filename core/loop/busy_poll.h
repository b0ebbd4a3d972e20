// BusyPoll: looks for work for a moment before its loop sleeps, if there was some lately. Pays
// where clients wait for each answer and there is a core to spare; costs a third more CPU where
// there is none. Loop thread only.
#pragma once

#include <chrono>

#include "core/loop/timer.h"

namespace loop {

// kAdaptive is kNever on a machine with one core; in a daemon process it never pays.
enum class Spin { kNever, kAdaptive };

class BusyPoll {
public:
    static constexpr std::chrono::microseconds kMoment{20};
    static constexpr std::chrono::microseconds kLately{100};

    // `time` tells what time it is; tests bring a clock of their own.
    explicit BusyPoll(bool is_on, TellTime time = &Clock::now) : is_on_(is_on), time_(time) {}
    static BusyPoll of(Spin spin);

    // Whether there is work, at once or within a moment. False, without asking, where it is off.
    template <class HasWork>
    [[nodiscard]] bool finds(HasWork has_work) {
        return is_on_ && look(has_work);
    }

private:
    template <class HasWork>
    [[nodiscard]] bool look(HasWork& has_work) {
        auto now = time_();
        if (has_work()) {
            found_at_ = now;
            return true;
        }
        if (now - found_at_ > kLately) {
            return false;
        }
        for (const auto end = now + kMoment; now < end; now = time_()) {
            pause_core();
            if (has_work()) {
                found_at_ = now;
                return true;
            }
        }
        return false;
    }
    static void pause_core();

    const bool is_on_;
    const TellTime time_;
    Clock::time_point found_at_{};
};

}  // namespace loop
