// How a child comes to its end, without a process, a signal or a clock. The test is the time and
// the kernel, which holds whom it likes.
#include "core/server/supervisor/children/termination.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "ipc/frame.h"

namespace test {
namespace {

using server::Child;
using std::chrono::milliseconds;
using namespace std::chrono_literals;

class Household : public server::Termination::System {
public:
    Household() {
        for (Child& child : children) {
            child.log = &nowhere_;
            child.process.pid = ++last_pid_;
            child.process.control = ipc::Channel(base::Fd(::open("/dev/null", O_RDWR | O_CLOEXEC)));
        }
        children.back().group = &group_;
    }
    Household(const Household&) = delete;
    Household& operator=(const Household&) = delete;

    Child& server() { return children.front(); }
    Child& daemon() { return children.back(); }
    bool pass(milliseconds time, bool gives_up = false) {
        time_ += time;
        termination.recycle_what_is_due();
        return termination.enforce(gives_up);
    }
    [[nodiscard]] auto signals_of(const Child& child, int number) const {
        return std::ranges::count(signals, std::pair{child.process.pid, number});
    }
    // How often it was told to stop so far.
    static std::size_t orders(Child& child) {
        return child.process.control.outbox().bytes().size() / sizeof(ipc::FrameHeader);
    }

    // System
    [[nodiscard]] Child::Clock::time_point now() const override { return time_; }
    int signal(const Child& child, int number) override {
        EXPECT_NE(child.process.pid, 0) << "kill(2) would take that for all of our own processes";
        signals.emplace_back(child.process.pid, number);
        return refusal;
    }

    std::vector<std::pair<pid_t, int>> signals;
    int refusal = 0;  // errno of each signal
    std::vector<Child> children = std::vector<Child>(2);
    server::Termination termination{children, *this};

private:
    const base::Log nowhere_{base::Fd(), base::LogLevel::kEmerg};
    config::DaemonGroup group_;
    Child::Clock::time_point time_{1h};
    pid_t last_pid_ = 100;
};

class TerminationTest : public testing::Test {
protected:
    Household world_;
    server::Termination& termination_ = world_.termination;
};

TEST_F(TerminationTest, WakesWhomItTellsToStopAndGivesItTheTime) {
    termination_.order(world_.daemon(), 2s);
    EXPECT_EQ(world_.signals_of(world_.daemon(), SIGCONT), 1) << "it may have been stopped";
    EXPECT_EQ(Household::orders(world_.daemon()), 1U);
    EXPECT_EQ(termination_.due(world_.daemon()), world_.now() + 2s);
    EXPECT_FALSE(world_.pass(2s - 1ms));
    EXPECT_EQ(world_.signals_of(world_.daemon(), SIGKILL), 0);
    EXPECT_FALSE(world_.pass(1ms));
    EXPECT_EQ(world_.signals_of(world_.daemon(), SIGKILL), 1);
    EXPECT_EQ(world_.signals_of(world_.server(), SIGKILL), 0);
}

TEST_F(TerminationTest, TellsNobodyWhoHasNoControlChannelYet) {
    world_.daemon().process.control = {};
    termination_.order(world_.daemon(), 2s);
    EXPECT_EQ(termination_.due(world_.daemon()), world_.now() + 2s);
}

TEST_F(TerminationTest, ASecondOrderGivesNoMoreTime) {
    const auto first = world_.now() + 2s;
    termination_.order(world_.daemon(), 2s);
    world_.pass(1s);
    termination_.order(world_.daemon(), 2s);
    EXPECT_EQ(termination_.due(world_.daemon()), first);
    termination_.order(world_.daemon(), 500ms);
    EXPECT_EQ(termination_.due(world_.daemon()), first - 500ms);
}

TEST_F(TerminationTest, WhoHasASignalOfItsOwnIsOrderedALittleLater) {
    for (Child& child : world_.children) {
        termination_.recycle(child);
        EXPECT_EQ(termination_.due(child), world_.now() + server::Termination::kWhoElse);
    }
    world_.pass(server::Termination::kWhoElse - 1ms);
    termination_.recycle(world_.daemon());  // again: that puts nothing off
    EXPECT_EQ(Household::orders(world_.daemon()), 0U);
    world_.pass(1ms);
    EXPECT_EQ(Household::orders(world_.server()), 1U);
    EXPECT_EQ(Household::orders(world_.daemon()), 1U);
    EXPECT_EQ(termination_.due(world_.server()), world_.now() + server::Termination::kDrainTime)
        << "its clients get their answers";
    EXPECT_EQ(termination_.due(world_.daemon()), world_.now() + server::Termination::kShutdownTime);
}

TEST_F(TerminationTest, AsksAgainForOneThatIsKilledAndDoesNotGo) {
    termination_.kill(world_.daemon(), "it was to go");
    EXPECT_EQ(termination_.due(world_.daemon()), world_.now() + server::Termination::kKillTime);
    EXPECT_FALSE(world_.pass(server::Termination::kKillTime)) << "nobody gives up on it yet";
    EXPECT_NE(world_.daemon().process.pid, 0);
    EXPECT_EQ(termination_.due(world_.daemon()), std::nullopt) << "there is nothing left to do";
    // The server stops.
    termination_.order(world_.daemon(), 1s);
    EXPECT_TRUE(world_.pass(1s, true));
    EXPECT_EQ(world_.daemon().process.pid, 0);
    EXPECT_EQ(world_.signals_of(world_.daemon(), SIGKILL), 0);
}

// Root without CAP_KILL may not end processes of other users, and no kernel holds them.
TEST_F(TerminationTest, TellsWhyAChildCannotBeKilled) {
    for (const auto& [error, why] :
         {std::pair(EPERM, "cannot be killed: Operation not permitted"),
          std::pair(0, "cannot be killed, as the kernel holds it")}) {
        Household world;
        base::Fd file(::memfd_create("log", MFD_CLOEXEC));
        const base::Fd again(::dup(file.get()));
        const base::Log log{std::move(file), base::LogLevel::kWarn};
        world.daemon().log = &log;
        world.refusal = error;
        world.termination.order(world.daemon(), 2s);
        EXPECT_FALSE(world.pass(3s, true));
        EXPECT_TRUE(world.pass(7s, true));
        std::string text(4096, '\0');
        text.resize(static_cast<std::size_t>(
            std::max<ssize_t>(0, ::pread(again.get(), text.data(), text.size(), 0))
        ));
        EXPECT_NE(text.find(why), std::string::npos) << text;
        world.daemon().log = world.server().log;
    }
}

TEST_F(TerminationTest, OrdersNothingOfWhomItHasLeftBehind) {
    termination_.kill(world_.daemon(), "it was to go");
    termination_.recycle(world_.daemon());
    EXPECT_TRUE(world_.pass(server::Termination::kKillTime, true));
    // What it had said before it was held is read now.
    termination_.recycle(world_.daemon());
    EXPECT_EQ(termination_.due(world_.daemon()), std::nullopt);
    EXPECT_FALSE(world_.pass(1h, true));
}

// --- All orders of events

struct EventOfChild {
    std::string name;
    std::function<void(Household&)> happens;
};
const std::array<EventOfChild, 6> kEvents = {
    EventOfChild{"signalled", [](Household& world) { world.termination.recycle(world.daemon()); }},
    EventOfChild{"ordered", [](Household& world) { world.termination.order(world.daemon(), 2s); }},
    EventOfChild{
        "killed", [](Household& world) { world.termination.kill(world.daemon(), "it was to go"); }},
    EventOfChild{"half a second", [](Household& world) { world.pass(500ms); }},
    EventOfChild{"two seconds", [](Household& world) { world.pass(2s); }},
    EventOfChild{"an hour", [](Household& world) { world.pass(1h); }},
};

// Whatever has happened when the server stops, a child that the kernel holds is killed, at most
// once beside who has killed it before, is left behind once, and nobody looks at it without end.
void expect_ended(const std::vector<const EventOfChild*>& events) {
    Household world;
    std::string story;
    int kills = 0;
    for (const EventOfChild* const event : events) {
        story += event->name + ", ";
        event->happens(world);
        kills += event->name == "killed" ? 1 : 0;
    }
    SCOPED_TRACE(story);
    Child& daemon = world.daemon();
    const pid_t pid = daemon.process.pid;
    world.termination.order(daemon, 2s);
    int ends = 0;
    int looks = 0;
    while (const auto due = server::Termination::due(daemon)) {
        ASSERT_LT(++looks, 10);
        const auto wait = std::max(*due - world.now(), Child::Clock::duration(0));
        ends += world.pass(std::chrono::duration_cast<milliseconds>(wait), true) ? 1 : 0;
    }
    EXPECT_EQ(ends, 1);
    EXPECT_EQ(daemon.process.pid, 0);
    const auto killed = std::ranges::count(world.signals, std::pair{pid, SIGKILL});
    EXPECT_GE(killed, std::max(kills, 1));
    EXPECT_LE(killed, kills + 1);
    EXPECT_NE(world.server().process.pid, 0) << "it had nothing to do with that";
}

TEST(TerminationInAnyOrder, EndsAChildOnce) {
    for (const EventOfChild& first : kEvents) {
        for (const EventOfChild& second : kEvents) {
            for (const EventOfChild& third : kEvents) {
                for (const EventOfChild& fourth : kEvents) {
                    expect_ended({&first, &second, &third, &fourth});
                    if (testing::Test::HasFailure()) {
                        return;
                    }
                }
            }
        }
    }
}

}  // namespace
}  // namespace test
