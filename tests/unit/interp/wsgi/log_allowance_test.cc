// How much applications may write to a log that others have, too.
#include "interp/wsgi/log_allowance.h"

#include <gtest/gtest.h>

namespace test {
namespace {

using interp::LogAllowance;
using namespace std::chrono_literals;

constexpr std::size_t kAll = LogAllowance::kAtOnce;
constexpr std::size_t kSecond = LogAllowance::kPerSecond;

TEST(LogAllowance, IsSoMuchAtOnceAndNotMore) {
    const LogAllowance::Clock::time_point now{1h};
    LogAllowance allowance;
    EXPECT_TRUE(allowance.take(kAll - 10, now));
    EXPECT_TRUE(allowance.take(10, now));
    EXPECT_EQ(allowance.take_left_out(), 0U);
    EXPECT_FALSE(allowance.take(1, now));
    EXPECT_FALSE(allowance.take(1, now));
    EXPECT_EQ(allowance.take_left_out(), 2U);
    EXPECT_EQ(allowance.take_left_out(), 0U) << "it has been told";
}

TEST(LogAllowance, IsSoMuchInEachSecond) {
    LogAllowance::Clock::time_point now{1h};
    LogAllowance allowance;
    EXPECT_TRUE(allowance.take(kAll, now));
    EXPECT_FALSE(allowance.take(1, now));
    EXPECT_FALSE(allowance.take(1, now += 900ms)) << "told once a second, not for each line";
    EXPECT_TRUE(allowance.take(kSecond, now += 200ms));
    EXPECT_FALSE(allowance.take(kSecond, now));
    EXPECT_TRUE(allowance.take(kAll, now += 1h));
    EXPECT_FALSE(allowance.take(1, now)) << "what nobody has used for long is no more than that";
}

// Whoever writes a little now and then never meets it.
TEST(LogAllowance, ComesBackAlsoInSmallPieces) {
    LogAllowance::Clock::time_point now{1h};
    LogAllowance allowance;
    EXPECT_TRUE(allowance.take(kAll, now));
    for (int i = 0; i < 100; ++i) {
        EXPECT_TRUE(allowance.take(kSecond / 100, now += 11ms)) << i;
    }
}

}  // namespace
}  // namespace test
