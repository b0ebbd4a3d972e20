// Whether a client still takes what is sent to it. A send that completes is no measure: a slow
// client may empty the kernel's send buffer for long before a send of ours gets on; so the bytes
// that it has acknowledged are looked at now and then. A value; loop thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "core/loop/timer.h"

namespace server {

class SendClock {
public:
    using Time = loop::Clock::time_point;
    using Duration = loop::Clock::duration;

    // A send has begun. `patience`: how long the client may take nothing.
    void start(Duration patience, Time now) {
        since_ = now;
        patience_ = patience;
        look_at_ = now + patience / kLooks;
    }
    // The same patience from now on.
    void restart(Time now) { start(patience_, now); }
    // When it will have taken nothing for as long as it may, unless look() finds something.
    [[nodiscard]] Time end() const { return since_ + patience_; }
    // When the send, if it is still in flight, is to be looked at.
    [[nodiscard]] Time look_at() const { return look_at_; }
    // What the client has acknowledged of the whole connection so far. False: it has taken nothing
    // for as long as it may. Progress is found an eighth of that time late at most.
    [[nodiscard]] bool look(std::uint64_t acknowledged, Time now) {
        if (acknowledged != acknowledged_) {
            acknowledged_ = acknowledged;
            since_ = now;
        }
        look_at_ = std::min(now + patience_ / kLooks, end());
        return now < end();
    }

private:
    static constexpr int kLooks = 8;

    Time since_{};  // when the client last took something, as far as we know
    Time look_at_{};
    Duration patience_{};
    std::uint64_t acknowledged_ = 0;
};

}  // namespace server
