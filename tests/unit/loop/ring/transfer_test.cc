// Bytes through a Ring: receive, send, send_file, messages with descriptors.
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>

#include <array>
#include <cerrno>
#include <thread>

#include "core/loop/ring/uring/uring.h"
#include "tests/unit/loop/ring/ring_fixture.h"

using loop_test::Listener;
using loop_test::tcp_pair;
using loop_test::unix_pair;
using loop_test::varied_bytes;

namespace {

constexpr std::size_t kTenMiB = std::size_t{10} << 20;

// Blocking; for a thread that plays the peer.
void write_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t count = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        ASSERT_GT(count, 0);
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
}

std::string read_all(int fd) {
    std::string all;
    std::array<char, 65536> part{};
    for (;;) {
        const ssize_t count = ::recv(fd, part.data(), part.size(), 0);
        if (count <= 0) {
            return all;
        }
        all.append(part.data(), static_cast<std::size_t>(count));
    }
}

base::Fd file_with(std::string_view bytes) {
    base::Fd file(::memfd_create("bytes", MFD_CLOEXEC));
    EXPECT_EQ(
        ::pwrite(file.get(), bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size())
    );
    return file;
}

// A message of one byte, with room for a descriptor.
struct Message {
    char byte = '\0';
    iovec part{&byte, 1};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    msghdr header{};

    Message() {
        header.msg_iov = &part;
        header.msg_iovlen = 1;
        header.msg_control = control.data();
        header.msg_controllen = control.size();
    }
};

}  // namespace

class Transfer : public loop_test::RingTest {
protected:
    // Sends all of `bytes` from handlers, as a connection does; counts the operations.
    void send_all(int fd, std::string_view bytes, int& sends, int& shorts) {
        Listener sent;
        std::size_t done = 0;
        const auto more = [&] { ring().send(fd, bytes.substr(done), sent.operation); };
        sent.then = [&](loop::Completion completion) {
            ASSERT_GT(completion.result, 0);
            ++sends;
            done += static_cast<std::size_t>(completion.result);
            if (done < bytes.size()) {
                ++shorts;
                more();
            }
        };
        more();
        run_until([&] { return done == bytes.size(); });
    }
};

TEST_P(Transfer, ReceivesInOrderAndStaysArmed) {
    const auto pair = unix_pair();
    Listener received;
    ring().receive(pair.ours.get(), received.operation);
    std::string expected;
    for (const std::string_view part : {"one", "two", "three"}) {
        expected += part;
        write_all(pair.theirs.get(), part);
        run_until([&] { return received.data.size() >= expected.size(); });
        EXPECT_EQ(received.data, expected);
        EXPECT_FALSE(received.is_over);
    }
    finish(received, pair.ours.get());
    EXPECT_EQ(received.results.back(), -ECANCELED);
}

TEST_P(Transfer, ReceivesWhatArrivedBeforeItWasAsked) {
    const auto pair = unix_pair();
    write_all(pair.theirs.get(), "early");
    Listener received;
    ring().receive(pair.ours.get(), received.operation);
    run_until([&] { return !received.data.empty(); });
    EXPECT_EQ(received.data, "early");
    finish(received, pair.ours.get());
}

TEST_P(Transfer, ReceivesOncePieceByPiece) {
    const auto pair = unix_pair();
    const std::string bytes = varied_bytes(3 * loop::kReceiveBytes);
    write_all(pair.theirs.get(), bytes);
    Listener received;
    for (std::size_t i = 1; i <= 3; ++i) {
        ring().receive_once(pair.ours.get(), received.operation);
        run_until([&] { return received.is_over; });
        run_ready();
        EXPECT_EQ(received.data.size(), i * loop::kReceiveBytes) << "nobody has asked for more";
        received.is_over = false;
    }
    EXPECT_EQ(received.data, bytes);
    ring().receive_once(pair.ours.get(), received.operation);
    run_ready();
    EXPECT_FALSE(received.is_over) << "there is nothing";
    write_all(pair.theirs.get(), "later");
    run_until([&] { return received.is_over; });
    EXPECT_EQ(received.results.back(), 5);
    ring().receive_once(pair.ours.get(), received.operation);
    run_ready();
    finish(received, pair.ours.get());
    EXPECT_EQ(received.results.back(), -ECANCELED);
}

TEST_P(Transfer, ReceivesOnceTheEndOfAStream) {
    auto pair = tcp_pair();
    Listener received;
    ring().receive_once(pair.ours.get(), received.operation);
    pair.theirs.reset();
    run_until([&] { return received.is_over; });
    EXPECT_EQ(received.results, std::vector{0});
    ring().forget(pair.ours.get());
}

TEST_P(Transfer, CallsNoHandlerFromTheCallersStack) {
    auto pair = unix_pair();
    const base::Fd file = file_with("file");
    write_all(pair.theirs.get(), "early");
    Listener received;
    Listener sent;
    ring().receive(pair.ours.get(), received.operation);
    ring().send(pair.ours.get(), "hello", sent.operation);
    EXPECT_TRUE(received.results.empty());
    EXPECT_TRUE(sent.results.empty());
    run_until([&] { return sent.is_over; });
    ring().send_file(pair.ours.get(), file.get(), 0, 4, sent.operation);
    EXPECT_EQ(sent.results.size(), 1U);
    run_until([&] { return sent.results.size() == 2; });
    EXPECT_EQ(sent.results, (std::vector{5, 4}));
    finish(received, pair.ours.get());
}

TEST_P(Transfer, EndOfStreamIsZeroAndTheLast) {
    auto pair = tcp_pair();
    Listener received;
    ring().receive(pair.ours.get(), received.operation);
    write_all(pair.theirs.get(), "last words");
    pair.theirs.reset();
    run_until([&] { return received.is_over; });
    EXPECT_EQ(received.data, "last words");
    EXPECT_EQ(received.results.back(), 0);
    ring().forget(pair.ours.get());
}

TEST_P(Transfer, HalfCloseArrivesAfterTheBytes) {
    const auto pair = tcp_pair();
    Listener received;
    ring().receive(pair.ours.get(), received.operation);
    write_all(pair.theirs.get(), "a");
    run_until([&] { return received.data == "a"; });
    ASSERT_EQ(::shutdown(pair.theirs.get(), SHUT_WR), 0);
    run_until([&] { return received.is_over; });
    EXPECT_EQ(received.results.back(), 0);
    Listener sent;  // our direction still works
    ring().send(pair.ours.get(), "answer", sent.operation);
    run_until([&] { return sent.is_over; });
    EXPECT_EQ(sent.results, std::vector{6});
    ring().forget(pair.ours.get());
}

TEST_P(Transfer, PeerResetIsConnectionReset) {
    auto pair = tcp_pair();
    Listener received;
    ring().receive(pair.ours.get(), received.operation);
    run_ready();
    const linger at_once{.l_onoff = 1, .l_linger = 0};  // close() sends RST
    ASSERT_EQ(::setsockopt(pair.theirs.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), 0);
    pair.theirs.reset();
    run_until([&] { return received.is_over; });
    EXPECT_EQ(received.results, std::vector{-ECONNRESET});
    ring().forget(pair.ours.get());
}

TEST_P(Transfer, SendToAPeerThatLeftIsAnErrorNotASignal) {
    std::signal(SIGPIPE, SIG_DFL);
    auto pair = unix_pair();
    pair.theirs.reset();
    Listener sent;
    ring().send(pair.ours.get(), "hello", sent.operation);
    run_until([&] { return sent.is_over; });
    EXPECT_EQ(sent.results, std::vector{-EPIPE});
    ring().forget(pair.ours.get());
}

TEST_P(Transfer, ReceivesTenMebibytesFromAFastPeer) {
    const auto pair = tcp_pair();
    const std::string bytes = varied_bytes(kTenMiB);
    Listener received;
    ring().receive(pair.ours.get(), received.operation);
    std::thread peer([&] { write_all(pair.theirs.get(), bytes); });
    run_until([&] { return received.data.size() >= bytes.size(); });
    peer.join();
    EXPECT_TRUE(received.data == bytes);
    EXPECT_FALSE(received.is_over);
    finish(received, pair.ours.get());
}

TEST_P(Transfer, ManySocketsReceiveMoreThanTheBuffersHold) {
    constexpr std::size_t kSockets = 100;
    const std::string bytes = varied_bytes(std::size_t{100} << 10);
    std::vector<loop_test::Pair> pairs;
    std::vector<std::unique_ptr<Listener>> listeners;
    for (std::size_t i = 0; i < kSockets; ++i) {
        pairs.push_back(unix_pair());
        // All of it waits in the socket before the ring looks: far more than the ring has buffers
        // for.
        ASSERT_EQ(
            ::send(pairs[i].theirs.get(), bytes.data(), bytes.size(), 0),
            static_cast<ssize_t>(bytes.size())
        );
        listeners.push_back(std::make_unique<Listener>());
        ring().receive(pairs[i].ours.get(), listeners[i]->operation);
    }
    for (std::size_t i = 0; i < kSockets; ++i) {
        run_until([&] { return listeners[i]->data.size() >= bytes.size(); });
        EXPECT_TRUE(listeners[i]->data == bytes) << "socket " << i;
        finish(*listeners[i], pairs[i].ours.get());
    }
}

TEST_P(Transfer, ABusySocketDoesNotStarveAnother) {
    const auto busy = unix_pair();
    const auto quiet = unix_pair();
    Listener flood;
    Listener word;
    // The flood never ends: each delivery is followed by more.
    const std::string wave(std::size_t{128} << 10, 'x');
    const auto refill = [&] {
        [[maybe_unused]] const auto sent = ::send(busy.theirs.get(), wave.data(), wave.size(), 0);
    };
    flood.then = [&](loop::Completion completion) {
        flood.data.clear();
        if (completion.more) {
            refill();
        }
    };
    ring().receive(busy.ours.get(), flood.operation);
    ring().receive(quiet.ours.get(), word.operation);
    refill();
    run_until([&] { return flood.results.size() > 10; });
    write_all(quiet.theirs.get(), "me too");
    run_until([&] { return !word.data.empty(); });
    EXPECT_EQ(word.data, "me too");
    finish(flood, busy.ours.get());
    finish(word, quiet.ours.get());
}

TEST_P(Transfer, SendsMayBeShortWhenTheSocketIsFull) {
    const auto pair = tcp_pair();
    const std::string bytes = varied_bytes(kTenMiB);
    std::string arrived;
    std::thread peer([&] { arrived = read_all(pair.theirs.get()); });
    int sends = 0;
    int shorts = 0;
    send_all(pair.ours.get(), bytes, sends, shorts);
    ::shutdown(pair.ours.get(), SHUT_WR);
    peer.join();
    EXPECT_TRUE(arrived == bytes);
    EXPECT_EQ(sends, shorts + 1);
    ring().forget(pair.ours.get());
}

TEST_P(Transfer, ASendToAFullSocketWaitsForRoom) {
    const auto pair = unix_pair();
    const std::string bytes(4096, 'x');
    while (::send(pair.ours.get(), bytes.data(), bytes.size(), 0) > 0) {
    }
    ASSERT_EQ(errno, EAGAIN);
    Listener sent;
    ring().send(pair.ours.get(), "last", sent.operation);
    run_ready();
    EXPECT_TRUE(sent.results.empty()) << "no -EAGAIN, and no claim of success";
    std::array<char, 65536> room{};
    while (::recv(pair.theirs.get(), room.data(), room.size(), 0) > 0) {
    }
    run_until([&] { return sent.is_over; });
    EXPECT_EQ(sent.results, std::vector{4});
    ring().forget(pair.ours.get());
}

TEST_P(Transfer, SendsAndReceivesOnOneSocketAtATime) {
    const auto pair = tcp_pair();
    Listener received;
    ring().receive(pair.ours.get(), received.operation);
    std::thread peer([&] {
        std::array<char, 4> word{};
        for (int i = 0; i < 1000; ++i) {
            write_all(pair.theirs.get(), "ping");
            ASSERT_EQ(::recv(pair.theirs.get(), word.data(), word.size(), MSG_WAITALL), 4);
            ASSERT_EQ(std::string_view(word.data(), word.size()), "pong");
        }
    });
    Listener sent;
    received.then = [&](loop::Completion completion) {
        if (completion.more) {
            EXPECT_EQ(completion.data, "ping");
            ring().send(pair.ours.get(), "pong", sent.operation);
        }
    };
    run_until([&] { return sent.results.size() == 1000; });
    peer.join();
    EXPECT_EQ(received.data.size(), 4000U);
    finish(received, pair.ours.get());
}

TEST_P(Transfer, SendsAFileOfTenMebibytes) {
    const auto pair = tcp_pair();
    const std::string bytes = varied_bytes(kTenMiB);
    const base::Fd file = file_with(bytes);
    std::string arrived;
    std::thread peer([&] { arrived = read_all(pair.theirs.get()); });
    Listener sent;
    std::size_t done = 0;
    const auto more = [&] {
        ring().send_file(
            pair.ours.get(),
            file.get(),
            static_cast<off_t>(done),
            bytes.size() + 1 - done,
            sent.operation
        );
    };
    sent.then = [&](loop::Completion completion) {
        ASSERT_GE(completion.result, 0);
        done += static_cast<std::size_t>(completion.result);
        if (completion.result > 0) {
            more();
        }
    };
    more();
    run_until([&] { return !sent.results.empty() && sent.results.back() == 0; }
    );  // the end of the file
    EXPECT_EQ(done, bytes.size());
    ::shutdown(pair.ours.get(), SHUT_WR);
    peer.join();
    EXPECT_TRUE(arrived == bytes);
    ring().forget(pair.ours.get());
}

TEST_P(Transfer, SendFileReportsABadFile) {
    const auto pair = tcp_pair();
    Listener sent;
    ring().send_file(pair.ours.get(), -1, 0, 10, sent.operation);
    run_until([&] { return sent.is_over; });
    EXPECT_EQ(sent.results, std::vector{-EBADF});
    ring().forget(pair.ours.get());
}

TEST_P(Transfer, MessagesCarryDescriptors) {
    const auto pair = unix_pair(SOCK_SEQPACKET);
    const base::Fd file = file_with("inside");
    Message outgoing;
    outgoing.byte = 'd';
    cmsghdr* const rights = CMSG_FIRSTHDR(&outgoing.header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int));
    const int number = file.get();
    std::memcpy(CMSG_DATA(rights), &number, sizeof number);

    Message incoming;
    Listener received;
    Listener sent;
    ring().receive_message(pair.ours.get(), incoming.header, received.operation);
    run_ready();
    EXPECT_TRUE(received.results.empty()) << "nothing was sent yet";
    ring().send_message(pair.theirs.get(), outgoing.header, sent.operation);
    run_until([&] { return received.is_over && sent.is_over; });
    EXPECT_EQ(sent.results, std::vector{1});
    EXPECT_EQ(received.results, std::vector{1});
    EXPECT_EQ(incoming.byte, 'd');

    const cmsghdr* const arrived = CMSG_FIRSTHDR(&incoming.header);
    ASSERT_NE(arrived, nullptr);
    ASSERT_EQ(arrived->cmsg_type, SCM_RIGHTS);
    int received_number = -1;
    std::memcpy(&received_number, CMSG_DATA(arrived), sizeof received_number);
    const base::Fd copy(received_number);
    EXPECT_NE(::fcntl(copy.get(), F_GETFD) & FD_CLOEXEC, 0);
    std::array<char, 6> text{};
    ASSERT_EQ(::pread(copy.get(), text.data(), text.size(), 0), 6);
    EXPECT_EQ(std::string_view(text.data(), text.size()), "inside");
    ring().forget(pair.ours.get());
    ring().forget(pair.theirs.get());
}

TEST_P(Transfer, MessagesKeepTheirOrder) {
    const auto pair = unix_pair(SOCK_SEQPACKET);
    Message incoming;
    Listener received;
    std::string order;
    received.then = [&](loop::Completion completion) {
        if (completion.result == 1) {
            order.push_back(incoming.byte);
            ring().receive_message(pair.ours.get(), incoming.header, received.operation);
        }
    };
    incoming.header.msg_control = nullptr;
    incoming.header.msg_controllen = 0;
    ring().receive_message(pair.ours.get(), incoming.header, received.operation);
    for (const char byte : std::string_view("abcdefghij")) {
        ASSERT_EQ(::send(pair.theirs.get(), &byte, 1, 0), 1);
    }
    run_until([&] { return order.size() == 10; });
    EXPECT_EQ(order, "abcdefghij");
    finish(received, pair.ours.get());
}

ON_BOTH_BACKENDS(Transfer);

TEST(UringBuffers, AFewSmallOnesSufficeForTenMebibytes) {
    auto ring = loop::Uring::create({.buffers = 4, .buffer_bytes = 512});
    if (!ring) {
        GTEST_SKIP() << ring.error().what;
    }
    const auto pair = tcp_pair();
    const std::string bytes = varied_bytes(kTenMiB);
    Listener received;
    (*ring)->receive(pair.ours.get(), received.operation);
    std::thread peer([&] { write_all(pair.theirs.get(), bytes); });
    while (received.data.size() < bytes.size()) {
        (*ring)->run_once(std::nullopt);
    }
    peer.join();
    EXPECT_TRUE(received.data == bytes);
    (*ring)->cancel(received.operation);
    while (received.operation.is_in_flight()) {
        (*ring)->run_once(std::nullopt);
    }
}
