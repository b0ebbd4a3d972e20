// Whom a loop is woken by: who finds it awake makes no system call, and nobody is slept over.
#include "core/loop/waker.h"

#include <gtest/gtest.h>
#include <poll.h>

#include "tests/support/unit/scripted_ring.h"

namespace test {
namespace {

class Waker : public testing::Test {
protected:
    bool has_rung() {
        pollfd bell{waker_->fd(), POLLIN, 0};
        return ::poll(&bell, 1, 0) == 1;
    }
    void TearDown() override { ring_.reset(); }  // as its loop does

    std::unique_ptr<ScriptedRing> ring_ = std::make_unique<ScriptedRing>();
    std::unique_ptr<loop::Waker> waker_ =
        std::make_unique<loop::Waker>(*ring_, *base::Bell::create());
};

TEST_F(Waker, DoesNotRingWhileTheLoopIsAwake) {
    waker_->wake();
    EXPECT_FALSE(has_rung());
    EXPECT_TRUE(waker_->is_wanted());
}

TEST_F(Waker, LetsNobodySleepWhoIsWanted) {
    waker_->wake();
    EXPECT_FALSE(waker_->may_sleep());
    // It did not fall asleep.
    waker_->wake();
    EXPECT_FALSE(has_rung());
}

TEST_F(Waker, RingsWhenTheLoopSleeps) {
    ASSERT_TRUE(waker_->may_sleep());
    EXPECT_FALSE(has_rung());
    waker_->wake();
    EXPECT_TRUE(has_rung());
    EXPECT_TRUE(waker_->is_wanted());
}

TEST_F(Waker, FindsTheLoopAwakeWhenItsSleepHasEnded) {
    ASSERT_TRUE(waker_->may_sleep());
    waker_->end_sleep();
    waker_->wake();
    EXPECT_FALSE(has_rung());
}

TEST_F(Waker, IsSatisfiedByTheTurnThatBegins) {
    waker_->wake();
    waker_->end_sleep();
    EXPECT_FALSE(waker_->is_wanted());
    EXPECT_TRUE(waker_->may_sleep());
}

}  // namespace
}  // namespace test
