// An answer that comes before the request's body has: whatever its head promises about the
// connection is kept (RFC 9112 section 9.6), and the client gets to see it.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "tests/support/deadline.h"
#include "tests/support/e2e.h"

namespace test {
namespace {

using std::chrono::steady_clock;
using namespace std::chrono_literals;

// `body=0`: the application is asked before any of the body is there.
constexpr const char* kEarly =
    "RequestReadTimeout body=0\nWSGIScriptAlias / ${apps}/http/reads_nothing.py\n";
constexpr const char* kNext = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

ON_BOTH_RINGS(EarlyAnswerPromise);

// As a client does that repeats its request with credentials on the connection that a 401 came on.
TEST_P(EarlyAnswerPromise, IsKeptBehindAChunkedBody) {
    Client client = start(kEarly).connect();
    for (int i = 0; i < 3; ++i) {
        client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
        const Response early = client.read_response();
        EXPECT_EQ(early.body, "xxxxxxx");
        EXPECT_EQ(early.header("Connection"), "");
        client.send("5\r\nhello\r\n");
        ASSERT_TRUE(client.wait_until_taken());
        client.send("0\r\n\r\n");
        client.send(kNext);
        EXPECT_EQ(client.read_response().body, "xxxxxxx");
    }
}

TEST_P(EarlyAnswerPromise, IsKeptBehindAMegabyte) {
    constexpr std::size_t kSize = 1'000'000;
    Client client = start(kEarly).connect();
    const std::string head =
        fmt::format("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n", kSize);
    for (int i = 0; i < 3; ++i) {
        client.send(head);
        const Response early = client.read_response();
        EXPECT_EQ(early.body, "xxxxxxx");
        EXPECT_EQ(early.header("Connection"), "");
        client.send(std::string(kSize, 'b'));
        client.send(kNext);
        EXPECT_EQ(client.read_response().body, "xxxxxxx");
    }
}

// A page of the server's own and a file are answers, too.
TEST_P(EarlyAnswerPromise, OfAPageIsKept) {
    Client client = start("DocumentRoot ${tmp}\nWSGIScriptAlias /app ${apps}/hello.py\n").connect();
    for (int i = 0; i < 3; ++i) {
        client.send("POST /missing HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n");
        const Response early = client.read_response();
        EXPECT_EQ(early.status, 404);
        EXPECT_EQ(early.header("Connection"), "");
        client.send(std::string(100000, 'b'));
        client.get("/app");
        EXPECT_EQ(client.read_response().body, "Hello, World!");
    }
}

// HTTP/1.0 lives on only where both say so.
TEST_P(EarlyAnswerPromise, OfHttp10IsKept) {
    Client client = start(kEarly).connect();
    const std::string head =
        "POST / HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 500000\r\n\r\n";
    client.send(head);
    EXPECT_EQ(client.read_response().header("Connection"), "keep-alive");
    client.send(std::string(500000, 'b'));
    client.send("GET / HTTP/1.0\r\n\r\n");
    EXPECT_EQ(client.read_response().body, "xxxxxxx");
}

// What nobody wants to read to its end is not promised to be.
TEST_P(EarlyAnswerPromise, IsNotGivenBeforeALongBody) {
    Client client = start(kEarly).connect();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n");
    const Response early = client.read_response();
    EXPECT_EQ(early.body, "xxxxxxx");
    EXPECT_EQ(early.header("Connection"), "close");
}

// A client that sends everything before it reads, slowly: while it sends, the connection is not
// reset under it.
TEST_P(EarlyAnswerPromise, IsSeenByASlowUploader) {
    Client client = start(kEarly).connect();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n");
    const auto before = steady_clock::now();
    while (steady_clock::now() - before < 4s) {
        ASSERT_TRUE(client.try_send(std::string(10000, 'u')));
        std::this_thread::sleep_for(100ms);  // what a slow client does
    }
    EXPECT_EQ(client.read_response().body, "xxxxxxx");
}

// But not for ever.
TEST_P(EarlyAnswerPromise, DoesNotKeepAnEndlessUploader) {
    Client client = start(std::string("Timeout 3\n") + kEarly).connect();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n");
    EXPECT_EQ(client.read_response().header("Connection"), "close");
    const Deadline deadline;
    while (client.try_send("u")) {
        ASSERT_FALSE(deadline.has_passed());
        std::this_thread::sleep_for(20ms);  // what a slow client does
    }
}

}  // namespace
}  // namespace test
