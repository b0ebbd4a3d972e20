// How long a connection on which everything is said is read on: a close with unread bytes is a
// reset, which would destroy what the client has not read yet (RFC 9112 section 9.6, Apache's
// lingering close). While the client sends, and for a longest time. A value; loop thread.
#pragma once

#include <algorithm>

#include "core/loop/timer.h"

namespace server {

class LingerClock {
public:
    using Time = loop::Clock::time_point;
    using Duration = loop::Clock::duration;
    // How long the client may pause.
    static constexpr std::chrono::seconds kPause{2};

    void start(Duration longest, Time now) {
        longest_until_ = now + longest;
        quiet_until_ = now + kPause;
    }
    // Each byte gives a little more time, up to the longest: one that sends for ever does not stay.
    void on_bytes(Time now) { quiet_until_ = now + kPause; }
    // The server stops.
    void hurry(Time now) { longest_until_ = std::min(longest_until_, now + kPause); }
    [[nodiscard]] Time due() const { return std::min(quiet_until_, longest_until_); }

private:
    Time quiet_until_{};
    Time longest_until_{};
};

}  // namespace server
