// The links of a daemon process to several event loops, over real sockets: who leads hears all of
// them, can be called back, and the main thread knows when the last one has gone. The test is the
// server processes, and the thread that leads.
#include "core/server/daemon/server_links.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "ipc/channel.h"
#include "ipc/messages.h"
#include "tests/support/deadline.h"

namespace test {
namespace {

using ipc::FrameType;
using server::DaemonTask;

class FakePool : public server::ServerLink::Host {
public:
    void submit(DaemonTask& task) override { submitted.push_back(&task); }
    bool withdraw(DaemonTask&) override { return false; }  // a thread has it
    void wait(DaemonTask&, const std::function<bool()>&) override { FAIL() << "nobody may wait"; }
    void notify(const DaemonTask&) override {}
    const base::Log* log_of(std::uint32_t) const override { return nullptr; }

    std::vector<DaemonTask*> submitted;
};

class ServerLinks : public testing::Test {
protected:
    ServerLinks() {
        EXPECT_TRUE(watch_.open().has_value());
        EXPECT_TRUE(links_.open().has_value());
    }

    // The other end of a new link.
    ipc::Channel connect(std::uint32_t server) {
        auto pair = ipc::make_socket_pair({0, 4096});  // soon full
        EXPECT_TRUE(pair.has_value());
        links_.attach(std::move(pair->second), server);
        return ipc::Channel(std::move(pair->first));
    }
    static void ask(ipc::Channel& server) {
        http::Request request;
        request.method = "GET";
        request.target = "/";
        std::string head;
        ipc::encode_request(request, {}, {}, {}, head);
        server.outbox().frame(FrameType::kHead, 0, ipc::kLast, head);
        ASSERT_TRUE(server.flush_all().has_value());
    }
    std::vector<FrameType> heard(ipc::Channel& server) {
        std::vector<FrameType> types;
        while (server.receive() == ipc::Channel::Received::kSome) {
            EXPECT_TRUE(server
                            .take_each([&](const ipc::Frame& frame) {
                                types.push_back(frame.header.type);
                                const bool is_end = frame.header.type == FrameType::kEnd;
                                last_words_ += is_end || frame.is_last() ? 1 : 0;
                            })
                            .has_value());
        }
        return types;
    }
    bool is_main_thread_woken() {
        pollfd bell{watch_.fd(), POLLIN, 0};
        const bool is_woken = ::poll(&bell, 1, 0) == 1;
        watch_.on_woken();
        return is_woken;
    }

    int last_words_ = 0;
    FakePool pool_;
    server::PoolWatch watch_;
    server::ServerLinks links_{pool_, watch_};
};

TEST_F(ServerLinks, HearsWhoeverAsks) {
    ipc::Channel first = connect(0);
    ipc::Channel second = connect(1);
    ask(second);
    links_.lead();
    ASSERT_EQ(pool_.submitted.size(), 1U);
    ask(first);
    links_.lead();
    ASSERT_EQ(pool_.submitted.size(), 2U);
    for (DaemonTask* const task : pool_.submitted) {
        task->finish();
    }
    links_.flush();
    EXPECT_EQ(heard(first), (std::vector{FrameType::kReady, FrameType::kEnd}));
    EXPECT_EQ(heard(second), (std::vector{FrameType::kReady, FrameType::kEnd}));
}

TEST_F(ServerLinks, LetsTheLeaderGoOnceForAnyNumberOfInterruptions) {
    ipc::Channel server = connect(0);
    links_.interrupt();
    links_.interrupt();
    links_.lead();  // would wait for ever
    EXPECT_TRUE(pool_.submitted.empty());
    ask(server);
    links_.lead();
    ASSERT_EQ(pool_.submitted.size(), 1U);
    pool_.submitted[0]->finish();
}

TEST_F(ServerLinks, WakesTheMainThreadWhenALinkHasGone) {
    EXPECT_FALSE(links_.has_any());
    ipc::Channel first = connect(0);
    ipc::Channel second = connect(0);
    EXPECT_FALSE(is_main_thread_woken());
    first.close();
    links_.lead();
    EXPECT_TRUE(is_main_thread_woken());
    EXPECT_TRUE(links_.has_any());
    second.close();
    links_.lead();
    EXPECT_TRUE(is_main_thread_woken());
    EXPECT_FALSE(links_.has_any());
}

// Whoever holds a copy of the other end keeps that open.
TEST_F(ServerLinks, EndsThoseToAServerProcessThatHasDied) {
    ipc::Channel dead = connect(3);
    ipc::Channel alive = connect(4);
    links_.shut_down(3);
    links_.lead();
    EXPECT_TRUE(is_main_thread_woken());
    EXPECT_TRUE(links_.has_any());
    links_.shut_down(4);
    links_.lead();
    EXPECT_FALSE(links_.has_any());
    ipc::Channel next = connect(3);  // in the place of the first
    ask(next);
    links_.lead();
    ASSERT_EQ(pool_.submitted.size(), 1U);
    pool_.submitted[0]->finish();
}

TEST_F(ServerLinks, TellsAllThatNothingMoreIsToBeAsked) {
    ipc::Channel first = connect(0);
    ipc::Channel second = connect(1);
    links_.announce_stop();
    for (ipc::Channel* const server : {&first, &second}) {
        EXPECT_EQ(heard(*server), (std::vector{FrameType::kReady, FrameType::kStop}));
    }
}

// While no thread leads, the main thread sends what had no room; it is woken for that.
TEST_F(ServerLinks, AsksForTheWatchWhereASocketIsFull) {
    ipc::Channel server = connect(0);
    ask(server);
    links_.lead();
    ASSERT_EQ(pool_.submitted.size(), 1U);
    DaemonTask& task = *pool_.submitted[0];
    EXPECT_FALSE(links_.is_full());
    // More than the socket takes, as long as nobody reads; within the window.
    ASSERT_TRUE(task.respond(std::string(ipc::kWindow, 'x'), true).has_value());
    task.finish();
    links_.flush();
    ASSERT_TRUE(links_.is_full());
    EXPECT_TRUE(is_main_thread_woken());
    EXPECT_TRUE(watch_.is_on());
    EXPECT_TRUE(eventually([&] {
        heard(server);
        links_.flush_where_full();
        return last_words_ == 1;
    }));
    EXPECT_FALSE(links_.is_full());
}

}  // namespace
}  // namespace test
