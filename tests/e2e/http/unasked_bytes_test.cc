// What a crowd makes the server hold before anybody has asked for it: others, of other addresses
// and other virtual hosts, have their uploads and their pipelined requests answered as ever.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/deadline.h"
#include "tests/support/e2e.h"
#include "tests/support/fifo.h"
#include "tests/support/proc.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

ON_BOTH_RINGS(UnaskedBytes);

constexpr const char* kNeighbours =
    "ServerThreads 1\nWSGIDaemonProcess crowd threads=1\n"
    "WSGIScriptAlias /gate ${apps}/waits_at_gate.py\n"
    "WSGIScriptAlias /name ${apps}/answers_by_name.py\n"
    "WSGIScriptAlias / ${apps}/echoes_body.py\n"
    "<VirtualHost *>\nServerName crowded\nWSGIProcessGroup crowd\n</VirtualHost>\n"
    "<VirtualHost *>\nServerName other\n</VirtualHost>\n";

std::string head_of_post(const std::string& host, std::size_t size) {
    return fmt::format("POST / HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\n\r\n", host, size);
}

Client connect_from_elsewhere(const Server& server) {
    return server.connect({.from = "127.0.0.2"});
}

// Each sends so much in one go that most of it has come before anybody can say no.
std::vector<Client> a_crowd(const Server& server, std::size_t count, const std::string& bytes) {
    std::vector<Client> crowd;
    for (std::size_t i = 0; i < count; ++i) {
        crowd.push_back(server.connect());
        (void)crowd.back().try_send(bytes);  // it may be refused, and that is no fault
    }
    return crowd;
}

void expect_uploads(const Server& server) {
    for (const std::size_t size : {5'000'000U, 300'000U, 100'000U}) {
        Client client = connect_from_elsewhere(server);
        client.send(head_of_post("other", size) + std::string(size, 'b'));
        const Response response = client.read_response();
        EXPECT_EQ(response.status, 200) << size;
        EXPECT_EQ(response.body.size(), size);
    }
}

// Behind one that is being answered, and all at once.
void expect_pipelining(const Server& server, const TempDir& tmp) {
    Fifo tell(tmp / "other.tell");
    Fifo gate(tmp / "other.gate");
    constexpr int kRequests = 5000;
    Client client = connect_from_elsewhere(server);
    std::string all = fmt::format(
        "GET /gate?tell={}&gate={} HTTP/1.1\r\nHost: other\r\n\r\n", tell.path(), gate.path()
    );
    for (int i = 0; i < kRequests; ++i) {
        all += fmt::format("GET /name/{} HTTP/1.1\r\nHost: other\r\n\r\n", i);
    }
    std::thread sender([&client, &all] { client.send(all); });
    EXPECT_TRUE(tell.take_line().starts_with("begun "));
    gate.put(".");
    EXPECT_EQ(client.read_response().body, "passed");
    for (int i = 0; i < kRequests; ++i) {
        const Response response = client.read_response();
        EXPECT_EQ(response.status, 200);
        if (response.status == 0) {
            break;
        }
    }
    sender.join();
}

TEST_P(UnaskedBytes, OfBodiesLeaveOthersAlone) {
    allow_log("the bodies of requests wait for memory");
    in_daemon("threads=4");
    Server& server = start(kNeighbours);
    const std::vector<Client> crowd =
        a_crowd(server, 450, head_of_post("crowded", 262'144) + std::string(240'000, 's'));
    expect_uploads(server);
    expect_pipelining(server, tmp());
}

TEST_P(UnaskedBytes, OfPipelinesLeaveOthersAlone) {
    in_daemon("threads=4");
    Server& server = start(kNeighbours);
    Fifo tell(tmp() / "tell");
    Fifo gate(tmp() / "gate");
    Client first = server.connect();
    first.send(fmt::format(
        "GET /gate?tell={}&gate={} HTTP/1.1\r\nHost: crowded\r\n\r\n", tell.path(), gate.path()
    ));
    EXPECT_TRUE(tell.take_line().starts_with("begun "));
    // All of them wait for that one.
    const std::string next = "GET / HTTP/1.1\r\nHost: crowded\r\n\r\n";
    std::vector<Client> crowd = a_crowd(server, 450, repeat(next, 240'000 / next.size()));
    expect_uploads(server);
    expect_pipelining(server, tmp());
    for (Client& client : crowd) {
        client.reset();
    }
    gate.put(".");
    EXPECT_EQ(first.read_response().body, "passed");
}

// Heads that do not end, and heads that do, with bodies that do not.
TEST_P(UnaskedBytes, OfHeadsAreTakenFromWhoeverHasMost) {
    in_daemon("threads=4");
    expect_log("requests that do not come to their end hold too much memory");
    const std::string fields = repeat("X-Long: " + repeat("x", 7700) + "\r\n", 7);
    for (const std::string& end : {std::string(), std::string("Content-Length: 9\r\n\r\n")}) {
        Server& server = start(kNeighbours);
        const std::string head = "GET /name/x HTTP/1.1\r\nHost: other\r\n" + fields;
        Client slow = connect_from_elsewhere(server);
        slow.send(head);
        ASSERT_TRUE(slow.wait_until_taken());
        proc::allow_descriptors(2000);
        std::vector<Client> crowd =
            a_crowd(server, 1800, "POST / HTTP/1.1\r\nHost: crowded\r\n" + fields + end);
        EXPECT_EQ(server.get("/nowhere/%00").status, 404);  // what came before it has been read
        const auto told = std::ranges::find_if(crowd, [](Client& one) { return !one.is_silent(); });
        ASSERT_NE(told, crowd.end()) << "some of them have to make room";
        EXPECT_EQ(told->read_response().status, 503);
        slow.send("\r\n");
        EXPECT_EQ(slow.read_response().status, 200);
        Client next = connect_from_elsewhere(server);
        next.send(head);
        ASSERT_TRUE(next.wait_until_taken());
        next.send("\r\n");
        EXPECT_EQ(next.read_response().status, 200);
    }
}

// Of each client there are the 16 KiB that a body may have before there is room for it, and what
// comes with those.
TEST_P(UnaskedBytes, HaveABoundAsASum) {
    if (is_sanitized()) {
        GTEST_SKIP() << "shadow memory is no measure";
    }
    allow_log("the bodies of requests wait for memory");
    in_daemon("threads=1");
    Server& server = start(kNeighbours);
    constexpr std::size_t kClients = 3000;
    proc::allow_descriptors(kClients + 200);
    EXPECT_EQ(server.get("/").status, 200);
    const std::size_t before = proc::resident_memory(server.workers());
    const std::vector<Client> crowd =
        a_crowd(server, kClients, head_of_post("crowded", 262'144) + std::string(60'000, 's'));
    EXPECT_EQ(server.get("/nowhere/%00").status, 404);  // what came before it has been read
    const std::size_t kept = proc::resident_memory(server.workers()) - before;
    EXPECT_LT(kept, kClients * 55'000) << kept;
}

}  // namespace
}  // namespace test
