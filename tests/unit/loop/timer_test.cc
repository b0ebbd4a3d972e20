// The timer wheel, with a clock that the test turns.
#include "core/loop/timer.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <vector>

using namespace std::chrono_literals;
using loop::Clock;
using loop::TimerWheel;

namespace {

constexpr Clock::duration kTick = 50ms;

struct Alarm {
    void on_time() {
        ++count;
        then();
    }

    int count = 0;
    std::function<void()> then = [] {};
    loop::TimerFor<&Alarm::on_time> timer{*this};
};

}  // namespace

class TimerWheelTest : public testing::Test {
protected:
    void pass(Clock::duration time) {
        now_ += time;
        wheel_.fire(now_);
    }

    Clock::time_point now_ = Clock::time_point{} + 1000h;
    TimerWheel wheel_{kTick, now_};
};

TEST_F(TimerWheelTest, FiresOnceNeverEarlyAndAtMostATickLate) {
    for (const auto after :
         {0ms, 1ms, 49ms, 50ms, 51ms, 999ms, 25599ms, 25600ms, 25601ms, 60000ms, 3600000ms}) {
        Alarm alarm;
        wheel_.set(alarm.timer, now_ + after);
        const auto due = now_ + after;
        while (alarm.count == 0) {
            ASSERT_LE(now_, due + kTick) << after.count() << " ms: late";
            pass(1ms);
        }
        EXPECT_GE(now_, due) << after.count() << " ms: early";
        EXPECT_FALSE(alarm.timer.is_set());
        pass(60s);
        EXPECT_EQ(alarm.count, 1);
    }
}

TEST_F(TimerWheelTest, PostponesWhateverIsSet) {
    Alarm near;
    Alarm far;
    wheel_.set(near.timer, now_ + 1s);
    wheel_.set(far.timer, now_ + 60s);
    pass(500ms);
    wheel_.postpone(1s);
    Alarm later;
    wheel_.set(later.timer, now_ + 1s);
    pass(1400ms);
    EXPECT_EQ(near.count, 0);
    EXPECT_EQ(later.count, 1) << "it was set after that";
    pass(150ms);
    EXPECT_EQ(near.count, 1);
    pass(58800ms);
    EXPECT_EQ(far.count, 0);
    pass(200ms);
    EXPECT_EQ(far.count, 1);
}

TEST_F(TimerWheelTest, FiresInTheOrderOfTicksAndThenOfSetting) {
    std::vector<int> order;
    std::array<Alarm, 4> alarms;
    const std::array<Clock::duration, 4> after = {300ms, 100ms, 200ms, 100ms};
    for (int i = 0; i < 4; ++i) {
        auto& alarm = alarms.at(static_cast<std::size_t>(i));
        alarm.then = [&order, i] { order.push_back(i); };
        wheel_.set(alarm.timer, now_ + after.at(static_cast<std::size_t>(i)));
    }
    pass(1s);  // all in one late turn
    EXPECT_EQ(order, (std::vector{1, 3, 2, 0}));
}

TEST_F(TimerWheelTest, SettingAgainReplaces) {
    Alarm alarm;
    wheel_.set(alarm.timer, now_ + 100ms);
    wheel_.set(alarm.timer, now_ + 300ms);
    pass(200ms);
    EXPECT_EQ(alarm.count, 0);
    pass(150ms);
    EXPECT_EQ(alarm.count, 1);
}

TEST_F(TimerWheelTest, UnsettingAndDestroyingForget) {
    Alarm alarm;
    wheel_.set(alarm.timer, now_ + 100ms);
    wheel_.unset(alarm.timer);
    wheel_.unset(alarm.timer);
    EXPECT_FALSE(alarm.timer.is_set());
    {
        Alarm dying;
        wheel_.set(dying.timer, now_ + 100ms);
    }
    EXPECT_EQ(wheel_.next(), std::nullopt);
    pass(1s);
    EXPECT_EQ(alarm.count, 0);
}

TEST_F(TimerWheelTest, AHandlerMaySetItsTimerAgain) {
    Alarm alarm;
    alarm.then = [&] { wheel_.set(alarm.timer, now_); };
    wheel_.set(alarm.timer, now_);
    for (int turn = 1; turn <= 5; ++turn) {
        pass(kTick);
        EXPECT_EQ(alarm.count, turn) << "once per tick, or the loop would not come back";
    }
}

TEST_F(TimerWheelTest, AHandlerMayDestroyOthersThatAreDueWithIt) {
    auto victim = std::make_unique<Alarm>();
    Alarm killer;
    Alarm survivor;
    killer.then = [&] {
        victim.reset();
        wheel_.unset(survivor.timer);
        wheel_.set(survivor.timer, now_ + 1s);
    };
    wheel_.set(killer.timer, now_ + 100ms);
    wheel_.set(victim->timer, now_ + 100ms);
    wheel_.set(survivor.timer, now_ + 100ms);
    pass(200ms);
    EXPECT_EQ(killer.count, 1);
    EXPECT_EQ(victim, nullptr);
    EXPECT_EQ(survivor.count, 0);
    pass(2s);
    EXPECT_EQ(survivor.count, 1);
}

TEST_F(TimerWheelTest, TellsWhenToLookAgain) {
    EXPECT_EQ(wheel_.next(), std::nullopt) << "no timer, no wake-up";
    Alarm near;
    Alarm far;
    for (int round = 0; round < 1500; ++round) {  // from every slot, several times around
        wheel_.set(far.timer, now_ + 20s);
        wheel_.set(near.timer, now_ + 1s);
        ASSERT_TRUE(wheel_.next().has_value());
        EXPECT_GE(*wheel_.next(), now_ + 1s);
        EXPECT_LE(*wheel_.next(), now_ + 1s + kTick);
        wheel_.unset(near.timer);
        EXPECT_GE(*wheel_.next(), now_ + 20s);
        EXPECT_LE(*wheel_.next(), now_ + 20s + kTick);
        pass(kTick);
    }
    EXPECT_EQ(far.count, 0);
}

TEST(TimerWheelLife, TimersOutliveTheirWheelUnset) {
    Alarm alarm;
    {
        TimerWheel wheel(kTick, Clock::time_point{});
        wheel.set(alarm.timer, Clock::time_point{} + 1s);
    }
    EXPECT_FALSE(alarm.timer.is_set());
    EXPECT_EQ(alarm.count, 0);
}
