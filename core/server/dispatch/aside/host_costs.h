// What the requests of each virtual host have cost an event loop lately. A virtual host is whom a
// provider sells and a client asks for, and the only tenant that is known before anything of its
// rules has run; owners of .htaccess files below one virtual host share what it has. Whoever is
// beyond his share has his requests mapped beside the loop until that has been made up for. Loop
// thread only.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <vector>

#include "core/loop/timer.h"

namespace server {

class HostCosts {
public:
    using Time = loop::Clock::time_point;
    using Duration = std::chrono::nanoseconds;

    // One host alone holds up nobody else, and has all of the loop.
    explicit HostCosts(std::size_t hosts) : made_up_at_(hosts), is_alone_(hosts < 2) {}

    [[nodiscard]] bool is_beyond(std::size_t host, Time now) const {
        return made_up_at_[host] > now + kBurst;
    }
    // It has cost something lately: from now on it is worth while to measure exactly.
    [[nodiscard]] bool is_noticed(std::size_t host, Time now) const {
        return made_up_at_[host] > now + kNoticed;
    }
    void charge(std::size_t host, Duration cost, Time now) {
        // What ordinary rules cost is nobody's fault, however many ask: a site that is in demand
        // gets as much of the loop as its clients ask for, as any other.
        cost -= kOrdinary;
        if (is_alone_ || cost <= Duration::zero()) {
            return;
        }
        // Whoever comes meanwhile waits for all of a long one, so that it counts more.
        const int weight = cost > kLong ? kLongWeight : 1;
        Time& at = made_up_at_[host];
        at = std::min(std::max(at, now) + cost * kPart * weight, now + kMemory);
    }

private:
    static constexpr int kPart = 20;  // one of 20 parts of the loop's time
    static constexpr int kLongWeight = 5;
    static constexpr Duration kOrdinary = std::chrono::microseconds(100);
    static constexpr Duration kLong = std::chrono::milliseconds(1);
    static constexpr Duration kNoticed = std::chrono::milliseconds(20);
    static constexpr Duration kBurst = std::chrono::milliseconds(200);  // 10 ms of the loop's time
    static constexpr Duration kMemory = std::chrono::seconds(2);

    std::vector<Time> made_up_at_;  // by host: when its costs are no more than its share
    const bool is_alone_;
};

}  // namespace server
