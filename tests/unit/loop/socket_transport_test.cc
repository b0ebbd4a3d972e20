#include "core/loop/socket_transport.h"

#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>

#include "tests/unit/loop/ring/ring_fixture.h"

using loop_test::Listener;
using loop_test::tcp_pair;
using loop_test::varied_bytes;

namespace {

class SocketTransport : public loop_test::RingTest {};
ON_BOTH_BACKENDS(SocketTransport);

TEST_P(SocketTransport, SendsPartsAsOneAndKnowsWhatHasArrived) {
    auto pair = tcp_pair();
    loop::SocketTransport transport(ring(), std::move(pair.ours));
    Listener sent;
    const std::string body = varied_bytes(100'000);
    loop::Parts parts;
    parts.add("head");
    parts.add(body);
    parts.add("tail");
    const std::string all = "head" + body + "tail";
    std::string got;
    std::string buffer(all.size(), '\0');
    while (!parts.is_empty()) {
        transport.send(parts, sent.operation);
        run_until([&] { return !sent.operation.is_in_flight(); });
        ASSERT_GT(sent.results.back(), 0);
        parts.remove_prefix(static_cast<std::size_t>(sent.results.back()));
        const ssize_t count = ::recv(pair.theirs.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
        got.append(buffer, 0, static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    }
    transport.end_sending();
    for (ssize_t count = 1; count > 0;) {
        count = ::recv(pair.theirs.get(), buffer.data(), buffer.size(), 0);
        ASSERT_GE(count, 0);
        got.append(buffer, 0, static_cast<std::size_t>(count));
    }
    EXPECT_EQ(got, all);
    EXPECT_GE(transport.acknowledged(), all.size());
}

// What a peer that reads nothing leaves in the kernel.
void fill(int socket) {
    const std::string bytes(64 * 1024, 'x');
    while (::send(socket, bytes.data(), bytes.size(), MSG_DONTWAIT) > 0) {
    }
}

TEST_P(SocketTransport, LeavesNothingOfWhatItDrops) {
    auto pair = tcp_pair();
    fill(pair.ours.get());
    {
        loop::SocketTransport transport(ring(), std::move(pair.ours));
        transport.drop_unsent();
    }
    pollfd gone{pair.theirs.get(), 0, 0};  // POLLHUP is told unasked
    ASSERT_EQ(::poll(&gone, 1, -1), 1);
    EXPECT_NE(gone.revents & POLLERR, 0);
}

TEST_P(SocketTransport, IsNotOfferedForEverByTheKernelBehindItsEnd) {
    auto pair = tcp_pair();
    fill(pair.ours.get());
    const base::Fd copy(::fcntl(pair.ours.get(), F_DUPFD_CLOEXEC, 0));
    { const loop::SocketTransport transport(ring(), std::move(pair.ours)); }
    unsigned int longest = 0;
    socklen_t size = sizeof longest;
    ASSERT_EQ(::getsockopt(copy.get(), IPPROTO_TCP, TCP_USER_TIMEOUT, &longest, &size), 0);
    EXPECT_EQ(longest, 60'000U);
}

TEST_P(SocketTransport, KnowsItsEnds) {
    auto pair = tcp_pair();
    sockaddr_in address{};
    socklen_t size = sizeof address;
    ASSERT_EQ(::getsockname(pair.theirs.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    const loop::SocketTransport transport(ring(), std::move(pair.ours));
    const auto ends = transport.ends();
    ASSERT_TRUE(ends.has_value());
    EXPECT_EQ(ends->local_address, "127.0.0.1");
    EXPECT_EQ(ends->remote_address, "127.0.0.1");
    EXPECT_EQ(ends->remote_port, ntohs(address.sin_port));
}

TEST_P(SocketTransport, DoesNotKnowAPeerThatHasResetAlready) {
    auto pair = tcp_pair();
    ASSERT_EQ(::send(pair.theirs.get(), "hello", 5, 0), 5);
    const linger at_once{1, 0};
    ::setsockopt(pair.theirs.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    pair.theirs.reset();
    pollfd gone{pair.ours.get(), 0, 0};  // POLLHUP is told unasked
    ASSERT_EQ(::poll(&gone, 1, -1), 1);
    const loop::SocketTransport transport(ring(), std::move(pair.ours));
    EXPECT_FALSE(transport.ends().has_value());
}

TEST_P(SocketTransport, TellsAPeerThatHasGoneFromOneThatHasSaidAll) {
    auto pair = tcp_pair();
    loop::SocketTransport transport(ring(), std::move(pair.ours));
    Listener watched;
    bool is_reset = false;
    watched.then = [&](loop::Completion completion) { is_reset = transport.is_reset(completion); };
    transport.watch(watched.operation);
    ::shutdown(pair.theirs.get(), SHUT_WR);
    run_ready();
    EXPECT_FALSE(is_reset);
    if (!watched.operation.is_in_flight()) {
        transport.watch(watched.operation);
    }
    const linger at_once{1, 0};
    ::setsockopt(pair.theirs.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    pair.theirs.reset();
    run_until([&] {
        if (!watched.operation.is_in_flight() && !is_reset) {
            transport.watch(watched.operation);
        }
        return is_reset;
    });
}

}  // namespace
