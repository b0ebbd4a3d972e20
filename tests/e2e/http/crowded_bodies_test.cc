// A crowd of clients that announce large bodies and send them slowly: they wait for each other, and
// nobody else waits for them.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/support/e2e.h"

namespace test {
namespace {

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

}  // namespace
}  // namespace test
