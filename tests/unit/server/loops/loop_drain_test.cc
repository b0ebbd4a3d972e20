// The end of an event loop, whose clients and daemon process are the test: it waits for whatever
// runs, and for nobody else.
#include "core/server/loops/loop_drain.h"

#include <gtest/gtest.h>

#include "tests/unit/server/loops/loop_under_test.h"

namespace test {
namespace {

using ipc::FrameType;

constexpr const char* kDrainedSite =
    "WSGIDaemonProcess g\nWSGIScriptAlias /app " HOOPSNAKE_SOURCE_DIR
    "/tests/apps/hello.py process-group=g application-group=a\n";

class LoopDrainTest : public testing::Test {
protected:
    std::uint32_t ask() {
        LoopUnderTest::write(client_, "GET /app HTTP/1.1\r\nHost: a\r\n\r\n");
        const auto head = loop_.hear(daemon_);
        EXPECT_TRUE(head && head->type == FrameType::kHead);
        return head ? head->stream : 0;
    }
    void drain() {
        loop_->drain();
        loop_.turn();
    }
    // The loop has let go of the daemon process, which is the last thing that it does.
    bool lets_go() {
        return loop_.turn_until([&] {
            const auto received = daemon_.receive();
            return !received || *received == ipc::Channel::Received::kClosed;
        });
    }

    LoopUnderTest loop_{kDrainedSite};
    ipc::Channel& daemon_ = loop_.add_daemon();
    base::Fd client_ = loop_.connect();
};

TEST_F(LoopDrainTest, EndsAtOnceWhereNothingRuns) {
    EXPECT_FALSE(loop_->is_draining());
    drain();
    EXPECT_TRUE(loop_->is_draining());
    EXPECT_EQ(loop_.read_until(client_, ""), "") << "it has asked for nothing";
    EXPECT_TRUE(lets_go());
    EXPECT_EQ(loop_.links_lost(), 0) << "nobody is to replace a process that has been let go";
}

TEST_F(LoopDrainTest, WaitsForTheAnswerOfAnApplication) {
    const std::uint32_t stream = ask();
    drain();
    LoopUnderTest::say_head(daemon_, stream, 5);
    LoopUnderTest::say(daemon_, FrameType::kBody, stream, "he");
    const std::string begun = loop_.read_until(client_, "he");
    EXPECT_NE(begun.find("Connection: close\r\n"), std::string::npos) << begun;
    LoopUnderTest::say(daemon_, FrameType::kBody, stream, "llo", ipc::kLast);
    EXPECT_EQ(loop_.read_until(client_, ""), "llo");
    client_.reset();
    EXPECT_TRUE(lets_go());
}

// Its number is the link's until the process has said its last word on it, but no request is.
TEST_F(LoopDrainTest, GoesOnWithoutAClientThatHasLeft) {
    ask();
    LoopUnderTest::reset(client_);
    EXPECT_TRUE(loop_.becomes_idle());
    drain();
    EXPECT_TRUE(lets_go());
}

}  // namespace
}  // namespace test
