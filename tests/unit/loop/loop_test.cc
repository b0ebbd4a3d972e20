// The loop's turns: timers, work from other threads, waking and stopping, on both back-ends.
#include "core/loop/loop.h"
#include "core/loop/alarm.h"

#include <cstdlib>
#include <latch>
#include <thread>

#include "tests/unit/loop/ring/ring_fixture.h"

using namespace std::chrono_literals;
using loop_test::Listener;
using loop_test::unix_pair;

namespace {

struct AlarmOfLoop {
    void on_time() {
        ++count;
        then();
    }

    int count = 0;
    std::function<void()> then = [] {};
    loop::TimerFor<&AlarmOfLoop::on_time> timer{*this};
};

// Notes when it is called, and limits the sleep.
struct Hook : loop::TurnEnd {
    std::optional<std::chrono::nanoseconds> on_turn_end() override {
        ++count;
        then();
        return limit;
    }
    int count = 0;
    std::function<void()> then = [] {};
    std::optional<std::chrono::nanoseconds> limit;
};

}  // namespace

class LoopTest : public loop_test::RingTest {
protected:
    void SetUp() override {
        RingTest::SetUp();
        if (ring_) {
            loop_ = std::move(*loop::Loop::create(std::move(ring_)));
        }
    }

    static void answer_posts(loop::Loop& loop) {
        std::atomic<int> answered = 0;
        std::thread poster([&] {
            for (int i = 0; i < 2000; ++i) {
                loop.post([&] {
                    answered = answered + 1;
                    answered.notify_one();
                });
                answered.wait(i);
            }
            loop.stop();
        });
        loop.run();
        poster.join();
        EXPECT_EQ(answered, 2000);
    }

    std::unique_ptr<loop::Loop> loop_;
};

TEST_P(LoopTest, RunsWhatWasPostedInOrder) {
    std::vector<int> order;
    for (int i = 0; i < 3; ++i) {
        loop_->post([&order, i] { order.push_back(i); });
    }
    EXPECT_TRUE(order.empty());
    loop_->turn(std::nullopt);  // does not sleep: there is work
    EXPECT_EQ(order, (std::vector{0, 1, 2}));
}

TEST_P(LoopTest, WorkMayPostMoreWork) {
    int depth = 0;
    std::function<void()> again = [&] {
        if (++depth < 10) {
            loop_->post(again);
        } else {
            loop_->stop();
        }
    };
    loop_->post(again);
    loop_->run();
    EXPECT_EQ(depth, 10);
}

TEST_P(LoopTest, LosesNoPostOfManyThreads) {
    constexpr int kThreads = 4;
    constexpr int kPosts = 10000;
    std::vector<int> last(kThreads, -1);
    int count = 0;
    std::vector<std::thread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
        threads.emplace_back([&, thread] {
            for (int i = 0; i < kPosts; ++i) {
                loop_->post([&, thread, i] {
                    int& seen = last[static_cast<std::size_t>(thread)];
                    EXPECT_EQ(seen + 1, i);  // one thread's posts keep their order
                    seen = i;
                    if (++count == kThreads * kPosts) {
                        loop_->stop();
                    }
                });
            }
        });
    }
    loop_->run();
    for (std::thread& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(count, kThreads * kPosts);
}

// Each post waits for the answer to the one before, so the loop falls asleep between them: a lost
// wake-up hangs.
TEST_P(LoopTest, WakesFromEverySleep) { answer_posts(*loop_); }

TEST_P(LoopTest, WakesWhenItSpinsBeforeItSleeps) {
    loop_ = std::move(
        *loop::Loop::create(std::move(loop::create_ring(GetParam())->ring), loop::Spin::kAdaptive)
    );
    answer_posts(*loop_);
}

TEST_P(LoopTest, ASpinningLoopAnswersItsSockets) {
    loop_ = std::move(
        *loop::Loop::create(std::move(loop::create_ring(GetParam())->ring), loop::Spin::kAdaptive)
    );
    const auto pair = loop_test::tcp_pair();
    Listener received;
    Listener sent;
    received.then = [&](loop::Completion completion) {
        if (completion.result > 0) {
            loop_->ring().send(pair.ours.get(), "o", sent.operation);
        } else {
            loop_->stop();
        }
    };
    loop_->ring().receive(pair.ours.get(), received.operation);
    std::thread peer([&] {
        char answer = 0;
        for (int i = 0; i < 2000; ++i) {
            ASSERT_EQ(::send(pair.theirs.get(), "i", 1, 0), 1);
            ASSERT_EQ(::recv(pair.theirs.get(), &answer, 1, 0), 1);
        }
        ::shutdown(pair.theirs.get(), SHUT_WR);
    });
    loop_->run();
    peer.join();
    EXPECT_EQ(received.data.size(), 2000U);
    loop_->ring().forget(pair.ours.get());
}

// A queue of the owner's own, as the hot paths have: its contents are seen after wake(), in the
// turn's end.
TEST_P(LoopTest, AWakeBringsATurn) {
    std::atomic<int> asked = 0;
    std::atomic<int> seen = 0;
    Hook hook;
    hook.then = [&] {
        seen = asked.load(std::memory_order_relaxed);
        seen.notify_one();
    };
    loop_->at_turn_end(hook);
    std::thread waker([&] {
        for (int i = 1; i <= 2000; ++i) {
            asked.store(i, std::memory_order_relaxed);
            loop_->wake();
            while (seen.load() < i) {
                seen.wait(i - 1);
            }
        }
        loop_->stop();
    });
    loop_->run();
    waker.join();
    EXPECT_EQ(seen, 2000);
}

TEST_P(LoopTest, StopBeforeRunEndsItAtOnce) {
    Hook hook;
    loop_->at_turn_end(hook);
    loop_->stop();
    loop_->run();
    EXPECT_EQ(hook.count, 0);
}

TEST_P(LoopTest, MayBeCreatedInOneThreadAndRunInAnother) {
    const auto pair = unix_pair();
    Listener received;
    received.then = [&](loop::Completion completion) {
        if (completion.more) {
            loop_->ring().cancel(received.operation);
        } else {
            loop_->ring().forget(pair.ours.get());
            loop_->stop();
        }
    };
    loop_->ring().receive(pair.ours.get(), received.operation);
    std::thread runner([&] { loop_->run(); });
    ASSERT_EQ(::send(pair.theirs.get(), "hello", 5, 0), 5);
    runner.join();
    EXPECT_EQ(received.data, "hello");
}

TEST_P(LoopTest, SleepsUntilTheNextTimer) {
    AlarmOfLoop alarm;
    const auto start = loop::Clock::now();
    loop_->set(alarm.timer, 60ms);
    alarm.then = [&] { loop_->stop(); };
    Hook hook;
    loop_->at_turn_end(hook);
    loop_->run();
    EXPECT_EQ(alarm.count, 1);
    EXPECT_GE(loop::Clock::now() - start, 60ms);
    EXPECT_LE(hook.count, 3) << "it slept, and did not look again and again";
}

TEST_P(LoopTest, UnsetTimersDoNotFire) {
    AlarmOfLoop alarm;
    AlarmOfLoop last;
    loop_->set(alarm.timer, 1ms);
    loop_->unset(alarm.timer);
    loop_->set(last.timer, 60ms);
    last.then = [&] { loop_->stop(); };
    loop_->run();
    EXPECT_EQ(alarm.count, 0);
    EXPECT_EQ(last.count, 1);
}

TEST_P(LoopTest, AnAlarmThatWasMovedIsHeardOnceAndWhenItIsDue) {
    struct Owner {
        explicit Owner(loop::Loop& its_loop) : loop(its_loop) {}
        void on_time() {
            ++count;
            at = loop.now();
            loop.stop();
        }
        loop::Loop& loop;
        int count = 0;
        loop::Clock::time_point at{};
        loop::AlarmFor<&Owner::on_time> alarm{loop, *this};
    };
    Owner later(*loop_);
    Owner earlier(*loop_);
    Owner never(*loop_);
    const auto start = loop_->now();
    later.alarm.set(start + 1ms);
    later.alarm.set(start + 200ms);
    earlier.alarm.set(start + 10s);
    earlier.alarm.set(start + 60ms);
    never.alarm.set(start + 1ms);
    never.alarm.unset();
    loop_->run();
    EXPECT_EQ(earlier.count, 1);
    EXPECT_EQ(later.count, 0) << "the timer fired where it was, and was set again";
    EXPECT_GE(earlier.at, start + 60ms);
    loop_->run();
    EXPECT_EQ(later.count, 1);
    EXPECT_GE(later.at, start + 200ms);
    EXPECT_EQ(earlier.count, 1);
    EXPECT_EQ(never.count, 0);
}

TEST_P(LoopTest, NowStandsStillWithinATurn) {
    loop::Clock::time_point first{};
    loop_->post([&] {
        first = loop_->now();
        const auto real = loop::Clock::now();
        while (loop::Clock::now() < real + 1ms) {
        }
        EXPECT_EQ(loop_->now(), first);
    });
    loop_->turn(0ns);
    loop_->turn(0ns);
    EXPECT_GT(loop_->now(), first);
}

TEST_P(LoopTest, TheTurnsEndComesAfterItsHandlersAndPosts) {
    std::string order;
    Hook hook;
    hook.then = [&] { order += 'e'; };
    loop_->at_turn_end(hook);
    const auto pair = unix_pair();
    Listener received;
    received.then = [&](loop::Completion) { order += 'h'; };
    loop_->ring().receive(pair.ours.get(), received.operation);
    loop_->turn(0ns);
    order.clear();
    ASSERT_EQ(::send(pair.theirs.get(), "x", 1, 0), 1);
    loop_->post([&] { order += 'p'; });
    while (received.data.empty()) {
        loop_->turn(std::nullopt);
    }
    EXPECT_TRUE(order.ends_with("he") || order.ends_with("hpe")) << order;
    EXPECT_EQ(order.back(), 'e');
    loop_->ring().cancel(received.operation);
    while (received.operation.is_in_flight()) {
        loop_->turn(std::nullopt);
    }
    loop_->ring().forget(pair.ours.get());
}

TEST_P(LoopTest, TheTurnsEndLimitsTheSleep) {
    Hook hook;
    hook.limit = 1ms;
    hook.then = [&] {
        if (hook.count == 5) {
            loop_->stop();
        }
    };
    loop_->at_turn_end(hook);
    loop_->turn(0ns);
    loop_->run();  // nothing else would ever wake it
    EXPECT_EQ(hook.count, 5);
}

ON_BOTH_BACKENDS(LoopTest);

// Creating a ring, and what the environment says about it.
class BackendChoice : public testing::Test {
protected:
    void TearDown() override { ::unsetenv("HOOPSNAKE_IO"); }
};

TEST_F(BackendChoice, ComesFromTheEnvironment) {
    ::unsetenv("HOOPSNAKE_IO");
    EXPECT_EQ(*loop::backend_from_environment(), loop::Backend::kAutomatic);
    ::setenv("HOOPSNAKE_IO", "epoll", 1);
    EXPECT_EQ(*loop::backend_from_environment(), loop::Backend::kEpoll);
    ::setenv("HOOPSNAKE_IO", "io_uring", 1);
    EXPECT_EQ(*loop::backend_from_environment(), loop::Backend::kIoUring);
    ::setenv("HOOPSNAKE_IO", "kqueue", 1);
    const auto refused = loop::backend_from_environment();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().fault, base::Fault::kConfig);
    EXPECT_EQ(refused.error().what, "HOOPSNAKE_IO=kqueue: expected \"io_uring\" or \"epoll\"");
}

TEST_F(BackendChoice, AutomaticAlwaysFindsOneAndSaysWhyNotTheOther) {
    const auto chosen = loop::create_ring(loop::Backend::kAutomatic);
    ASSERT_TRUE(chosen);
    EXPECT_EQ(chosen->why_not_io_uring.empty(), chosen->ring->name() == "io_uring");
}

TEST_F(BackendChoice, EpollOnRequestNeedsNoExcuse) {
    const auto chosen = loop::create_ring(loop::Backend::kEpoll);
    ASSERT_TRUE(chosen);
    EXPECT_EQ(chosen->ring->name(), "epoll");
    EXPECT_TRUE(chosen->why_not_io_uring.empty());
}
