// The time of day in a turn of an event loop: the system is asked when somebody first wants to know
// it, and once per turn. Loop thread only.
#pragma once

#include <cstdint>
#include <string>

namespace server {

class TurnClock {
public:
    // Before one of the others is asked.
    void refresh();
    void end_turn() {
        is_fresh_ = false;
        ++turn_;
    }
    // Which one it is; for those who are fresh once per turn, too.
    [[nodiscard]] std::uint64_t turn() const { return turn_; }

    // Since the epoch.
    [[nodiscard]] double seconds() const { return seconds_; }
    [[nodiscard]] std::int64_t microseconds() const { return microseconds_; }
    [[nodiscard]] std::int64_t whole_seconds() const { return whole_seconds_; }
    // For the Date field (RFC 9110 section 5.6.7).
    [[nodiscard]] const std::string& date() const { return date_; }

private:
    bool is_fresh_ = false;
    std::uint64_t turn_ = 1;
    double seconds_ = 0;
    std::int64_t microseconds_ = 0;
    std::int64_t whole_seconds_ = -1;
    std::string date_;  // of whole_seconds_
};

}  // namespace server
