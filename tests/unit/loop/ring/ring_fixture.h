// What the tests of the ring share: both back-ends as a parameter, operations that write down what
// they hear, sockets.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <csignal>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/system/fd.h"
#include "core/loop/ring/ring.h"

namespace loop_test {

// An operation and all that it heard.
struct Listener {
    void on_completed(loop::Completion completion) {
        results.push_back(completion.result);
        data.append(completion.data);
        is_over = !completion.more;
        then(completion);
    }

    loop::Op<&Listener::on_completed> operation{*this};
    std::vector<int> results;
    std::string data;
    bool is_over = false;  // the last completion said that there are no more
    std::function<void(loop::Completion)> then = [](loop::Completion) {};
};

struct Pair {
    base::Fd ours;
    base::Fd theirs;
};

inline Pair unix_pair(int type = SOCK_STREAM) {
    int fds[2] = {-1, -1};
    EXPECT_EQ(::socketpair(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
    return {base::Fd(fds[0]), base::Fd(fds[1])};
}

inline base::Fd listening_socket() {
    base::Fd listener(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(listener.get(), 1024), 0);
    return listener;
}

// Blocking, as a client's.
inline base::Fd connect_to(const base::Fd& listener) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    EXPECT_EQ(::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    base::Fd client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(::connect(client.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
    return client;
}

// `theirs` blocks, `ours` does not.
inline Pair tcp_pair() {
    const base::Fd listener = listening_socket();
    base::Fd theirs = connect_to(listener);
    int ours = -1;
    while (ours < 0) {
        ours = ::accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    }
    return {base::Fd(ours), std::move(theirs)};
}

// Bytes of which no two nearby stretches are equal, so that a lost, doubled or swapped piece shows.
inline std::string varied_bytes(std::size_t size) {
    std::string bytes(size, '\0');
    std::uint32_t state = 12345;
    for (char& byte : bytes) {
        state = state * 1664525 + 1013904223;
        byte = static_cast<char>(state >> 24);
    }
    return bytes;
}

class RingTest : public testing::TestWithParam<loop::Backend> {
protected:
    void SetUp() override {
        std::signal(SIGPIPE, SIG_IGN);
        auto chosen = loop::create_ring(GetParam());
        if (!chosen) {
            GTEST_SKIP() << chosen.error().what;
        }
        ring_ = std::move(chosen->ring);
    }

    [[nodiscard]] loop::Ring& ring() { return *ring_; }

    template <class Predicate>
    void run_until(Predicate predicate) {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        while (!predicate()) {
            ASSERT_LT(std::chrono::steady_clock::now(), deadline)
                << "nothing happened for a minute";
            ring_->run_once(std::chrono::seconds(60));
        }
    }
    // Runs what is ready, and nothing more.
    void run_ready() {
        for (int i = 0; i < 4; ++i) {
            ring_->run_once(std::chrono::nanoseconds(0));
        }
    }
    // Cancels and waits for the end; to be called before the descriptor closes.
    void finish(Listener& listener, int fd) {
        ring_->cancel(listener.operation);
        run_until([&] { return !listener.operation.is_in_flight(); });
        ring_->forget(fd);
    }

    std::unique_ptr<loop::Ring> ring_;
};

inline std::string backend_name(const testing::TestParamInfo<loop::Backend>& info) {
    return info.param == loop::Backend::kIoUring ? "IoUring" : "Epoll";
}

}  // namespace loop_test

// Once per file, for a fixture that is a RingTest.
#define ON_BOTH_BACKENDS(Fixture)                                        \
    INSTANTIATE_TEST_SUITE_P(                                            \
        Loop,                                                            \
        Fixture,                                                         \
        testing::Values(loop::Backend::kIoUring, loop::Backend::kEpoll), \
        loop_test::backend_name                                          \
    )
