// Operations on their way to a kernel that takes them; memory_pressure_test.cc has one that does
// not.
#include "core/loop/ring/uring/submissions.h"

#include <poll.h>
#include <sys/eventfd.h>

#include <cerrno>
#include <chrono>
#include <memory>
#include <vector>

#include "tests/unit/loop/ring/ring_fixture.h"

namespace {

using Kind = loop::SystemCall::Kind;
using State = loop::SystemCall::State;
using loop_test::Listener;

class Submissions : public testing::Test {
protected:
    void SetUp() override {
        if (const auto opened = queues_.open(4, 64); !opened) {
            GTEST_SKIP() << opened.error().what;
        }
        queues_.enable();
        listener_.operation.start({.kind = Kind::kPoll, .events = POLLIN, .fd = event_.get()});
    }
    void TearDown() override { listener_.operation.abandon(); }

    // The result of the operation, when the kernel gives it back; completions of cancellations name
    // none.
    int given_back() {
        io_uring_cqe completion{};
        do {
            while (!queues_.take(completion)) {
                queues_.submit_and_wait(std::nullopt);
            }
        } while (completion.user_data == 0);
        EXPECT_EQ(completion.user_data, reinterpret_cast<std::uintptr_t>(&listener_.operation));
        submissions_.on_given_back(listener_.operation);
        return completion.res;
    }
    [[nodiscard]] State state() const { return listener_.operation.request.state; }

    base::Fd event_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    Listener listener_;
    loop::KernelQueues queues_;
    loop::CompletedList completed_;
    loop::Submissions submissions_{queues_, completed_};
};

TEST_F(Submissions, BringAnOperationToTheKernel) {
    submissions_.ask(listener_.operation);
    EXPECT_EQ(state(), State::kAsked);
    EXPECT_TRUE(queues_.has_asked());
    queues_.submit();
    EXPECT_FALSE(queues_.has_asked());
    ASSERT_EQ(::eventfd_write(event_.get(), 1), 0);
    EXPECT_EQ(given_back(), POLLIN);
    EXPECT_FALSE(submissions_.has_postponed());
}

TEST_F(Submissions, AskWhenTheDescriptorIsReady) {
    listener_.operation.request.kind = Kind::kReceiveMessage;
    submissions_.poll_first(listener_.operation);
    EXPECT_EQ(state(), State::kPolling);
    ASSERT_EQ(::eventfd_write(event_.get(), 1), 0);
    EXPECT_EQ(given_back(), POLLIN);
}

TEST_F(Submissions, AskAgainInAWhileThatGrows) {
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < 4; ++i) {
        submissions_.pause(listener_.operation);
        EXPECT_EQ(state(), State::kPolling);
        EXPECT_EQ(given_back(), -ETIME);
    }
    EXPECT_GE(
        std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(10 + 20 + 40 + 80)
    );
}

// Between the kernel's answer and its being asked again.
TEST_F(Submissions, EndWhoWasCancelledOnTheWay) {
    submissions_.ask(listener_.operation);
    submissions_.cancel(listener_.operation);
    EXPECT_EQ(given_back(), -ECANCELED);
    submissions_.ask_again(listener_.operation);
    EXPECT_EQ(state(), State::kCompleted);
    completed_.deliver();
    EXPECT_EQ(listener_.results, std::vector{-ECANCELED});
    EXPECT_FALSE(queues_.has_asked());
}

// Four places, and as many operations again.
TEST_F(Submissions, MakeRoomWhereTheQueueIsFull) {
    std::vector<std::unique_ptr<Listener>> others;
    for (int i = 0; i < 8; ++i) {
        auto& other = *others.emplace_back(std::make_unique<Listener>());
        other.operation.start({.kind = Kind::kPoll, .events = POLLIN, .fd = event_.get()});
        submissions_.ask(other.operation);
        EXPECT_EQ(other.operation.request.state, State::kAsked) << i;
    }
    EXPECT_FALSE(submissions_.has_postponed());
    for (auto& other : others) {
        other->operation.abandon();
    }
}

}  // namespace
