// The threads of a pool: how many there are, who of the idle ones is woken, and what becomes of one
// that cannot begin.
#include "interp/threads.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <vector>

namespace test {
namespace {

using interp::Threads;

// Threads that rest until they are told to end, and count how often they have been woken.
class ThreadsTest : public testing::Test, public Threads::Body {
protected:
    using Lock = std::unique_lock<std::mutex>;

    void run(Threads::Thread& self) noexcept override {
        Lock lock(mutex_);
        threads_.on_begun();
        if (fails_) {
            threads_.on_failed(self);
            ++changes_;
            changed_.notify_all();
            return;
        }
        while (!ends_) {
            ++changes_;
            changed_.notify_all();
            threads_.rest(lock, self);
            woken_.push_back(self.number());
        }
    }
    // Until so many have rested, or failed, in all.
    void await_changes(Lock& lock, int count) {
        changed_.wait(lock, [&] { return changes_ >= count; });
    }
    void end(Lock& lock) {
        ends_ = true;
        while (threads_.has_idle()) {
            threads_.wake_last();
        }
        lock.unlock();
        threads_.join();
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    int changes_ = 0;
    bool fails_ = false;
    bool ends_ = false;
    std::vector<int> woken_;
    Threads threads_{*this, 2, 0};
};

TEST_F(ThreadsTest, AreAsManyAsThereMayBe) {
    Lock lock(mutex_);
    EXPECT_FALSE(threads_.is_full());
    EXPECT_TRUE(threads_.start_one());
    EXPECT_FALSE(threads_.is_full());
    EXPECT_TRUE(threads_.start_one());
    EXPECT_TRUE(threads_.is_full());
    EXPECT_FALSE(threads_.start_one());
    await_changes(lock, 2);
    end(lock);
}

TEST_F(ThreadsTest, WakesWhoeverCameToRestLast) {
    Lock lock(mutex_);
    ASSERT_TRUE(threads_.start_one());
    await_changes(lock, 1);
    ASSERT_TRUE(threads_.start_one());
    await_changes(lock, 2);
    for (int i = 0; i < 3; ++i) {
        threads_.wake_last();
        await_changes(lock, 3 + i);
    }
    EXPECT_EQ(woken_, (std::vector<int>{2, 2, 2}));
    threads_.wake_last();
    EXPECT_TRUE(threads_.has_idle()) << "the other one";
    threads_.wake_last();
    EXPECT_FALSE(threads_.has_idle());
    await_changes(lock, 7);
    end(lock);
}

TEST_F(ThreadsTest, GivesThePlaceOfOneThatCouldNotBeginToAnother) {
    Lock lock(mutex_);
    fails_ = true;
    ASSERT_TRUE(threads_.start_one());
    await_changes(lock, 1);
    fails_ = false;
    ASSERT_TRUE(threads_.start_one());
    ASSERT_TRUE(threads_.start_one());
    EXPECT_TRUE(threads_.is_full());
    await_changes(lock, 3);
    threads_.wake_last();
    threads_.wake_last();
    await_changes(lock, 5);
    EXPECT_EQ(std::ranges::count(woken_, 1), 1);
    EXPECT_EQ(std::ranges::count(woken_, 2), 1);
    end(lock);
}

TEST_F(ThreadsTest, EndsWhereNoneWasStartedOrOneCouldNotBegin) {
    Lock lock(mutex_);
    fails_ = true;
    ASSERT_TRUE(threads_.start_one());
    end(lock);
    EXPECT_FALSE(threads_.has_idle());
}

}  // namespace
}  // namespace test
