#include "core/server/loops/watch/rounds.h"

#include <gtest/gtest.h>

namespace {

using server::Rounds;

class RoundsTest : public testing::Test {
protected:
    bool pass(std::chrono::nanoseconds time) {
        now_ += time;
        return rounds_.make_if_due(now_);
    }
    Rounds::Clock::time_point now_{std::chrono::hours(1)};
    server::LoopPulse pulse_;
    Rounds rounds_{pulse_, now_};
};

TEST_F(RoundsTest, EndWhenALoopStands) {
    pulse_.add().beat();
    int made = 0;
    while (made < 100 && pass(Rounds::kEvery)) {
        ++made;
    }
    EXPECT_LT(made, 100);
}

TEST_F(RoundsTest, AreNotMadeBeforeTheyAreDue) {
    pulse_.add().beat();
    // As often as whoever waits wakes for something else.
    for (int i = 0; i < 1000; ++i) {
        ASSERT_TRUE(pass(Rounds::kEvery / 1001));
    }
}

TEST_F(RoundsTest, GoOnWhileALoopTurns) {
    auto& beat = pulse_.add();
    for (int i = 0; i < 100; ++i) {
        beat.beat();
        ASSERT_TRUE(pass(Rounds::kEvery));
    }
}

}  // namespace
