// Restart: when a child gets its next process: at once, or later each time that one has ended soon.
// For a server process, which everybody needs, "soon" is before it could serve at all: of one that
// served, a single request of one application may be the end, and no pause would keep that from
// coming again. Supervisor only.
#pragma once

#include <chrono>

namespace server {

class Restart {
public:
    using Clock = std::chrono::steady_clock;

    static constexpr int kAtOnceMost = 10;
    static constexpr std::chrono::milliseconds kAtOnceEvery{200};

    [[nodiscard]] Clock::time_point at() const { return at_; }
    // A process of the child was ready, or has failed, once.
    [[nodiscard]] bool has_settled() const { return has_settled_; }
    // The last one has not served for long, and the next one has not yet.
    [[nodiscard]] bool has_failed() const { return failures_ > 0; }

    void settle() { has_settled_ = true; }
    // A process has ended after some time of service, and is to be replaced.
    void at_once(Clock::time_point now);
    // It has served, for however short: at once, but no more than kAtOnceMost times in a row and
    // once in kAtOnceEvery after that, so that starting processes is not all that the machine does.
    void soon(Clock::time_point now);
    // It has ended without that: later each time. Returns how long that is from `now`. The first
    // time after it was ready is forgiven.
    std::chrono::milliseconds put_off(Clock::time_point now, bool was_ready);

private:
    Clock::time_point at_{};
    Clock::time_point used_until_{};  // each soon() uses kAtOnceEvery of the time
    int failures_ = 0;                // in a row
    bool has_settled_ = false;
};

}  // namespace server
