// LoopPulse: a loop stands when it has not beaten between many looks in a row, and not before.
#include "core/server/loops/watch/loop_pulse.h"

#include <gtest/gtest.h>

namespace {

using server::LoopPulse;

// One look more than these without a beat, and the loop stands.
constexpr int kPatience = 5;

TEST(LoopPulse, GoesOnAsLongAsEachLoopBeatsNowAndThen) {
    LoopPulse pulse;
    LoopPulse::Beat& first = pulse.add();
    LoopPulse::Beat& second = pulse.add();
    for (int i = 0; i < 10 * kPatience; ++i) {
        first.beat();
        if (i % kPatience == 0) {
            second.beat();
        }
        EXPECT_FALSE(pulse.has_stopped()) << i;
    }
}

TEST(LoopPulse, HasStoppedWhereOneLoopDoesNotBeat) {
    LoopPulse pulse;
    LoopPulse::Beat& first = pulse.add();
    pulse.add();
    int looks = 0;
    do {
        first.beat();
        ++looks;
    } while (!pulse.has_stopped() && looks < 100);
    EXPECT_EQ(looks, kPatience + 1);
}

// All of them have been stopped and go on (SIGSTOP, a container that was paused): whoever looks
// first has looked once.
TEST(LoopPulse, IsNotMeasuredByTheClock) {
    LoopPulse pulse;
    LoopPulse::Beat& loop = pulse.add();
    for (int i = 0; i < kPatience; ++i) {
        EXPECT_FALSE(pulse.has_stopped());
    }
    loop.beat();
    for (int i = 0; i < kPatience; ++i) {
        EXPECT_FALSE(pulse.has_stopped());
    }
}

TEST(LoopPulse, OfALoopThatHasEndedIsNotMissed) {
    LoopPulse pulse;
    pulse.add().end();
    for (int i = 0; i < 10 * kPatience; ++i) {
        EXPECT_FALSE(pulse.has_stopped());
    }
}

}  // namespace
