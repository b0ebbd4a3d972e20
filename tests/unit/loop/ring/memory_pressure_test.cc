// A kernel that is short of memory refuses io_uring_enter(2) for a while. A seccomp filter of the
// test's own thread plays it: whatever is only submitted is refused, what also waits is taken.
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <deque>
#include <thread>

#include "core/loop/ring/uring/uring.h"
#include "tests/unit/loop/ring/ring_fixture.h"

using loop_test::Listener;

namespace {

constexpr std::uint32_t kSubmitted = offsetof(seccomp_data, args) + 8;
constexpr std::uint32_t kWaitedFor = offsetof(seccomp_data, args) + 16;

// For the rest of this thread's life.
bool refuse_submissions(std::uint32_t error) {
    const std::array filter = {
        sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_enter, 0, 5),
        sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kSubmitted),
        sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 3, 0),
        sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kWaitedFor),
        sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1),
        sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
        sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    sock_fprog program{
        .len = static_cast<unsigned short>(filter.size()),
        .filter = const_cast<sock_filter*>(filter.data())};
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

// Each of `events` is polled by an operation of its own.
struct Polls {
    explicit Polls(std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            events.emplace_back(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
            listeners.emplace_back();
        }
    }
    void ask(loop::Ring& ring) {
        for (std::size_t i = 0; i < events.size(); ++i) {
            ring.poll(events[i].get(), POLLIN, listeners[i].operation);
        }
    }
    [[nodiscard]] std::size_t over() const {
        return static_cast<std::size_t>(std::ranges::count_if(listeners, &Listener::is_over));
    }
    std::deque<base::Fd> events;
    std::deque<Listener> listeners;
};

void run_until(loop::Ring& ring, const std::function<bool()>& predicate) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!predicate()) {
        ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "nothing happened for a minute";
        ring.run_once(std::chrono::seconds(60));
    }
}

// Many more operations than the queue has places.
constexpr std::size_t kMany = 50;

void expect_all_complete(std::uint32_t error) {
    auto ring = loop::Uring::create({.submissions = 4});
    if (!ring) {
        GTEST_SKIP() << ring.error().what;
    }
    std::thread thread([&] {
        ASSERT_TRUE(refuse_submissions(error));
        Polls polls(kMany);
        polls.ask(**ring);
        for (const base::Fd& event : polls.events) {
            ASSERT_EQ(::eventfd_write(event.get(), 1), 0);
        }
        run_until(**ring, [&] { return polls.over() == kMany; });
        for (const Listener& listener : polls.listeners) {
            EXPECT_EQ(listener.results, std::vector<int>{POLLIN});
        }
    });
    thread.join();
}

}  // namespace

TEST(UringShortOfMemory, AnswersAllThatTheKernelRefusedAtFirst) { expect_all_complete(EAGAIN); }
TEST(UringShortOfMemory, TakesNoMemoryForAnEndEither) { expect_all_complete(ENOMEM); }
TEST(UringShortOfMemory, TakesBusyForAnEndEither) { expect_all_complete(EBUSY); }

TEST(UringShortOfMemory, CancelsWhatTheKernelHasNotTaken) {
    auto ring = loop::Uring::create({.submissions = 4});
    if (!ring) {
        GTEST_SKIP() << ring.error().what;
    }
    std::thread thread([&] {
        ASSERT_TRUE(refuse_submissions(EAGAIN));
        Polls polls(kMany);
        polls.ask(**ring);
        for (Listener& listener : polls.listeners) {
            (*ring)->cancel(listener.operation);
        }
        run_until(**ring, [&] { return polls.over() == kMany; });
        for (const Listener& listener : polls.listeners) {
            EXPECT_EQ(listener.results, std::vector<int>{-ECANCELED});
        }
    });
    thread.join();
}
