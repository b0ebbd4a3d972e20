// When processes start, are told to stop and are killed: through the whole life of a server without
// a process, a signal or a clock. The test is the time and the kernel.
#include "core/server/supervisor/children/lifecycle.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "ipc/setup.h"

namespace test {
namespace {

using ipc::FrameType;
using server::Child;
using namespace std::chrono_literals;

constexpr int kEndedWell = 0;
constexpr int kEndedBadly = 1 << 8;  // exit code 1, as waitpid(2) tells it

class Lifecycle : public testing::Test, public server::Lifecycle::System {
protected:
    Lifecycle() {
        group_.name = "app";
        make(1, 1);
    }
    // So many server processes, and so many daemon processes of one group.
    void make(std::size_t servers, std::size_t daemons) {
        children_.clear();
        for (std::size_t i = 0; i < servers + daemons; ++i) {
            Child& child = children_.emplace_back();
            child.group = i < servers ? nullptr : &group_;
            child.index = static_cast<std::uint32_t>(i < servers ? i : i - servers);
            child.log = &base::main_log();
            child.restart.at_once(now_);
        }
    }
    // One server process, with a second seat, and one daemon process.
    void make_seats() {
        make(2, 1);
        children_[1].index = 0;
        children_[1].seat = 1;
        children_[1].is_reserve = true;
    }
    Child& server() { return children_.front(); }
    Child& daemon() { return children_.back(); }

    void hear(Child& child, FrameType type, base::Bytes payload = {}) {
        const ipc::FrameHeader header{static_cast<std::uint32_t>(payload.size()), 0, type};
        lifecycle_.on_frame(child, {header, payload});
    }
    void become_ready() {
        lifecycle_.start_what_is_due();
        for (Child& child : children_) {
            hear(child, FrameType::kReady);
        }
    }
    void pass(std::chrono::milliseconds time) {
        now_ += time;
        lifecycle_.start_what_is_due();
        lifecycle_.enforce();
    }
    void die(Child& child, int status = kEndedWell) {
        lifecycle_.on_died(child, status);
        lifecycle_.enforce();
    }
    // What it was told since this was asked last.
    static std::vector<FrameType> told(Child& child) {
        const std::string bytes = std::exchange(child.process.control.outbox().bytes(), {});
        std::vector<FrameType> types;
        for (std::size_t at = 0; at + sizeof(ipc::FrameHeader) <= bytes.size();) {
            ipc::FrameHeader header;
            std::memcpy(&header, bytes.data() + at, sizeof header);
            at += sizeof header + header.size;
            types.push_back(header.type);
        }
        return types;
    }
    [[nodiscard]] bool was_killed(const Child& child) const {
        return std::ranges::count(signals_, std::pair{child.process.pid, SIGKILL}) > 0;
    }

    // System
    [[nodiscard]] server::Lifecycle::Clock::time_point now() const override { return now_; }
    base::Result<> start(Child& child) override {
        ++starts_;
        if (cannot_start_) {
            return base::fail(base::Fault::kSystem, "no process is to be had");
        }
        child.process.pid = ++last_pid_;
        ++child.generation;
        child.process.control = ipc::Channel(base::Fd(::open("/dev/null", O_RDWR | O_CLOEXEC)));
        return {};
    }
    int signal(const Child& child, int number) override {
        signals_.emplace_back(child.process.pid, number);
        return 0;
    }
    void on_stopping() override { ++stoppings_; }

    config::DaemonGroup group_;
    std::vector<Child> children_;
    server::Lifecycle::Clock::time_point now_{1h};
    bool cannot_start_ = false;
    int starts_ = 0;
    int stoppings_ = 0;
    pid_t last_pid_ = 100;
    std::vector<std::pair<pid_t, int>> signals_;
    server::Lifecycle lifecycle_{children_, *this, false};
};

// An application may have closed every descriptor of its process.
TEST_F(Lifecycle, KillsWhoeverHasClosedItsWayHereAndDoesNotEnd) {
    become_ready();
    lifecycle_.on_closed(daemon());
    pass(1s);
    EXPECT_FALSE(was_killed(daemon()));
    pass(1s);
    EXPECT_TRUE(was_killed(daemon()));
    EXPECT_EQ(
        daemon().process.describe_end(SIGKILL),
        "was killed by signal 9 (SIGKILL) by the supervisor, because it had closed its way to the "
        "supervisor and not ended"
    );
    die(daemon(), SIGKILL);
    EXPECT_EQ(daemon().process.describe_end(SIGKILL), "was killed by signal 9 (SIGKILL)");
}

// It says so by being ready once more, and no client is made responsible for an atexit function.
TEST_F(Lifecycle, KnowsWhoHasAnsweredAllAndEndsItsPython) {
    become_ready();
    lifecycle_.on_stop_signal();
    EXPECT_FALSE(server().process.is_ending_python);
    hear(server(), FrameType::kReady);
    EXPECT_TRUE(server().process.is_ending_python);
}

// Nobody else can say that what a process imports before its first request hangs.
TEST_F(Lifecycle, TellsWhoIsNotReadyForLong) {
    lifecycle_.start_what_is_due();
    hear(server(), FrameType::kReady);
    const auto late = now_ + 10s;
    EXPECT_EQ(lifecycle_.next(), late);
    EXPECT_EQ(daemon().process.late_at, late);
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const base::Fd reading(ends[0]);
    const base::Log log(base::Fd(ends[1]), base::LogLevel::kWarn);
    daemon().log = &log;
    pass(10s);
    pass(60s);
    std::string said(4096, ' ');
    said.resize(static_cast<std::size_t>(::read(reading.get(), said.data(), said.size())));
    EXPECT_NE(said.find("process 0 of group 'app'"), std::string::npos) << said;
    EXPECT_EQ(said.find("not ready"), said.rfind("not ready")) << "once";
    EXPECT_FALSE(lifecycle_.next().has_value());
}

TEST_F(Lifecycle, WakesWhomASignalHasStoppedAndKillsWhoIsStoppedAgainAndAgain) {
    become_ready();
    const auto times_woken = [this] {
        return std::ranges::count(signals_, std::pair{server().process.pid, SIGCONT});
    };
    for (int i = 1; i <= 10; ++i) {
        lifecycle_.on_stopped(server(), SIGSTOP);
        EXPECT_EQ(times_woken(), i);
    }
    now_ += 10s;
    lifecycle_.on_stopped(server(), SIGSTOP);
    EXPECT_EQ(times_woken(), 11) << "not so often";
    for (int i = 0; i < 10; ++i) {
        EXPECT_FALSE(was_killed(server()));
        lifecycle_.on_stopped(server(), SIGSTOP);
    }
    EXPECT_TRUE(was_killed(server()));
}

TEST_F(Lifecycle, StartsEveryChildOnce) {
    lifecycle_.start_what_is_due();
    lifecycle_.start_what_is_due();
    EXPECT_EQ(starts_, 2);
    EXPECT_EQ(lifecycle_.next(), now_ + 10s) << "whoever is waited for wakes us, or is late";
}

TEST_F(Lifecycle, ReplacesAtOnceWhoHasServedForLong) {
    become_ready();
    now_ += 1min;
    die(daemon(), kEndedBadly);
    EXPECT_EQ(told(server()), std::vector{FrameType::kGone});
    lifecycle_.start_what_is_due();
    EXPECT_EQ(starts_, 3);
}

TEST_F(Lifecycle, ReplacesAtOnceAServerProcessThatHasServedHoweverShort) {
    become_ready();
    for (int i = 0; i < server::Restart::kAtOnceMost; ++i) {
        die(server(), kEndedBadly);
        lifecycle_.start_what_is_due();
        EXPECT_NE(server().process.pid, 0);
        hear(server(), FrameType::kReady);
    }
    die(server(), kEndedBadly);
    EXPECT_EQ(lifecycle_.next(), now_ + server::Restart::kAtOnceEvery);
}

TEST_F(Lifecycle, PutsOffAServerProcessThatEndsBeforeItServes) {
    become_ready();
    die(server(), kEndedBadly);
    pass(0ms);
    die(server(), kEndedBadly);
    EXPECT_EQ(server().restart.at(), now_ + 250ms);
}

TEST_F(Lifecycle, WaitsLongerEachTimeForWhoEndsBeforeItIsReady) {
    lifecycle_.start_what_is_due();
    hear(server(), FrameType::kReady);
    auto last = 0ms;
    for (int i = 0; i < 10; ++i) {
        die(daemon(), kEndedBadly);
        const auto wait =
            std::chrono::duration_cast<std::chrono::milliseconds>(daemon().restart.at() - now_);
        EXPECT_GE(wait, last);
        EXPECT_LE(wait, 30s);
        EXPECT_EQ(lifecycle_.next(), daemon().restart.at());
        EXPECT_EQ(told(server()), (std::vector{FrameType::kGone, FrameType::kGroupDown}))
            << "nobody is to wait for it";
        last = wait;
        pass(wait);
        EXPECT_NE(daemon().process.pid, 0);
    }
    EXPECT_EQ(last, 30s);
}

TEST_F(Lifecycle, RefusesNobodyWhileAnotherProcessOfTheGroupServes) {
    make(1, 2);
    become_ready();
    die(daemon(), kEndedBadly);
    pass(0ms);
    die(daemon(), kEndedBadly);
    EXPECT_EQ(std::ranges::count(told(server()), FrameType::kGroupDown), 0);
}

TEST_F(Lifecycle, EndsWhereAServerProcessCannotStartTheFirstTime) {
    lifecycle_.start_what_is_due();
    die(server(), kEndedBadly);
    EXPECT_TRUE(lifecycle_.is_stopping());
    EXPECT_TRUE(lifecycle_.has_failed());
    EXPECT_FALSE(lifecycle_.is_over());
    die(daemon());
    EXPECT_TRUE(lifecycle_.is_over());
}

TEST_F(Lifecycle, EndsWhereNotEvenAProcessIsToBeHad) {
    cannot_start_ = true;
    lifecycle_.start_what_is_due();
    EXPECT_TRUE(lifecycle_.is_over());
    EXPECT_TRUE(lifecycle_.has_failed());
}

// A server process says so of one that breaks the protocol; it may speak of one that has gone, or
// that is about to be reaped, having been ended by somebody else.
TEST_F(Lifecycle, KillsADaemonProcessThatIsReportedAndStaysAndNoOther) {
    become_ready();
    const auto report = [&](const ipc::Link& link) {
        std::string payload;
        ipc::encode_link(link, payload);
        hear(server(), FrameType::kGone, payload);
    };
    report({0, 0, 0, 0, daemon().generation + 1});
    report({0, 7, 0, 0, daemon().generation});
    report({7, 0, 0, 0, daemon().generation});
    hear(server(), FrameType::kGone, "x");
    EXPECT_TRUE(signals_.empty());
    pass(server::Termination::kCloseTime);
    EXPECT_TRUE(signals_.empty());
    report({0, 0, 0, 0, daemon().generation});
    EXPECT_TRUE(signals_.empty());
    pass(server::Termination::kCloseTime);
    EXPECT_TRUE(was_killed(daemon()));
}

TEST_F(Lifecycle, IgnoresWhatADaemonProcessReports) {
    become_ready();
    std::string payload;
    ipc::encode_link({0, 0, 0, 0, daemon().generation}, payload);
    hear(daemon(), FrameType::kGone, payload);
    hear(daemon(), FrameType::kGroupDown);
    hear(daemon(), FrameType::kSetup);
    EXPECT_TRUE(signals_.empty());
}

TEST_F(Lifecycle, StopsAChildThatASignalHasAsked) {
    become_ready();
    hear(daemon(), FrameType::kStop);
    EXPECT_TRUE(told(daemon()).empty()) << "the supervisor may get the same signal";
    pass(server::Termination::kWhoElse);
    EXPECT_EQ(told(daemon()), std::vector{FrameType::kStop});
    pass(server::Termination::kShutdownTime);
    EXPECT_TRUE(was_killed(daemon()));
    EXPECT_FALSE(lifecycle_.is_stopping());
}

// What it still answers may take long, and everybody else would wait for that.
TEST_F(Lifecycle, FollowsAServerProcessThatIsToldToStopAtOnce) {
    make_seats();
    become_ready();
    Child& successor = children_[1];
    EXPECT_EQ(starts_, 2) << "the second seat is for later";
    hear(server(), FrameType::kStop);
    pass(server::Termination::kWhoElse);
    EXPECT_EQ(told(server()), std::vector{FrameType::kStop});
    lifecycle_.start_what_is_due();
    EXPECT_NE(successor.process.pid, 0);
    EXPECT_NE(server().process.pid, 0);
    EXPECT_EQ(starts_, 3);
    EXPECT_NE(successor.link_number(), server().link_number());
    hear(successor, FrameType::kReady);
    die(server());
    pass(1min);
    EXPECT_EQ(starts_, 3) << "its place has been taken";
    die(successor, kEndedBadly);
    lifecycle_.start_what_is_due();
    EXPECT_NE(successor.process.pid, 0);
    EXPECT_EQ(starts_, 4);
}

// It serves meanwhile, and does not have to wait for requests that may never end.
TEST_F(Lifecycle, StopsASuccessorWhenThereIsASeatForItsOwn) {
    make_seats();
    become_ready();
    Child& successor = children_[1];
    hear(server(), FrameType::kStop);
    pass(server::Termination::kWhoElse);
    lifecycle_.start_what_is_due();
    hear(successor, FrameType::kReady);
    hear(successor, FrameType::kStop);
    pass(server::Termination::kWhoElse);
    EXPECT_TRUE(told(successor).empty());
    EXPECT_FALSE(was_killed(server()));
    pass(server::Termination::kCrowdTime);
    EXPECT_TRUE(was_killed(server()));
    die(server(), SIGKILL);
    pass(server::Termination::kWhoElse);
    EXPECT_EQ(told(successor), std::vector{FrameType::kStop});
    lifecycle_.start_what_is_due();
    EXPECT_NE(server().process.pid, 0);
    EXPECT_EQ(starts_, 4);
}

TEST_F(Lifecycle, StartsNoSuccessorWhereTheServerStops) {
    make_seats();
    become_ready();
    lifecycle_.on_stop_signal();
    lifecycle_.start_what_is_due();
    EXPECT_EQ(starts_, 2);
}

TEST_F(Lifecycle, StopsServerProcessesFirst) {
    become_ready();
    lifecycle_.on_stop_signal();
    EXPECT_EQ(stoppings_, 1);
    EXPECT_EQ(told(server()), std::vector{FrameType::kStop});
    EXPECT_TRUE(told(daemon()).empty()) << "requests that run may need it";
    die(server());
    EXPECT_EQ(told(daemon()).back(), FrameType::kStop);
    EXPECT_FALSE(lifecycle_.is_over());
    die(daemon());
    EXPECT_TRUE(lifecycle_.is_over());
    EXPECT_FALSE(lifecycle_.has_failed());
    lifecycle_.start_what_is_due();
    EXPECT_EQ(starts_, 2) << "nobody takes their place";
}

// A signal to all processes at once reaches some of them later than the supervisor.
TEST_F(Lifecycle, StopsNoDaemonProcessBeforeItsTurnThatHasTheSignalOfAll) {
    become_ready();
    lifecycle_.on_stop_signal();
    hear(daemon(), FrameType::kStop);
    pass(server::Termination::kWhoElse);
    EXPECT_TRUE(told(daemon()).empty()) << "requests that run may need it";
    die(server());
    EXPECT_EQ(told(daemon()).back(), FrameType::kStop);
}

TEST_F(Lifecycle, KillsWhoeverDoesNotEndInTime) {
    become_ready();
    lifecycle_.on_stop_signal();
    pass(server::Termination::kDrainTime - 1ms);
    EXPECT_FALSE(was_killed(server()));
    pass(1ms);
    EXPECT_TRUE(was_killed(server()));
    EXPECT_FALSE(was_killed(daemon()));
    die(server(), SIGKILL);
    pass(server::Termination::kShutdownTime);
    EXPECT_TRUE(was_killed(daemon()));
}

TEST_F(Lifecycle, LeavesBehindWhomTheKernelHolds) {
    become_ready();
    lifecycle_.on_stop_signal();
    die(server());
    pass(server::Termination::kShutdownTime);
    pass(server::Termination::kKillTime);
    EXPECT_TRUE(lifecycle_.is_over());
    EXPECT_TRUE(lifecycle_.has_failed());
}

TEST_F(Lifecycle, TakesTwoSignalsAtOnceForOne) {
    become_ready();
    lifecycle_.on_stop_signal();
    now_ += server::Shutdown::kSameSignal - 1ms;
    lifecycle_.on_stop_signal();
    EXPECT_FALSE(was_killed(server()));
    now_ += 1ms;
    lifecycle_.on_stop_signal();
    EXPECT_TRUE(was_killed(server()));
    EXPECT_TRUE(was_killed(daemon()));
}

// It may serve what waits for it; but only if it is ready soon.
TEST_F(Lifecycle, GivesADaemonProcessThatIsNotReadyLessTimeToStop) {
    for (const bool becomes_ready : {true, false}) {
        make(1, 1);
        signals_.clear();
        server::Lifecycle lifecycle(children_, *this, false);
        lifecycle.start_what_is_due();
        lifecycle.on_frame(server(), {{0, 0, FrameType::kReady}, {}});
        lifecycle.on_stop_signal();
        if (becomes_ready) {
            lifecycle.on_frame(daemon(), {{0, 0, FrameType::kReady}, {}});
        }
        now_ += server::Termination::kShutdownTime;
        lifecycle.enforce();
        EXPECT_EQ(was_killed(daemon()), !becomes_ready);
        EXPECT_FALSE(was_killed(server()));
    }
}

}  // namespace
}  // namespace test
