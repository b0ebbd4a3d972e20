// Who of a pool's threads reads the links, and who comes when there is something to do.
#include "interp/muster.h"

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "interp/leading.h"
#include "tests/unit/interp/fake_task.h"

namespace test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

class Host final : public interp::PoolHost {
public:
    explicit Host(std::mutex& mutex) : mutex_(mutex) {}
    void flush() noexcept override {}
    [[nodiscard]] bool can_lead() const override { return can; }
    void lead() noexcept override { read(led); }
    void look() noexcept override { read(looked); }
    void interrupt_leader() noexcept override { ++interrupted; }
    void on_started(int, const interp::Task&, Clock::time_point) noexcept override {}
    void on_finished(int) noexcept override {}

    bool can = true;
    int led = 0;
    int looked = 0;
    int interrupted = 0;
    const interp::Crew* crew = nullptr;
    bool was_led_freely = false;  // the last time

private:
    void read(int& times) {
        EXPECT_TRUE(mutex_.try_lock()) << "it reads with the pool's lock";
        EXPECT_TRUE(crew->has_leader());
        was_led_freely = crew->is_leader_free();
        mutex_.unlock();
        ++times;
    }
    std::mutex& mutex_;
};

// Threads that rest until the muster has ended.
class MusterTest : public testing::Test, public interp::Threads::Body {
protected:
    using Lock = std::unique_lock<std::mutex>;

    MusterTest() { host_.crew = &crew_; }
    void run(interp::Threads::Thread& self) noexcept override {
        Lock lock(mutex_);
        threads_.on_begun();
        while (!muster_.has_ended()) {
            crew_.remove_runner();
            ++rests_;
            changed_.notify_all();
            threads_.rest(lock, self);
        }
        crew_.remove_runner();
    }
    // Until threads have come to rest so often in all.
    void await_rests(Lock& lock, int count) {
        changed_.wait(lock, [&] { return rests_ >= count; });
    }
    void end(Lock& lock) {
        muster_.end();
        lock.unlock();
        threads_.join();
        EXPECT_FALSE(crew_.has_runners());
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    int rests_ = 0;
    Host host_{mutex_};
    interp::Threads threads_{*this, 1, 0};
    interp::Sleepers sleepers_;
    interp::Crew crew_;
    interp::Leading leading_{host_, crew_};
    interp::Muster muster_{host_, threads_, sleepers_, crew_, leading_};
};

TEST_F(MusterTest, IsVacantWhereNobodyLeadsAndSomebodyShould) {
    EXPECT_TRUE(leading_.is_vacant());
    EXPECT_FALSE(leading_.is_unread()) << "whoever is awake next leads";
    crew_.add_runner();
    EXPECT_TRUE(leading_.is_unread());
    host_.can = false;
    EXPECT_FALSE(leading_.is_vacant());
    EXPECT_FALSE(leading_.is_unread());
}

TEST_F(MusterTest, LetsOneReadWithoutTheLock) {
    Lock lock(mutex_);
    crew_.add_runner();
    leading_.lead(lock);
    EXPECT_EQ(host_.led, 1);
    EXPECT_TRUE(host_.was_led_freely);
    leading_.lead_in_request(lock);
    EXPECT_EQ(host_.led, 2);
    EXPECT_FALSE(host_.was_led_freely);
    leading_.look(lock);
    EXPECT_EQ(host_.looked, 1);
    EXPECT_FALSE(host_.was_led_freely);
    EXPECT_TRUE(lock.owns_lock());
    EXPECT_TRUE(leading_.is_vacant());
}

TEST_F(MusterTest, LooksOnceInAWhile) {
    Lock lock(mutex_);
    crew_.add_runner();
    EXPECT_TRUE(leading_.is_look_due(Clock::now()));
    leading_.look(lock);
    EXPECT_FALSE(leading_.is_look_due(leading_.read_at()));
    EXPECT_TRUE(leading_.is_look_due(leading_.read_at() + 2ms));
    crew_.begin_leading();
    EXPECT_FALSE(leading_.is_look_due(leading_.read_at() + 2ms)) << "somebody reads";
}

TEST_F(MusterTest, StartsAThreadWhereNoneIsIdleAndWakesItNextTime) {
    Lock lock(mutex_);
    EXPECT_FALSE(muster_.has_leader_at_hand());
    EXPECT_TRUE(muster_.call_runner());
    EXPECT_TRUE(crew_.has_runners()) << "by whoever has started it";
    EXPECT_FALSE(muster_.call_runner()) << "there are as many as there may be";
    await_rests(lock, 1);
    EXPECT_FALSE(crew_.has_runners());
    EXPECT_TRUE(muster_.has_leader_at_hand());
    EXPECT_TRUE(muster_.call_runner());
    EXPECT_TRUE(crew_.has_runners());
    await_rests(lock, 2);
    end(lock);
}

TEST_F(MusterTest, InterruptsALeaderBeforeItStartsAnother) {
    Lock lock(mutex_);
    crew_.add_runner();
    crew_.begin_leading();
    EXPECT_TRUE(muster_.call_runner());
    EXPECT_EQ(host_.interrupted, 1);
    EXPECT_FALSE(crew_.has_runners()) << "it counts itself";
    crew_.end_leading();
    crew_.remove_runner();
    crew_.begin_leading_in_request();
    EXPECT_TRUE(muster_.call_runner());
    EXPECT_EQ(host_.interrupted, 1) << "that one has a request";
    crew_.end_leading();
    await_rests(lock, 1);
    end(lock);
}

TEST_F(MusterTest, CallsNoLeaderWhereOneLeadsOrIsComing) {
    Lock lock(mutex_);
    crew_.begin_leading_in_request();
    EXPECT_TRUE(muster_.call_leader());
    crew_.end_leading();
    crew_.begin_acquiring();
    EXPECT_FALSE(muster_.call_leader());
    crew_.end_acquiring();
    host_.can = false;
    EXPECT_TRUE(muster_.call_leader()) << "nobody is wanted";
    EXPECT_FALSE(crew_.has_runners());
}

TEST_F(MusterTest, CallsWhoeverSleepsInARequestToLead) {
    Lock lock(mutex_);
    FakeTask task;
    bool is_awake = false;
    std::thread sleeper([&] {
        Lock its_lock(mutex_);
        ++rests_;
        changed_.notify_all();
        sleepers_.sleep(its_lock, task);
        is_awake = true;
        changed_.notify_all();
    });
    await_rests(lock, 1);
    EXPECT_TRUE(muster_.has_leader_at_hand());
    EXPECT_TRUE(muster_.call_leader());
    changed_.wait(lock, [&] { return is_awake; });
    EXPECT_FALSE(crew_.has_runners()) << "it runs no other request";
    lock.unlock();
    sleeper.join();
}

TEST_F(MusterTest, StartsNobodyOnceItHasEnded) {
    Lock lock(mutex_);
    crew_.begin_leading_in_request();
    muster_.end();
    EXPECT_EQ(host_.interrupted, 1) << "it looks whether what it waits for has come";
    crew_.end_leading();
    EXPECT_FALSE(muster_.call_runner());
    EXPECT_FALSE(muster_.call_leader());
}

}  // namespace
}  // namespace test
