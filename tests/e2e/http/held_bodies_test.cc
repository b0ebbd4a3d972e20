// Clients that hold their bodies back, or fill the memory for bodies that have not come as a whole:
// they take no Python thread from those who do not.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/e2e.h"

namespace test {
namespace {

std::string post_head(std::size_t size, const std::string& host, const std::string& fields = "") {
    return fmt::format(
        "POST / HTTP/1.1\r\nHost: {}\r\n{}Content-Length: {}\r\n\r\n", host, fields, size
    );
}

ON_BOTH_RINGS(HeldBody);

constexpr const char* kHeldEcho =
    "ThreadsPerChild 4\nServerThreads 1\nWSGIScriptAlias / ${apps}/echoes_body.py\n";

// RFC 9110 section 10.1.1: the server may send 100 before anybody reads. The application, which
// reads at once, has four threads, and twenty clients that say nothing further.
TEST_P(HeldBody, LeavesThreadsToOthers) {
    in_daemon("threads=4");
    Server& server = start(kHeldEcho);
    for (const std::size_t size : {std::size_t{5}, std::size_t{500'000}}) {
        std::vector<Client> slow;
        for (int i = 0; i < 20; ++i) {
            slow.push_back(server.connect());
            slow.back().send(post_head(size, "a", "Expect: 100-continue\r\n"));
            EXPECT_EQ(slow.back().read_head().status, 100);
        }
        for (int i = 0; i < 5; ++i) {
            EXPECT_EQ(server.get("/").status, 200);
        }
        for (Client& client : slow) {
            client.send(std::string(size, 'h'));
            EXPECT_EQ(client.read_response().body.size(), size);
        }
    }
}

// With one thread there is none to wait for a client; and who has been told to go on is told so
// once.
TEST_P(HeldBody, IsAskedForByTheServerWhereThereIsOneThread) {
    in_daemon("threads=1");
    Server& server =
        start("ThreadsPerChild 1\nServerThreads 1\nWSGIScriptAlias / ${apps}/echoes_body.py\n");
    Client client = server.connect();
    client.send(post_head(5, "a", "Expect: 100-continue\r\n"));
    EXPECT_EQ(client.read_head().status, 100);
    EXPECT_EQ(server.get("/").status, 200);
    client.send("hello");
    const Response response = client.read_response();
    EXPECT_TRUE(response.interim.empty());
    EXPECT_EQ(response.body, "hello");
}

// More are on their way than there is room for of one client's, and each of them lacks its end.
// Nobody's thread is taken, and neither a small body of the same virtual host nor a larger one of
// another has to wait for them.
TEST_P(HeldBody, WaitsWhereTheProcessKeepsManyAlready) {
    in_daemon("threads=2");
    allow_log("the bodies of requests wait for memory");
    Server& server = start(
        "ThreadsPerChild 2\nServerThreads 1\n"
        "<VirtualHost *>\nServerName a\nWSGIScriptAlias / ${apps}/echoes_body.py\n</VirtualHost>\n"
        "<VirtualHost *>\nServerName b\nWSGIScriptAlias / ${apps}/echoes_body.py\n</VirtualHost>\n"
    );
    constexpr std::size_t kBody = 200'000;
    std::vector<Client> slow;
    for (int i = 0; i < 120; ++i) {
        slow.push_back(server.connect());
        slow.back().send(post_head(kBody, "a") + std::string(kBody - 1, 's'));
    }
    EXPECT_EQ(server.get("/").status, 200);
    Client honest = server.connect();
    honest.send(post_head(5, "a") + "hello");
    EXPECT_EQ(honest.read_response().body, "hello");
    honest.send(post_head(kBody, "b") + std::string(kBody, 'b'));
    EXPECT_EQ(honest.read_response().body.size(), kBody);
    // And all get their turn.
    for (Client& client : slow) {
        client.send("s");
        EXPECT_EQ(client.read_response().status, 200);
    }
}

}  // namespace
}  // namespace test
