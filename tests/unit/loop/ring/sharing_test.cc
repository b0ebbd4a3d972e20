// Rings that share a listener, and peers that share a ring.
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/unit/loop/ring/ring_fixture.h"

namespace {

using loop_test::Listener;

std::unique_ptr<loop::Ring> io_uring_or_null() {
    auto chosen = loop::create_ring(loop::Backend::kIoUring);
    return chosen ? std::move(chosen->ring) : nullptr;
}

TEST(SharedListener, BringsConnectionsToAllRingsThatWaitForIt) {
    const base::Fd listener = loop_test::listening_socket();
    const auto first = io_uring_or_null();
    const auto second = io_uring_or_null();
    if (!first || !second) {
        GTEST_SKIP() << "no io_uring here";
    }
    std::vector<base::Fd> accepted;
    Listener firsts;
    Listener seconds;
    for (Listener* const one : {&firsts, &seconds}) {
        one->then = [&](loop::Completion completion) { accepted.emplace_back(completion.result); };
    }
    first->accept(listener.get(), firsts.operation);
    second->accept(listener.get(), seconds.operation);
    const auto run_both = [&] {
        first->run_once(std::chrono::nanoseconds(0));
        second->run_once(std::chrono::nanoseconds(0));
    };
    constexpr std::size_t kConnections = 20;
    std::vector<base::Fd> clients;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (accepted.size() < kConnections && std::chrono::steady_clock::now() < deadline) {
        if (accepted.size() == clients.size()) {
            // Both have asked again, and wait.
            run_both();
            clients.push_back(loop_test::connect_to(listener));
        }
        run_both();
    }
    EXPECT_GE(firsts.results.size(), kConnections / 4);
    EXPECT_GE(seconds.results.size(), kConnections / 4);
    for (auto& [ring, one] : {std::pair(first.get(), &firsts), std::pair(second.get(), &seconds)}) {
        one->then = [](loop::Completion) {};
        ring->cancel(one->operation);
        while (one->operation.is_in_flight()) {
            ring->run_once(std::chrono::seconds(60));
        }
    }
}

// A thread with an epoll ring that takes from a listener that others take from, too.
class Taker {
public:
    explicit Taker(int listener) : thread_([this, listener] { run(listener); }) {}
    ~Taker() {
        is_over_ = true;
        thread_.join();
    }
    Taker(const Taker&) = delete;
    Taker& operator=(const Taker&) = delete;

    [[nodiscard]] int taken() const { return taken_; }
    // For the kernel.
    [[nodiscard]] bool waits() const {
        std::ifstream status("/proc/self/task/" + std::to_string(thread_id_) + "/status");
        for (std::string line; std::getline(status, line);) {
            if (line.starts_with("State:")) {
                return line.find('S', 6) != std::string::npos;
            }
        }
        return false;
    }

private:
    void run(int listener) {
        const auto ring = std::move(loop::create_ring(loop::Backend::kEpoll)->ring);
        Listener own;
        own.then = [this](loop::Completion completion) {
            const base::Fd accepted(completion.result);
            ++taken_;
        };
        ring->accept(listener, own.operation);
        thread_id_ = ::gettid();
        while (!is_over_) {
            ring->run_once(std::chrono::milliseconds(200));
        }
        own.then = [](loop::Completion) {};
        ring->cancel(own.operation);
        while (own.operation.is_in_flight()) {
            ring->run_once(std::chrono::seconds(60));
        }
    }

    std::atomic<int> taken_ = 0;
    std::atomic<pid_t> thread_id_ = 0;
    std::atomic<bool> is_over_ = false;
    std::thread thread_;  // last: it uses the others
};

TEST(SharedListener, BringsConnectionsToAllEpollRingsInTurn) {
    const base::Fd listener = loop_test::listening_socket();
    const Taker first(listener.get());
    const Taker second(listener.get());
    constexpr int kConnections = 40;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    std::vector<base::Fd> clients;
    while (first.taken() + second.taken() < kConnections &&
           std::chrono::steady_clock::now() < deadline) {
        const int taken = first.taken() + second.taken();
        if (std::cmp_equal(clients.size(), taken) && first.waits() && second.waits()) {
            clients.push_back(loop_test::connect_to(listener));
        }
        std::this_thread::yield();
    }
    EXPECT_GE(first.taken(), kConnections / 4);
    EXPECT_GE(second.taken(), kConnections / 4);
}

// A thousand of them were a core's work.
TEST(HalfClosedPeer, ThatDoesNotReadLeavesTheRingAlone) {
    const auto ring = io_uring_or_null();
    if (!ring) {
        GTEST_SKIP() << "no io_uring here";
    }
    const base::Fd file(::memfd_create("large", MFD_CLOEXEC));
    constexpr off_t kFileBytes = 64 << 20;
    ASSERT_EQ(::ftruncate(file.get(), kFileBytes), 0);
    const loop_test::Pair pair = loop_test::tcp_pair();
    ASSERT_EQ(::shutdown(pair.theirs.get(), SHUT_WR), 0);
    Listener sender;
    const auto begin = std::chrono::steady_clock::now();
    const auto end = begin + std::chrono::seconds(1);
    int turns = 0;
    for (auto now = begin; now < end; now = std::chrono::steady_clock::now()) {
        if (!sender.operation.is_in_flight()) {
            ring->send_file(pair.ours.get(), file.get(), 0, kFileBytes, sender.operation);
        }
        ring->run_once(end - now);
        ++turns;
    }
    EXPECT_LT(turns, 100);
    ring->cancel(sender.operation);
    while (sender.operation.is_in_flight()) {
        ring->run_once(std::chrono::seconds(60));
    }
}

}  // namespace
