// What time it is for a loop that was not let run for a while. The test turns the clock.
#include "core/loop/loop_time.h"

#include <gtest/gtest.h>

#include <optional>

namespace test {
namespace {

using loop::Clock;
using namespace std::chrono_literals;

class LoopTime : public testing::Test {
protected:
    LoopTime() : time_(begin()) {}

    static constexpr Clock::time_point kBegin{1000h};
    static loop::TellTime begin() {
        clock_ = kBegin;
        return []() noexcept { return clock_; };
    }

    static inline Clock::time_point clock_;
    loop::LoopTime time_;
};

TEST_F(LoopTime, IsThatOfTheClockAsLongAsTimersAreInTime) {
    for (const auto late : {0ms, 10ms, 1000ms}) {
        const auto due = clock_ + 5s;
        clock_ = due + late;
        EXPECT_FALSE(time_.advance_after_sleep(due));
        EXPECT_EQ(time_.now(), clock_);
    }
    clock_ += 1h;
    EXPECT_FALSE(time_.advance_after_sleep(std::nullopt)) << "nothing was due";
    EXPECT_EQ(time_.now(), clock_);
}

TEST_F(LoopTime, StandsStillWhileTheProcessDoes) {
    clock_ += 8h;
    EXPECT_TRUE(time_.advance_after_sleep(kBegin + 5s));
    EXPECT_EQ(time_.now(), kBegin + 5s - loop::LoopTime::kGrace);
    clock_ += 2s;
    EXPECT_FALSE(time_.advance_after_sleep(kBegin + 6s));
    EXPECT_EQ(time_.now(), kBegin + 7s - loop::LoopTime::kGrace);
}

TEST_F(LoopTime, NeverGoesBack) {
    clock_ += 2min;
    EXPECT_TRUE(time_.advance_after_sleep(kBegin + 10ms));
    EXPECT_EQ(time_.now(), kBegin);
}

// Its turns take long because it has much to do; its timers come all the same.
TEST_F(LoopTime, GoesOnForALoopThatIsAlwaysLate) {
    for (int i = 0; i < 100; ++i) {
        clock_ += 3s;
        [[maybe_unused]] const bool stood_still = time_.advance_after_sleep(time_.now() + 100ms);
    }
    EXPECT_GT(time_.now() - kBegin, (clock_ - kBegin) / 3);
}

}  // namespace
}  // namespace test
