// The time of day in a turn of an event loop: the system is asked when somebody first wants to know
// it, and once per turn; what every head says of it is made once a second. Loop thread only.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "http/response_writer.h"

namespace server {

class TurnClock {
public:
    // `server`: for the Server field of heads; "": they have none.
    explicit TurnClock(std::string server = {}) : server_(std::move(server)) {}

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
    // What the server adds to the heads of answers; of whole_seconds().
    [[nodiscard]] const http::OwnFields& own_fields() const { return own_fields_; }

private:
    const std::string server_;
    bool is_fresh_ = false;
    std::uint64_t turn_ = 1;
    double seconds_ = 0;
    std::int64_t microseconds_ = 0;
    std::int64_t whole_seconds_ = -1;
    http::OwnFields own_fields_;
};

}  // namespace server
