// What applications may write to the error log where it is the server's own process that they run
// in: so much at once, and so much in each second. What is beyond is counted, and told in one line.
// One per thread that serves requests, and one for all others together. With the GIL.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace interp {

class LogAllowance {
public:
    using Clock = std::chrono::steady_clock;

    static constexpr std::size_t kAtOnce = 8 * 1024 * 1024;  // bytes of lines as they are written
    static constexpr std::size_t kPerSecond = 1024 * 1024;   // likewise

    // Of a line. False: it is left out.
    [[nodiscard]] bool take(std::size_t bytes, Clock::time_point now) {
        const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(now - refilled_);
        if (passed.count() > 0) {
            const auto most = static_cast<std::uint64_t>(kAtOnce - left_);
            const auto earned = static_cast<std::uint64_t>(passed.count()) * kPerSecond / 1000;
            left_ += static_cast<std::size_t>(std::min(most, earned));
            refilled_ = now;
        }
        // Once it is used up, it is so for a second: whoever goes on is told of once in each.
        is_used_up_ = bytes > left_ || (is_used_up_ && left_ < kPerSecond);
        left_out_ += is_used_up_ ? 1 : 0;
        left_ -= is_used_up_ ? 0 : bytes;
        return !is_used_up_;
    }
    // How many lines have been left out since it was last asked.
    [[nodiscard]] std::uint64_t take_left_out() { return std::exchange(left_out_, 0); }

private:
    std::size_t left_ = kAtOnce;
    bool is_used_up_ = false;
    Clock::time_point refilled_{};
    std::uint64_t left_out_ = 0;
};

}  // namespace interp
