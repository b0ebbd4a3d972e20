// How soon a process that has ended is followed by the next one.
#include "core/server/supervisor/children/restart.h"

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using server::Restart;

constexpr Restart::Clock::time_point kNow{1h};

TEST(Restart, ComesLaterEachTimeAndNeverTooLate) {
    Restart restart;
    EXPECT_EQ(restart.put_off(kNow, false), 250ms);
    EXPECT_EQ(restart.at(), kNow + 250ms);
    EXPECT_EQ(restart.put_off(kNow, false), 500ms);
    EXPECT_EQ(restart.put_off(kNow, false), 1s);
    for (int i = 0; i < 100; ++i) {
        EXPECT_LE(restart.put_off(kNow, false), 30s);
    }
    EXPECT_EQ(restart.put_off(kNow, false), 30s);
    EXPECT_TRUE(restart.has_failed());
}

TEST(Restart, ForgivesOneThatWasReadyOnce) {
    Restart restart;
    EXPECT_EQ(restart.put_off(kNow, true), 0ms);
    EXPECT_EQ(restart.put_off(kNow, true), 250ms);
}

TEST(Restart, ForgetsFailuresAfterServiceForLong) {
    Restart restart;
    restart.put_off(kNow, false);
    restart.put_off(kNow, false);
    restart.at_once(kNow + 1h);
    EXPECT_EQ(restart.at(), kNow + 1h);
    EXPECT_FALSE(restart.has_failed());
    EXPECT_EQ(restart.put_off(kNow, false), 250ms);
}

TEST(Restart, OfOneThatServedHasNoPauseButARate) {
    Restart restart;
    for (int i = 0; i < Restart::kAtOnceMost; ++i) {
        restart.soon(kNow);
        EXPECT_EQ(restart.at(), kNow);
    }
    restart.soon(kNow);
    EXPECT_EQ(restart.at(), kNow + Restart::kAtOnceEvery);
    restart.soon(restart.at());
    EXPECT_EQ(restart.at(), kNow + 2 * Restart::kAtOnceEvery) << "and it stays so";
    EXPECT_FALSE(restart.has_failed());
    restart.soon(kNow + 1h);
    restart.soon(kNow + 1h);
    EXPECT_EQ(restart.at(), kNow + 1h) << "after some quiet all is forgiven";
}

TEST(Restart, IsSettledOnceAnythingIsKnown) {
    Restart ready;
    Restart failed;
    EXPECT_FALSE(ready.has_settled());
    ready.settle();
    EXPECT_TRUE(ready.has_settled());
    failed.put_off(kNow, false);
    EXPECT_TRUE(failed.has_settled());
}

}  // namespace
