// How long a client may let us wait for its bytes: for each of them (Timeout, or KeepAliveTimeout
// between requests), and for all of a head or a body (ReadClock). A value; loop thread.
#pragma once

#include <algorithm>

#include "core/server/client/http1/read_clock.h"

namespace server {

class Patience {
public:
    using Time = loop::Clock::time_point;
    using Duration = loop::Clock::duration;

    // A head or a body comes within `all`, and without a pause longer than `pause`.
    void expect(const config::ReadTime& all, Duration pause, Time now) {
        clock_.start(all, now);
        quiet_until_ = now + pause;
    }
    // A first byte comes, as far as there is more to come.
    void expect_first(Duration pause, Time now) {
        clock_.stop();
        quiet_until_ = now + pause;
    }
    void on_bytes(std::size_t bytes, Duration pause, Time now) {
        clock_.add(bytes);
        quiet_until_ = now + pause;
    }
    // All of it has come.
    void stop() { clock_.stop(); }
    // It is us who do not read.
    void stand_still(Time now) { clock_.stand_still(now); }
    void go_on(Duration pause, Time now) {
        clock_.go_on(now);
        quiet_until_ = now + pause;
    }
    [[nodiscard]] Time due() const {
        return std::min(quiet_until_, clock_.due().value_or(Time::max()));
    }
    // Its head or body has taken too long.
    [[nodiscard]] bool is_over(Time now) const { return clock_.is_over(now); }

private:
    ReadClock clock_;
    Time quiet_until_{};
};

}  // namespace server
