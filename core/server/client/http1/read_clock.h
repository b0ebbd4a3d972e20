// How long a client may take to send the head or the body of a request (RequestReadTimeout),
// counted as Apache's mod_reqtimeout does: a time to begin with, a second more for so many bytes,
// and never more than a longest time since it was started. It stands still while it is us who are
// slow. A value; loop thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/config/model/config.h"
#include "core/loop/timer.h"

namespace server {

class ReadClock {
public:
    using Time = loop::Clock::time_point;

    void start(const config::ReadTime& allowed, Time now) {
        is_running_ = allowed.first.count() != 0;
        bytes_per_second_ = allowed.bytes_per_second;
        stood_still_at_.reset();
        due_ = now + allowed.first;
        latest_ = now + (allowed.longest.count() == 0 ? kForEver : allowed.longest);
    }
    void stop() { is_running_ = false; }
    void stand_still(Time now) {
        if (!stood_still_at_) {
            stood_still_at_ = now;
        }
    }
    void go_on(Time now) {
        if (!stood_still_at_) {
            return;
        }
        const auto pause = now - *stood_still_at_;
        due_ += pause;
        latest_ += pause;
        stood_still_at_.reset();
    }
    void add(std::size_t bytes) {
        if (is_running_ && bytes_per_second_ != 0) {
            const std::chrono::duration<double> more(
                static_cast<double>(bytes) / static_cast<double>(bytes_per_second_)
            );
            due_ = more < latest_ - due_
                       ? due_ + std::chrono::duration_cast<loop::Clock::duration>(more)
                       : latest_;
        }
    }
    // When the client will have been too slow; none where it has any time.
    [[nodiscard]] std::optional<Time> due() const {
        return !is_running_ || stood_still_at_ ? std::nullopt : std::optional(due_);
    }
    [[nodiscard]] bool is_over(Time now) const {
        const auto at = due();
        return at && *at <= now;
    }

private:
    static constexpr std::chrono::seconds kForEver = std::chrono::hours(24 * 365);

    bool is_running_ = false;  // and has a limit
    std::uint32_t bytes_per_second_ = 0;
    std::optional<Time> stood_still_at_;
    Time due_{};
    Time latest_{};
};

}  // namespace server
