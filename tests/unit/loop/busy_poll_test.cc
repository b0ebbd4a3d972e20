// A loop that looks for a moment before it sleeps: only after recent work, and never for long.
#include "core/loop/busy_poll.h"

#include <gtest/gtest.h>

using namespace std::chrono_literals;
using loop::BusyPoll;
using loop::Clock;

namespace {

class BusyPollTest : public testing::Test {
protected:
    void SetUp() override { now_ = Clock::time_point(1h); }

    // Each look at the clock takes a microsecond. Whether work is found that comes at look number
    // `at`; 0: none comes.
    bool finds(int at) {
        looks_ = 0;
        return poll_.finds([&] { return ++looks_ == at; });
    }

    static inline Clock::time_point now_;
    BusyPoll poll_{true, []() noexcept { return now_ += 1us; }};
    int looks_ = 0;
};

TEST_F(BusyPollTest, LooksOnceWhereThereHasBeenNoWorkLately) {
    EXPECT_FALSE(finds(0));
    EXPECT_EQ(looks_, 1);
}

TEST_F(BusyPollTest, LooksForAMomentAfterWork) {
    EXPECT_TRUE(finds(1));
    EXPECT_TRUE(finds(5));
    const auto begun = now_;
    EXPECT_FALSE(finds(0));
    EXPECT_GT(looks_, 10);
    EXPECT_LE(now_ - begun, BusyPoll::kMoment + 2us);
}

TEST_F(BusyPollTest, ForgetsWorkThatWasLongAgo) {
    EXPECT_TRUE(finds(1));
    now_ += BusyPoll::kLately;
    EXPECT_FALSE(finds(2));
    EXPECT_EQ(looks_, 1);
}

TEST_F(BusyPollTest, DoesNotEvenAskWhereItIsOff) {
    BusyPoll off(false);
    EXPECT_FALSE(off.finds([]() -> bool {
        ADD_FAILURE() << "asked";
        return true;
    }));
}

}  // namespace
