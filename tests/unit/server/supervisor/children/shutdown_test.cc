// The order in which processes are told to stop, and how long they are waited for. The test is the
// time and the kernel.
#include "core/server/supervisor/children/shutdown.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <utility>
#include <vector>

#include "core/base/system/log.h"

namespace test {
namespace {

using server::Child;
using server::Termination;
using namespace std::chrono_literals;

class Shutdown : public testing::Test, public Termination::System {
protected:
    // A server process and a daemon process, both ready.
    Shutdown() {
        group_.name = "app";
        for (std::size_t i = 0; i < 2; ++i) {
            Child& child = children_[i];
            child.group = i == 0 ? nullptr : &group_;
            child.log = &base::main_log();
            child.process.pid = 100 + static_cast<pid_t>(i);
            child.process.is_ready = true;
        }
    }
    Child& server() { return children_[0]; }
    Child& daemon() { return children_[1]; }
    void pass(std::chrono::milliseconds time) {
        now_ += time;
        shutdown_.proceed();
    }

    [[nodiscard]] Termination::Clock::time_point now() const override { return now_; }
    int signal(const Child& child, int number) override {
        signals_.emplace_back(child.process.pid, number);
        return 0;
    }

    using Signals = std::vector<std::pair<pid_t, int>>;
    config::DaemonGroup group_;
    std::vector<Child> children_ = std::vector<Child>(2);
    Termination::Clock::time_point now_{1h};
    Signals signals_;
    Termination termination_{children_, *this};
    server::Shutdown shutdown_{children_, *this, termination_};
};

TEST_F(Shutdown, IsNotOnBeforeItBegins) {
    pass(1h);
    EXPECT_FALSE(shutdown_.is_on());
    EXPECT_FALSE(shutdown_.is_over());
    EXPECT_FALSE(shutdown_.next().has_value());
    EXPECT_FALSE(server().process.deadline.has_value());
}

TEST_F(Shutdown, TellsServerProcessesFirst) {
    shutdown_.begin();
    EXPECT_TRUE(server().process.is_told_to_end);
    EXPECT_EQ(server().process.deadline, now_ + Termination::kDrainTime);
    EXPECT_FALSE(daemon().process.is_told_to_end);
    EXPECT_FALSE(daemon().process.deadline.has_value());
    pass(10s);
    EXPECT_FALSE(daemon().process.is_told_to_end)
        << "a server process may still have requests for it";
    server().process.pid = 0;
    pass(0s);
    EXPECT_TRUE(daemon().process.is_told_to_end);
    EXPECT_EQ(daemon().process.deadline, now_ + Termination::kShutdownTime);
    EXPECT_FALSE(shutdown_.is_over());
    daemon().process.pid = 0;
    EXPECT_TRUE(shutdown_.is_over());
}

TEST_F(Shutdown, WaitsLessForWhoeverIsNotReady) {
    server().process.is_ready = daemon().process.is_ready = false;
    shutdown_.begin();
    EXPECT_EQ(server().process.deadline, now_ + Termination::kShutdownTime);
    EXPECT_EQ(daemon().process.deadline, now_ + Termination::kShutdownTime);
    daemon().process.is_ready = true;
    shutdown_.on_ready(daemon());
    EXPECT_FALSE(daemon().process.deadline.has_value()) << "requests may wait for it";
}

TEST_F(Shutdown, TakesTwoSignalsAtOnceForOne) {
    shutdown_.begin();
    signals_.clear();
    now_ += server::Shutdown::kSameSignal - 1ms;
    shutdown_.hurry();
    EXPECT_TRUE(signals_.empty());
    now_ += 1ms;
    shutdown_.hurry();
    EXPECT_EQ(signals_, (Signals{{100, SIGKILL}, {101, SIGKILL}}));
}

TEST_F(Shutdown, WantsToTellAgainAndAgainWhatHoldsItUp) {
    shutdown_.begin();
    EXPECT_EQ(shutdown_.next(), now_ + 3s);
    pass(3s);
    EXPECT_EQ(shutdown_.next(), now_ + 5s);
}

}  // namespace
}  // namespace test
