// No wish to be looked after is lost, whenever it comes.
#include "core/server/daemon/pool_watch.h"

#include <gtest/gtest.h>

namespace {

using server::PoolWatch;

constexpr auto kNo = [] { return false; };

TEST(PoolWatch, WakesTheMainThreadOnce) {
    PoolWatch watch;
    ASSERT_TRUE(watch.open());
    EXPECT_FALSE(watch.is_on());
    EXPECT_TRUE(watch.ask());
    EXPECT_TRUE(watch.is_on());
    EXPECT_FALSE(watch.ask());
}

TEST(PoolWatch, SleepsAfterQuietTicksAndIsWokenAgain) {
    PoolWatch watch;
    ASSERT_TRUE(watch.open());
    ASSERT_TRUE(watch.ask());
    watch.end_tick(kNo);  // takes note of the wish
    for (int i = 1; i < PoolWatch::kQuietTicks; ++i) {
        watch.end_tick(kNo);
        EXPECT_TRUE(watch.is_on()) << i;
    }
    watch.end_tick(kNo);
    EXPECT_FALSE(watch.is_on());
    EXPECT_TRUE(watch.ask());
}

TEST(PoolWatch, StaysWhileItIsNeeded) {
    PoolWatch watch;
    ASSERT_TRUE(watch.open());
    ASSERT_TRUE(watch.ask());
    for (int i = 0; i < 100; ++i) {
        watch.end_tick([&] { return i < 80 || i > 85; });
        EXPECT_TRUE(watch.is_on()) << i;
    }
}

// The wish comes in every place between two looks at the pool: at the last tick before the sleep,
// within the look that decides about it, and within the one that checks it.
TEST(PoolWatch, HearsAWishThatComesWhileItGoesToSleep) {
    for (int at = 0; at < 2 * PoolWatch::kQuietTicks; ++at) {
        PoolWatch watch;
        ASSERT_TRUE(watch.open());
        ASSERT_TRUE(watch.ask());
        bool must_wake = false;
        int looks = 0;
        for (int tick = 0; tick <= PoolWatch::kQuietTicks && watch.is_on(); ++tick) {
            watch.end_tick([&] {
                if (looks++ == at) {
                    must_wake = watch.ask();
                }
                return false;
            });
        }
        if (looks > at) {
            EXPECT_TRUE(watch.is_on() || must_wake) << at;
        }
    }
}

TEST(PoolWatch, TrustsWhatItSeesRightBeforeItSleeps) {
    PoolWatch watch;
    ASSERT_TRUE(watch.open());
    ASSERT_TRUE(watch.ask());
    int looks = 0;
    for (int tick = 0; tick <= PoolWatch::kQuietTicks; ++tick) {
        watch.end_tick([&] { return ++looks == PoolWatch::kQuietTicks + 1; });
    }
    EXPECT_TRUE(watch.is_on());
}

}  // namespace
