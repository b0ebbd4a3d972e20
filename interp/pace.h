// What the pool knows of the requests that have ended: how long they took, and which of their
// answers have not been handed over. Not thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <utility>

namespace interp {

class Pace {
public:
    void add(std::chrono::nanoseconds took) {
        ++finished_;
        average_ += (took - average_) / 8;
    }
    // The last eight or so took longer than that on average: let others follow at once. One long
    // request is the watch's affair, many of them are worth a wake-up each.
    [[nodiscard]] bool is_slower_than(std::chrono::nanoseconds time) const {
        return average_ > time;
    }
    // Whether any has ended since the last call.
    [[nodiscard]] bool has_moved() { return std::exchange(seen_, finished_) != finished_; }

private:
    std::chrono::nanoseconds average_{0};
    std::uint64_t finished_ = 0;
    std::uint64_t seen_ = 0;  // of those, at the last call of has_moved()
};

// Answers are handed over in batches: one wake-up for several, but none waits longer than kAfter.
class AnswerBatch {
public:
    [[nodiscard]] bool is_empty() const { return count_ == 0; }
    // One more, of a request that `took` so long. True: they are to be handed over now.
    [[nodiscard]] bool add(
        std::chrono::steady_clock::time_point now, std::chrono::nanoseconds took
    ) {
        if (count_++ == 0) {
            since_ = now;
        }
        return count_ >= kMost || now - since_ > kAfter || took > kAfter;
    }
    // They are about to be handed over; false: there are none.
    bool take() { return std::exchange(count_, 0) > 0; }

private:
    static constexpr int kMost = 32;
    static constexpr std::chrono::microseconds kAfter{50};
    int count_ = 0;
    std::chrono::steady_clock::time_point since_{};
};

}  // namespace interp
