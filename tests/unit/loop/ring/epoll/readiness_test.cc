#include "core/loop/ring/epoll/readiness.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <optional>
#include <vector>

#include "tests/unit/loop/ring/ring_fixture.h"

namespace {

using Kind = loop::SystemCall::Kind;
using loop_test::Listener;

constexpr std::uint32_t kRead = EPOLLIN | EPOLLRDHUP | EPOLLET;

class Readiness : public testing::Test {
protected:
    Readiness() : events_(loop::EventQueue::create().value()), readiness_(events_) {}
    ~Readiness() override { listener_.operation.abandon(); }

    [[nodiscard]] int socket() const { return pair_.ours.get(); }
    [[nodiscard]] loop::SystemCall& request() { return listener_.operation.request; }
    // An operation that waits for the socket.
    int wait_for(Kind kind, std::uint32_t interest) {
        listener_.operation.start({.kind = kind, .fd = socket()});
        return readiness_.add(listener_.operation, interest);
    }
    void note_events() {
        events_.wait(std::chrono::nanoseconds(0));
        events_.drain([this](const epoll_event& event) { readiness_.note(event); });
    }
    std::vector<int> serve_turns() {
        std::vector<int> served;
        readiness_.serve_turns([&](int fd) { served.push_back(fd); });
        return served;
    }
    void peer_writes() const { ASSERT_EQ(::write(pair_.theirs.get(), "x", 1), 1); }

    loop_test::Pair pair_ = loop_test::unix_pair();
    Listener listener_;
    loop::EventQueue events_;
    loop::Readiness readiness_;
};

TEST_F(Readiness, RemembersAnEdgeUntilATryHasFoundNothing) {
    ASSERT_EQ(wait_for(Kind::kReceive, kRead), 0);
    EXPECT_FALSE(readiness_.is_worth_trying(request()));
    peer_writes();
    note_events();
    EXPECT_TRUE(readiness_.is_worth_trying(request()));
    EXPECT_EQ(serve_turns(), std::vector{socket()});
    EXPECT_TRUE(readiness_.is_worth_trying(request()));
    readiness_.note_not_ready(request());
    note_events();
    EXPECT_FALSE(readiness_.is_worth_trying(request()));
    EXPECT_EQ(serve_turns(), std::vector<int>());
}

TEST_F(Readiness, HoldsASocketForWritableUntilATryHasFoundNoRoom) {
    const loop::SystemCall send{.kind = Kind::kSend, .fd = socket()};
    EXPECT_TRUE(readiness_.is_worth_trying(send));
    readiness_.note_not_ready(send);
    EXPECT_FALSE(readiness_.is_worth_trying(send));
    ASSERT_EQ(wait_for(Kind::kSend, kRead | EPOLLOUT), 0);
    note_events();
    EXPECT_TRUE(readiness_.is_worth_trying(send));
}

TEST_F(Readiness, KnowsThatThePeerHasEnded) {
    ASSERT_EQ(wait_for(Kind::kReceive, kRead), 0);
    pair_.theirs.reset();
    note_events();
    EXPECT_TRUE(readiness_.of(socket()).is_ended);
    EXPECT_TRUE(readiness_.of(socket()).may_read);
}

// A UNIX socket reports room each time its peer reads.
TEST_F(Readiness, DoesNotWatchForRoomThatNobodyWants) {
    ASSERT_EQ(wait_for(Kind::kSend, kRead | EPOLLOUT), 0);
    readiness_.remove(listener_.operation);
    note_events();
    EXPECT_EQ(readiness_.of(socket()).interest, kRead);
    EXPECT_FALSE(readiness_.has_turns());
}

// The number may be another file's by now.
TEST_F(Readiness, TakesNoEventFromBeforeForget) {
    ASSERT_EQ(wait_for(Kind::kReceive, kRead), 0);
    peer_writes();
    events_.wait(std::chrono::nanoseconds(0));
    ASSERT_FALSE(events_.is_empty());
    readiness_.remove(listener_.operation);
    readiness_.forget(socket());
    note_events();
    EXPECT_FALSE(readiness_.of(socket()).may_read);
    EXPECT_FALSE(readiness_.has_turns());
}

TEST_F(Readiness, GivesEachOneTurnAndTheNextOneLater) {
    readiness_.take_turn(socket());
    readiness_.take_turn(socket());
    int served = 0;
    readiness_.serve_turns([&](int fd) {
        ++served;
        readiness_.take_turn(fd);
    });
    EXPECT_EQ(served, 1);
    EXPECT_EQ(serve_turns(), std::vector{socket()});
    EXPECT_FALSE(readiness_.has_turns());
}

TEST_F(Readiness, TellsWhatEpollHasAgainstADescriptor) {
    const base::Fd file(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
    listener_.operation.start({.kind = Kind::kPoll, .fd = file.get()});
    EXPECT_EQ(readiness_.add(listener_.operation, kRead), -EPERM);
    request().fd = -1;
    EXPECT_EQ(readiness_.add(listener_.operation, kRead), -EBADF);
}

}  // namespace
