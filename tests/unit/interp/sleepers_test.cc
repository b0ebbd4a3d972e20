// Threads that sleep in a request, and who wakes which.
#include "interp/sleepers.h"

#include <gtest/gtest.h>

#include <array>
#include <thread>

#include "tests/unit/interp/fake_task.h"

namespace test {
namespace {

using interp::Sleepers;

class SleepersTest : public testing::Test {
protected:
    using Lock = std::unique_lock<std::mutex>;

    struct Sleeper {
        FakeTask task;
        bool is_awake = false;
        std::thread thread{};
    };
    // Returns when it sleeps, or is about to with the lock given up for nothing else.
    void put_to_sleep(Sleeper& sleeper) {
        Lock lock(mutex_);
        sleeper.thread = std::thread([this, &sleeper] {
            Lock its_lock(mutex_);
            ++asleep_;
            changed_.notify_all();
            sleepers_.sleep(its_lock, sleeper.task);
            sleeper.is_awake = true;
        });
        const int before = asleep_;
        changed_.wait(lock, [&] { return asleep_ > before; });
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    int asleep_ = 0;
    Sleepers sleepers_;
};

TEST_F(SleepersTest, WakesThoseOfARequestOnly) {
    std::array<Sleeper, 2> all;
    for (Sleeper& sleeper : all) {
        put_to_sleep(sleeper);
    }
    {
        const Lock lock(mutex_);
        sleepers_.wake(all[0].task);
    }
    all[0].thread.join();
    {
        const Lock lock(mutex_);
        EXPECT_FALSE(all[1].is_awake);
        EXPECT_FALSE(sleepers_.is_empty());
        sleepers_.wake(all[1].task);
    }
    all[1].thread.join();
    EXPECT_TRUE(sleepers_.is_empty());
}

TEST_F(SleepersTest, WakesWhoeverWentToSleepLast) {
    std::array<Sleeper, 2> all;
    for (Sleeper& sleeper : all) {
        put_to_sleep(sleeper);
    }
    {
        const Lock lock(mutex_);
        sleepers_.wake_last();
    }
    all[1].thread.join();
    {
        const Lock lock(mutex_);
        EXPECT_FALSE(all[0].is_awake);
        sleepers_.wake_last();
    }
    all[0].thread.join();
    EXPECT_TRUE(sleepers_.is_empty());
}

}  // namespace
}  // namespace test
