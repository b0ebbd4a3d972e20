// How long a client may hold up a stop. From its beginning on the connection is looked at every few
// seconds, and a client that nobody but itself is to blame for at two looks in a row, and that has
// not got on between them, is not waited for any more: one that has sent half a head, does not send
// the rest of its body, or does not read. Apache's graceful stop would wait for each of them for as
// long as Timeout and RequestReadTimeout allow, behind listeners that have closed. Whoever gets on
// well, and every application that runs, has all the time that the supervisor gives. A value; loop
// thread.
#pragma once

#include <cstdint>

#include "core/loop/timer.h"

namespace server {

class DrainClock {
public:
    using Time = loop::Clock::time_point;
    static constexpr std::chrono::seconds kBetweenLooks{5};
    // Getting on: what RequestReadTimeout usually asks for (MinRate). A byte now and then would be
    // enough to hold up a stop to its end.
    static constexpr std::uint64_t kBytesBetweenLooks = 500 * kBetweenLooks.count();

    // What is looked at.
    struct Sight {
        bool awaits_client = false;  // and nobody else
        std::uint64_t bytes = 0;     // that have been received from it, or taken by it, so far
    };

    // The stop has begun, which is the first look.
    void start(const Sight& sight, Time now) {
        last_ = sight;
        look_at_ = now + kBetweenLooks;
    }
    // Time::max(): there is no stop.
    [[nodiscard]] Time look_at() const { return look_at_; }
    // False: the client has had its time.
    [[nodiscard]] bool look(const Sight& sight, Time now) {
        const bool gets_on = sight.bytes - last_.bytes >= kBytesBetweenLooks;
        const bool is_patient = !sight.awaits_client || !last_.awaits_client || gets_on;
        start(sight, now);
        return is_patient;
    }

private:
    Sight last_;
    Time look_at_ = Time::max();
};

}  // namespace server
