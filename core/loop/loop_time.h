// LoopTime: what time it is for an event loop. It is that of the clock, but for what the loop has
// lost while nobody let it run: the process was frozen or stopped, or its machine slept. What was
// due meanwhile gets a moment afterwards, so that what has come in time is read before anybody is
// told that he was too slow. Loop thread only.
#pragma once

#include <optional>

#include "core/loop/timer.h"

namespace loop {

class LoopTime {
public:
    // Later than any turn makes a timer.
    static constexpr Clock::duration kLate = std::chrono::seconds(1);
    // What comes due right after that waits for so long.
    static constexpr Clock::duration kGrace = std::chrono::seconds(1);
    // So much of its own time has to pass until it loses some again: a loop whose turns take long
    // comes to its timers all the same.
    static constexpr Clock::duration kBetween = std::chrono::seconds(4);

    explicit LoopTime(TellTime tell) : tell_(tell), now_(tell()), from_(now_) {}

    [[nodiscard]] Clock::time_point now() const { return now_; }
    void advance() { now_ = tell_() - lost_; }
    // The same when the loop has slept, to be woken for what is `due` at the latest. True: it was
    // not let run then, and no timer is to fire for kGrace.
    [[nodiscard]] bool advance_after_sleep(std::optional<Clock::time_point> due);

private:
    const TellTime tell_;
    Clock::duration lost_{0};
    Clock::time_point now_;
    Clock::time_point from_;  // it may lose time from then on
};

}  // namespace loop
