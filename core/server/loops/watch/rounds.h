// Rounds: what the main thread of a server process that runs applications looks at from time to
// time, for these may have held it up: that its event loops turn, and that somebody closes what
// others have chosen. Main thread only.
#pragma once

#include <chrono>

#include "core/server/loops/watch/loop_pulse.h"

namespace server {

class Rounds {
public:
    using Clock = std::chrono::steady_clock;

    // The pulse outlives it.
    Rounds(LoopPulse& pulse, Clock::time_point now) : pulse_(pulse), last_(now) {}

    // Whoever waits for events does so for that long at most.
    static constexpr std::chrono::seconds kEvery{LoopPulse::kLookSeconds};
    // False: a loop stands, and the process is of no use to anybody.
    [[nodiscard]] bool make_if_due(Clock::time_point now);

private:
    LoopPulse& pulse_;
    Clock::time_point last_;
};

}  // namespace server
