// What all connections of a loop are told when their clients have sent too much, together with
// those of other loops, who are the test.
#include "core/server/client/connection_list.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "tests/unit/server/client/connections_under_test.h"

namespace test {
namespace {

using Kind = ScriptedRing::Kind;

constexpr std::size_t kTooMuch = std::size_t{32} * 1024 * 1024;
constexpr std::string_view kAsk = "GET /app HTTP/1.1\r\nHost: a\r\n\r\n";

class ConnectionListTest : public testing::Test {
protected:
    int connect(const std::string& address = "192.0.2.7") {
        const int client = all_.connect(address);
        all_.settle();
        return client;
    }
    void send(int client, std::string_view bytes) {
        all_.send(client, bytes);
        all_.settle();
    }
    [[nodiscard]] bool is_read(int client) { return all_.ring().is_asked(Kind::kReceive, client); }
    [[nodiscard]] bool is_read_in_pieces(int client) {
        return all_.ring().is_asked(Kind::kReceiveOnce, client);
    }

    ConnectionsUnderTest all_;
    long gone_of(const std::vector<int>& clients) {
        return std::ranges::count_if(clients, [this](int client) { return all_.is_gone(client); });
    }
    base::Budget& pipelined_ = all_.budgets().pipelined_bytes;
    base::Budget& unwanted_ = all_.budgets().unwanted_bytes;
};

TEST_F(ConnectionListTest, HoldsAllBackWhoWaitForAnAnswerOnceTooMuchIsPipelined) {
    const int quiet = connect();
    const int waits = connect();
    const int pipelines = connect();
    send(waits, kAsk);
    send(pipelines, kAsk);
    ASSERT_TRUE(is_read(waits) && is_read(pipelines)) << "each may pipeline a little";
    pipelined_.add(kTooMuch);
    send(pipelines, kAsk);
    EXPECT_FALSE(is_read(pipelines));
    EXPECT_FALSE(is_read(waits)) << "there is no room for what it would send next";
    EXPECT_TRUE(is_read(quiet)) << "its first request waits for nobody";
    // There is room again: each is read on when it has its answer.
    pipelined_.give(kTooMuch);
    for (auto* const asked : all_.asked()) {
        ConnectionsUnderTest::answer(*asked, "hello");
    }
    all_.settle();
    EXPECT_TRUE(is_read(waits) && is_read(pipelines));
}

TEST_F(ConnectionListTest, HoldsBackAgainAfterThereHasBeenRoom) {
    const int first = connect();
    send(first, kAsk);
    pipelined_.add(kTooMuch);
    send(first, kAsk);
    ASSERT_FALSE(is_read(first));
    pipelined_.give(kTooMuch);
    const int second = connect();
    const int third = connect();
    send(second, kAsk);
    send(third, kAsk);
    ASSERT_TRUE(is_read(second) && is_read(third));
    pipelined_.add(kTooMuch);
    send(third, kAsk);
    EXPECT_FALSE(is_read(second));
    pipelined_.give(kTooMuch);
}

TEST_F(ConnectionListTest, ReceivesInPiecesWhileTooMuchIsThereThatNobodyWants) {
    const int before = connect();
    ASSERT_TRUE(is_read(before));
    unwanted_.add(kTooMuch);
    all_.settle();
    EXPECT_FALSE(is_read(before));
    EXPECT_TRUE(is_read_in_pieces(before));
    const int meanwhile = connect();
    EXPECT_TRUE(is_read_in_pieces(meanwhile));
    unwanted_.give(kTooMuch);
    all_.settle();
    const int after = connect();
    EXPECT_TRUE(is_read(after));
    unwanted_.add(kTooMuch);
    all_.settle();
    EXPECT_TRUE(is_read_in_pieces(after)) << "a second time";
    unwanted_.give(kTooMuch);
}

TEST_F(ConnectionListTest, GivesUpTheOldestIdleOnesOfWhoeverHasMost) {
    const int asks = connect();
    send(asks, kAsk);
    std::vector<int> many;
    for (int i = 0; i < 16; ++i) {
        many.push_back(connect());
    }
    const int kept_alive = connect();
    send(kept_alive, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    const int other = connect("192.0.2.8");
    all_.give_up_idle();
    all_.settle();
    EXPECT_EQ(gone_of(many), 0) << "they may be about to say something";
    all_.pass(std::chrono::seconds(1));
    const int just_come = connect();
    all_.give_up_idle();
    all_.settle();
    EXPECT_EQ(gone_of(many), 3);
    EXPECT_TRUE(all_.is_gone(many[0]) && all_.is_gone(many[1]) && all_.is_gone(many[2]));
    for (int i = 0; i < 30; ++i) {
        all_.give_up_idle();
        all_.settle();
    }
    EXPECT_TRUE(all_.is_gone(kept_alive));
    EXPECT_TRUE(all_.is_gone(other)) << "idle, too";
    EXPECT_FALSE(all_.is_gone(just_come));
    EXPECT_FALSE(all_.is_gone(asks)) << "it is us whom it waits for";
}

TEST_F(ConnectionListTest, LeavesThoseAloneWhoHaveLessThanOthers) {
    const int other = connect("192.0.2.8");
    const std::vector<int> many{connect(), connect(), connect()};
    all_.pass(std::chrono::seconds(1));
    all_.give_up_idle();
    all_.give_up_idle();
    all_.settle();
    EXPECT_EQ(gone_of(many), 2);
    EXPECT_FALSE(all_.is_gone(other));
}

}  // namespace
}  // namespace test
