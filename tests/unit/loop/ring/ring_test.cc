// Accepting, polling, watching, cancelling, and descriptors whose numbers come back, on both
// back-ends.
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "tests/unit/loop/ring/ring_fixture.h"

using loop_test::connect_to;
using loop_test::Listener;
using loop_test::listening_socket;
using loop_test::tcp_pair;
using loop_test::unix_pair;

namespace {

// An owner that a handler destroys, as a connection that closes itself.
struct Owner {
    Listener listener;
};

}  // namespace

class RingBasics : public loop_test::RingTest {};

TEST_P(RingBasics, IsTheOneThatWasAskedFor) {
    EXPECT_EQ(ring().name(), GetParam() == loop::Backend::kIoUring ? "io_uring" : "epoll");
}

TEST_P(RingBasics, WaitEndsWhenTheTimeHasPassed) {
    const auto start = std::chrono::steady_clock::now();
    int waits = 0;
    while (std::chrono::steady_clock::now() - start < std::chrono::milliseconds(20)) {
        ring().run_once(std::chrono::milliseconds(20));
        ++waits;
    }
    EXPECT_LE(waits, 5) << "it may come back early, but as an exception";
}

TEST_P(RingBasics, AcceptsManyFromOneOperation) {
    const base::Fd listener = listening_socket();
    Listener accepted;
    std::vector<base::Fd> connections;
    accepted.then = [&](loop::Completion completion) {
        if (completion.result >= 0) {
            connections.emplace_back(completion.result);
        }
    };
    ring().accept(listener.get(), accepted.operation);
    std::vector<base::Fd> clients;
    for (std::size_t i = 0; i < 300; ++i) {
        clients.push_back(connect_to(listener));
        if (i % 100 == 0) {
            run_until([&] { return connections.size() == clients.size(); });
        }
    }
    run_until([&] { return connections.size() == clients.size(); });
    EXPECT_FALSE(accepted.is_over);
    for (const base::Fd& connection : connections) {
        EXPECT_NE(::fcntl(connection.get(), F_GETFL) & O_NONBLOCK, 0);
        EXPECT_NE(::fcntl(connection.get(), F_GETFD) & FD_CLOEXEC, 0);
    }
    finish(accepted, listener.get());
    EXPECT_EQ(accepted.results.back(), -ECANCELED);
}

TEST_P(RingBasics, AcceptsAgainAfterItWasCancelled) {
    const base::Fd listener = listening_socket();
    Listener accepted;
    accepted.then = [](loop::Completion completion) { const base::Fd closes(completion.result); };
    ring().accept(listener.get(), accepted.operation);
    run_ready();
    finish(accepted, listener.get());
    const base::Fd client = connect_to(listener);
    ring().accept(listener.get(), accepted.operation);
    run_until([&] { return accepted.results.back() >= 0; });
    finish(accepted, listener.get());
}

TEST_P(RingBasics, AcceptOnWhatDoesNotListenIsAnError) {
    const auto pair = unix_pair();
    Listener accepted;
    ASSERT_EQ(::send(pair.theirs.get(), "x", 1, 0), 1);
    ring().accept(pair.ours.get(), accepted.operation);
    run_until([&] { return accepted.is_over; });
    EXPECT_EQ(accepted.results, std::vector{-EINVAL});
    ring().forget(pair.ours.get());
}

TEST_P(RingBasics, AcceptEndsWhenDescriptorsRunOutAndCanBeAskedAgain) {
    const base::Fd listener = listening_socket();
    const base::Fd client = connect_to(listener);
    ring().run_once(std::chrono::nanoseconds(0));
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    const base::Fd lowest_free(::dup(client.get()));
    const rlimit full{static_cast<rlim_t>(lowest_free.get()), before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &full), 0);
    Listener accepted;
    accepted.then = [](loop::Completion completion) { const base::Fd closes(completion.result); };
    ring().accept(listener.get(), accepted.operation);
    run_until([&] { return accepted.is_over; });
    EXPECT_EQ(accepted.results, std::vector{-EMFILE});
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
    ring().accept(listener.get(), accepted.operation);
    run_until([&] { return accepted.results.size() == 2; });
    EXPECT_GE(accepted.results.back(), 0) << "the connection was waiting";
    finish(accepted, listener.get());
}

TEST_P(RingBasics, PollTellsWhatIsReady) {
    const auto pair = unix_pair();
    Listener polled;
    ring().poll(pair.ours.get(), POLLOUT, polled.operation);
    run_until([&] { return polled.is_over; });
    EXPECT_EQ(polled.results, std::vector<int>{POLLOUT});

    ring().poll(pair.ours.get(), POLLIN, polled.operation);
    run_ready();
    EXPECT_EQ(polled.results.size(), 1U) << "nothing to read yet";
    ASSERT_EQ(::send(pair.theirs.get(), "x", 1, 0), 1);
    run_until([&] { return polled.results.size() == 2; });
    EXPECT_EQ(polled.results.back(), POLLIN);

    // Still unread, and asked once more: the answer is immediate.
    ring().poll(pair.ours.get(), POLLIN, polled.operation);
    run_until([&] { return polled.results.size() == 3; });
    EXPECT_EQ(polled.results.back(), POLLIN);
    ring().forget(pair.ours.get());
}

TEST_P(RingBasics, AWatchedEventfdNeedsNoReading) {
    const base::Fd event(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
    Listener watched;
    ring().watch(event.get(), POLLIN, watched.operation);
    run_ready();
    EXPECT_TRUE(watched.results.empty());
    for (std::size_t i = 1; i <= 5; ++i) {
        ASSERT_EQ(::eventfd_write(event.get(), 1), 0);
        run_until([&] { return watched.results.size() == i; });
        EXPECT_EQ(watched.results.back() & POLLIN, POLLIN);
        EXPECT_FALSE(watched.is_over);
        run_ready();
        EXPECT_EQ(watched.results.size(), i) << "an edge is told once";
    }
    finish(watched, event.get());
}

TEST_P(RingBasics, CancellingAnIdleOperationDoesNothing) {
    Listener idle;
    ring().cancel(idle.operation);
    run_ready();
    EXPECT_TRUE(idle.results.empty());
}

TEST_P(RingBasics, CancelEndsEachKind) {
    const auto stream = unix_pair();
    const auto full = unix_pair();
    const auto packets = unix_pair(SOCK_SEQPACKET);
    const base::Fd listener = listening_socket();
    const base::Fd event(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
    const base::Fd file(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
    const std::string block(4096, 'x');
    while (::send(full.ours.get(), block.data(), block.size(), 0) > 0) {
    }
    while (::send(full.theirs.get(), block.data(), block.size(), 0) > 0) {
    }
    char byte = 0;
    iovec part{&byte, 1};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;

    Listener accepting, receiving, receiving_message, sending, sending_file, polling, watching;
    ring().accept(listener.get(), accepting.operation);
    ring().receive(stream.ours.get(), receiving.operation);
    ring().receive_message(packets.ours.get(), message, receiving_message.operation);
    ring().send(full.ours.get(), block, sending.operation);
    ring().send_file(full.theirs.get(), file.get(), 0, 100, sending_file.operation);
    ring().poll(stream.theirs.get(), POLLIN, polling.operation);
    ring().watch(event.get(), POLLIN, watching.operation);
    run_ready();

    Listener* const all[] = {
        &accepting, &receiving, &receiving_message, &sending, &sending_file, &polling, &watching};
    for (Listener* const listener_of_one : all) {
        EXPECT_TRUE(listener_of_one->operation.is_in_flight());
        ring().cancel(listener_of_one->operation);
        ring().cancel(listener_of_one->operation);  // twice is as once
    }
    run_until([&] {
        return std::ranges::none_of(all, [](const Listener* one) {
            return one->operation.is_in_flight();
        });
    });
    run_ready();
    for (const Listener* const listener_of_one : all) {
        EXPECT_EQ(listener_of_one->results, std::vector{-ECANCELED});
    }
    for (const int fd :
         {stream.ours.get(), stream.theirs.get(), full.ours.get(), full.theirs.get()}) {
        ring().forget(fd);
    }
    ring().forget(packets.ours.get());
    ring().forget(listener.get());
    ring().forget(event.get());
}

TEST_P(RingBasics, CancelRightAfterAskingEndsItToo) {
    const auto pair = unix_pair();
    Listener received;
    ring().receive(pair.ours.get(), received.operation);
    ring().cancel(received.operation);
    run_until([&] { return received.is_over; });
    EXPECT_EQ(received.results, std::vector{-ECANCELED});
    ring().forget(pair.ours.get());
}

TEST_P(RingBasics, CancelFromItsOwnHandlerEndsAReceive) {
    const auto pair = unix_pair();
    Listener received;
    received.then = [&](loop::Completion completion) {
        if (completion.more) {
            ring().cancel(received.operation);
        }
    };
    const std::string bytes(100000, 'x');
    ASSERT_GT(::send(pair.theirs.get(), bytes.data(), bytes.size(), 0), 0);
    ring().receive(pair.ours.get(), received.operation);
    run_until([&] { return received.is_over; });
    EXPECT_EQ(received.results.back(), -ECANCELED);
    EXPECT_LE(received.data.size(), bytes.size());
    ring().forget(pair.ours.get());
}

TEST_P(RingBasics, ACancelledOperationCanBeAskedAgainAtOnce) {
    const auto pair = unix_pair();
    Listener received;
    received.then = [&](loop::Completion completion) {
        if (completion.result == -ECANCELED && received.results.size() == 1) {
            ring().receive(pair.ours.get(), received.operation);
        }
    };
    ring().receive(pair.ours.get(), received.operation);
    run_ready();
    ring().cancel(received.operation);
    run_until([&] { return received.results.size() == 1; });
    ASSERT_EQ(::send(pair.theirs.get(), "again", 5, 0), 5);
    run_until([&] { return received.data == "again"; });
    EXPECT_TRUE(received.operation.is_in_flight());
    finish(received, pair.ours.get());
}

TEST_P(RingBasics, AHandlerMayDestroyItsOwner) {
    auto pair = unix_pair();
    auto owner = std::make_unique<Owner>();
    owner->listener.then = [&](loop::Completion completion) {
        if (!completion.more) {
            // What runs is part of the owner; it must not be looked at afterwards.
            const auto dying = std::move(owner->listener.then);
            ring().forget(pair.ours.get());
            pair.ours.reset();
            owner.reset();
        }
    };
    ring().receive(pair.ours.get(), owner->listener.operation);
    run_ready();
    pair.theirs.reset();
    run_until([&] { return owner == nullptr; });
    EXPECT_FALSE(pair.ours.is_open());
}

TEST_P(RingBasics, AHandlerMayDestroyAnotherOwnersIdleOperation) {
    const auto first = unix_pair();
    const auto second = unix_pair();
    auto idle = std::make_unique<Listener>();
    Listener received;
    received.then = [&](loop::Completion) { idle.reset(); };
    ring().send(second.ours.get(), "x", idle->operation);
    run_until([&] { return idle->is_over; });
    ring().receive(first.ours.get(), received.operation);
    ASSERT_EQ(::send(first.theirs.get(), "x", 1, 0), 1);
    run_until([&] { return idle == nullptr; });
    finish(received, first.ours.get());
    ring().forget(second.ours.get());
}

TEST_P(RingBasics, ADescriptorNumberThatComesBackIsANewFile) {
    ring().run_once(std::chrono::nanoseconds(0));  // closes what it needs no longer
    int number = -1;
    for (int round = 0; round < 20; ++round) {
        auto pair = unix_pair();
        if (round > 0) {
            EXPECT_EQ(pair.ours.get(), number) << "the test relies on the lowest free number";
        }
        number = pair.ours.get();
        Listener received;
        Listener sent;
        ring().receive(number, received.operation);
        const std::string word = "round " + std::to_string(round);
        ASSERT_GT(::send(pair.theirs.get(), word.data(), word.size(), 0), 0);
        run_until([&] { return received.data.size() >= word.size(); });
        EXPECT_EQ(received.data, word);
        ring().send(number, "ok", sent.operation);
        run_until([&] { return sent.is_over; });
        ASSERT_EQ(::send(pair.theirs.get(), "unread", 6, 0), 6);  // an event that nobody takes
        finish(received, number);
    }
}

TEST_P(RingBasics, ADescriptorThatLivesOnElsewhereDisturbsNobody) {
    ring().run_once(std::chrono::nanoseconds(0));  // closes what it needs no longer
    auto pair = unix_pair();
    const base::Fd copy(::fcntl(pair.ours.get(), F_DUPFD_CLOEXEC, 200));
    const int number = pair.ours.get();
    Listener received;
    ring().receive(number, received.operation);
    run_ready();
    finish(received, number);
    pair.ours.reset();
    const auto heir = unix_pair();
    ASSERT_EQ(heir.ours.get(), number);
    Listener of_heir;
    ring().receive(number, of_heir.operation);
    ASSERT_EQ(::send(pair.theirs.get(), "for the copy", 12, 0), 12);
    run_ready();
    EXPECT_TRUE(of_heir.results.empty());
    finish(of_heir, number);
}

TEST_P(RingBasics, MoreOperationsThanTheSubmissionQueueHolds) {
    constexpr std::size_t kCount = 1000;
    const auto pair = unix_pair();
    ring().run_once(std::chrono::nanoseconds(0));  // from here on the ring is this thread's
    std::vector<std::unique_ptr<Listener>> polls;
    for (std::size_t i = 0; i < kCount; ++i) {
        polls.push_back(std::make_unique<Listener>());
        ring().poll(pair.ours.get(), POLLIN, polls.back()->operation);
    }
    run_ready();
    ASSERT_EQ(::send(pair.theirs.get(), "x", 1, 0), 1);
    run_until([&] {
        return std::ranges::all_of(polls, [](const auto& one) { return one->is_over; });
    });
    for (const auto& one : polls) {
        EXPECT_EQ(one->results, std::vector<int>{POLLIN});
    }
    ring().forget(pair.ours.get());
}

TEST_P(RingBasics, ABadDescriptorIsAnError) {
    Listener received;
    ring().receive(-1, received.operation);
    run_until([&] { return received.is_over; });
    EXPECT_EQ(received.results, std::vector{-EBADF});
}

ON_BOTH_BACKENDS(RingBasics);

TEST(OperationDeathTest, DestroyingOneInFlightAborts) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");  // other tests of this program have threads
    EXPECT_DEATH(
        {
            auto chosen = loop::create_ring(loop::Backend::kEpoll);
            const base::Fd event(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
            Listener watched;
            (*chosen).ring->watch(event.get(), POLLIN, watched.operation);
        },
        "in_flight_"
    );
}
