// A crowd of clients that announce large bodies and send them slowly: they wait for each other, and
// nobody else waits for them.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <thread>

#include "tests/support/e2e.h"

namespace test {
namespace {

using namespace std::chrono_literals;

ON_BOTH_RINGS(CrowdedBodies);

constexpr std::size_t kLarge = 262'144;

std::string post_head(const std::string& host, std::size_t size) {
    return fmt::format("POST / HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\n\r\n", host, size);
}

// More than there is room for if all of them came.
std::vector<Client> a_slow_crowd(const Server& server) {
    std::vector<Client> slow;
    for (int i = 0; i < 200; ++i) {
        slow.push_back(server.connect());
        slow.back().send(post_head("a", kLarge) + std::string(17'000, 's'));
        EXPECT_TRUE(slow.back().wait_until_taken());
    }
    return slow;
}

void expect_upload(const Server& server, const std::string& host, std::size_t size) {
    Client client = server.connect();
    client.send(post_head(host, size) + std::string(size, 'b'));
    EXPECT_EQ(client.read_response().body.size(), size);
}

TEST_P(CrowdedBodies, KeepNoQuickOneWaiting) {
    allow_log("the bodies of requests wait for memory");
    Server& server = start("ServerThreads 1\nWSGIScriptAlias / ${apps}/echoes_body.py\n");
    std::vector<Client> slow = a_slow_crowd(server);
    for (const std::size_t size : {100'000U, 300'000U, 250'000U}) {
        expect_upload(server, "a", size);
    }
    for (Client& client : slow) {
        EXPECT_TRUE(client.is_silent()) << "none of them had to make room";
    }
    slow.back().send(std::string(kLarge - 17'000, 's'));
    EXPECT_EQ(slow.back().read_response().body.size(), kLarge);
}

TEST_P(CrowdedBodies, OfOneHostLeaveTheRoomOfOthersAlone) {
    allow_log("the bodies of requests wait for memory");
    Server& server = start(
        "ServerThreads 1\nNameVirtualHost *\n"
        "<VirtualHost *>\nServerName a\nWSGIScriptAlias / ${apps}/echoes_body.py\n</VirtualHost>\n"
        "<VirtualHost *>\nServerName b\nWSGIScriptAlias / ${apps}/echoes_body.py\n</VirtualHost>\n"
    );
    Client other = server.connect();
    other.send(post_head("b", kLarge) + std::string(17'000, 'o'));
    ASSERT_TRUE(other.wait_until_taken());
    std::vector<Client> slow = a_slow_crowd(server);
    expect_upload(server, "b", 300'000);
    other.send(std::string(kLarge - 17'000, 'o'));
    EXPECT_EQ(other.read_response().body.size(), kLarge);
}

class BodiesInACrowd : public OnLane {};
INSTANTIATE_TEST_SUITE_P(
    , BodiesInACrowd, testing::Values(Lane{false, "io_uring"}, Lane{true, "epoll"}), name_of
);

// Nobody is slow because the server does not read: neither who shares an address with the crowd,
// nor another client of its host, nor one of another host, nor the crowd itself, which comes as
// fast as RequestReadTimeout wants.
TEST_P(BodiesInACrowd, AreNotSlowBecauseTheyWait) {
    allow_log("the bodies of requests wait for memory");
    Server& server = start(
        "ServerThreads 1\nListen 127.0.0.1:0\nListen [::1]:0\nNameVirtualHost *\n"
        "<VirtualHost *>\nServerName a\nWSGIScriptAlias / ${apps}/echoes_body.py\n</VirtualHost>\n"
        "<VirtualHost *>\nServerName b\nWSGIScriptAlias / ${apps}/echoes_body.py\n</VirtualHost>\n"
    );
    std::vector<Client> crowd = a_slow_crowd(server);
    std::array<Client, 3> honest{
        Client(server.address(0)), Client(server.address(1)), Client(server.address(0))};
    constexpr std::size_t kPieces = 24;
    constexpr std::size_t kPiece = 10'000;
    honest[0].send(post_head("a", kPieces * kPiece));
    honest[1].send(post_head("a", kPieces * kPiece));
    honest[2].send(post_head("b", kPieces * kPiece));
    for (std::size_t i = 0; i < kPieces; ++i) {
        std::this_thread::sleep_for(500ms);  // what a slow client does
        for (Client& client : honest) {
            client.send(std::string(kPiece, 'h'));
        }
        for (Client& client : crowd) {
            client.send(std::string(300, 's'));
        }
    }
    for (Client& client : honest) {
        const Response response = client.read_response();
        EXPECT_EQ(response.status, 200);
        EXPECT_EQ(response.body.size(), kPieces * kPiece);
    }
    for (Client& client : crowd) {
        EXPECT_TRUE(client.is_silent()) << "none of them had to make room";
    }
}

}  // namespace
}  // namespace test
