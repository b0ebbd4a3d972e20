// Clients that are slow, silent, or gone. The configured times are short; what is tested is that
// they are kept at all.
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "tests/support/deadline.h"
#include "tests/support/e2e.h"
#include "tests/support/fifo.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

using std::chrono::steady_clock;
using namespace std::chrono_literals;

ON_BOTH_RINGS(Timeout);

TEST_P(Timeout, ClosesAnIdleConnectionSilently) {
    Client client = start("KeepAliveTimeout 1\nWSGIScriptAlias / ${apps}/hello.py\n").connect();
    client.get("/");
    EXPECT_EQ(client.read_response().body, "Hello, World!");
    const auto before = steady_clock::now();
    EXPECT_EQ(client.read_until_close(), "");
    EXPECT_GE(steady_clock::now() - before, 900ms);
}

TEST_P(Timeout, BeginsAnewWithEachRequest) {
    Client client = start("KeepAliveTimeout 1\nWSGIScriptAlias / ${apps}/hello.py\n").connect();
    const auto before = steady_clock::now();
    while (steady_clock::now() - before < 1500ms) {
        client.get("/");
        ASSERT_EQ(client.read_response().body, "Hello, World!");
    }
}

// RFC 9110 section 15.5.9. The clock of a head begins with the connection, or for a later one with
// its first byte.
TEST_P(Timeout, AnswersASlowHeadWith408) {
    Server& server = start(
        "KeepAliveTimeout 600\nRequestReadTimeout header=1\nWSGIScriptAlias / ${apps}/hello.py\n"
    );
    Client first = server.connect();
    first.send("GET / HTTP/1.1\r\n");
    EXPECT_EQ(first.read_response().status, 408);
    EXPECT_TRUE(first.is_closed_by_peer());
    Client second = server.connect();
    second.get("/");
    EXPECT_EQ(second.read_response().status, 200);
    second.send("GET / HTTP/1.1\r\nHost: ");
    EXPECT_EQ(second.read_response().status, 408);
}

// Nobody knows yet which virtual host a client wants: the first one of the address counts, as in
// Apache.
TEST_P(Timeout, OfAFirstHeadIsThatOfTheAddressesFirstHost) {
    Client client = start(
                        "RequestReadTimeout header=600\n<VirtualHost *:*>\nServerName a\n"
                        "RequestReadTimeout header=1\nWSGIScriptAlias / ${apps}/hello.py\n"
                        "</VirtualHost>\n"
    )
                        .connect();
    client.send("GET / HTTP/1.1\r\n");
    EXPECT_EQ(client.read_response().status, 408);
}

// Slowloris: a byte now and then does not help.
TEST_P(Timeout, CountsAHeadAsAWhole) {
    Client client =
        start("RequestReadTimeout header=1\nWSGIScriptAlias / ${apps}/hello.py\n").connect();
    client.send("GET / HTTP/1.1\r\nHost: a\r\n");
    const auto before = steady_clock::now();
    while (client.is_silent() && client.try_send("X: y\r\n")) {
        ASSERT_LT(steady_clock::now() - before, kPatience);
        std::this_thread::sleep_for(20ms);  // what a slow client does
    }
    EXPECT_TRUE(client.read_until_close().starts_with("HTTP/1.1 408 "));
}

TEST_P(Timeout, ClosesAConnectionThatNeverSpeaks) {
    Client client =
        start("RequestReadTimeout header=1\nWSGIScriptAlias / ${apps}/hello.py\n").connect();
    EXPECT_EQ(client.read_until_close(), "");
}

// Case 180: the application's read raises, and it may have an answer for a client that is too slow.
TEST_P(Timeout, RaisesInTheReadOfABodyThatStops) {
    Server& server = start(
        "Timeout 1\nRequestReadTimeout body=0\nWSGIScriptAlias / ${apps}/http/calls_input.py\n"
    );
    Fifo told(tmp() / "told");
    Client client = server.connect();
    client.send(
        "POST /?" + percent_encode("fifo=" + told.path() + "|read()") +
        " HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n12"
    );
    EXPECT_EQ(told.take_line(), "begun");
    EXPECT_TRUE(told.take_line().starts_with("OSError: mod_wsgi request data read error: "));
    const Response response = client.read_response();
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.header("Connection"), "close");
    EXPECT_TRUE(client.is_closed_by_peer());
}

// A client that takes nothing for as long as Timeout is left, and the application's thread is free
// again.
TEST_P(Timeout, LeavesAClientThatDoesNotRead) {
    in_daemon("threads=1");
    Server& server = start("Timeout 1\nWSGIScriptAlias / ${apps}/http/counts_closes.py\n");
    allow_log("Timeout when reading response headers from daemon process 'app'");
    Client client = server.connect({.receive_buffer = 4096});
    client.get("/?endless");
    EXPECT_EQ(client.read_head().status, 200);
    EXPECT_TRUE(eventually([&] { return server.get("/?count").body == "1"; }));
    client.drain_body();
    EXPECT_FALSE(client.is_body_complete());
}

// And not much longer than that.
TEST_P(Timeout, LeavesAClientThatDoesNotReadInTime) {
    Server& server = start("Timeout 6\nWSGIScriptAlias / ${apps}/http/counts_closes.py\n");
    Client client = server.connect({.receive_buffer = 4096});
    const auto before = steady_clock::now();
    client.get("/?endless");
    EXPECT_EQ(client.read_head().status, 200);
    EXPECT_TRUE(eventually([&] { return server.get("/?count").body == "1"; }));
    const auto taken = steady_clock::now() - before;
    EXPECT_GE(taken, 5900ms);
    EXPECT_LT(taken, 11s);
}

// A slow reader that does read is no reason to give up, even while the bytes that it takes were in
// the kernel's send buffer and the server's own writes make no progress.
TEST_P(Timeout, IsPatientWithAClientThatReadsSlowly) {
    Server& server = start("Timeout 2\nWSGIScriptAlias / ${apps}/downloads.py\n");
    Client client = server.connect({.receive_buffer = 4096});
    client.get("/?bytes=4000000&length");
    EXPECT_EQ(client.read_head().status, 200);
    std::size_t size = 0;
    const auto before = steady_clock::now();
    while (steady_clock::now() - before < 4s) {
        size += client.read_body(1000).size();
        std::this_thread::sleep_for(5ms);  // what a slow client does
    }
    EXPECT_EQ(size + client.drain_body(), 4000000U);
    EXPECT_TRUE(client.is_body_complete());
}

IN_BOTH_MODES(Overload);

// Too few descriptors: who cannot be accepted now waits in the backlog, and the server recovers.
TEST_P(Overload, SurvivesWithoutFreeDescriptors) {
    ServerOptions options;
    options.descriptor_limit = 64;
    Server& server = start("ServerThreads 1\nWSGIScriptAlias / ${apps}/hello.py\n", options);
    {
        std::vector<Client> clients;
        for (int i = 0; i < 100; ++i) {
            clients.push_back(server.connect());
        }
        clients.front().get("/");
        EXPECT_EQ(clients.front().read_response().body, "Hello, World!");
    }
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(server.get("/").body, "Hello, World!");
    }
    allow_log("[Tt]oo many open files");
}

}  // namespace
}  // namespace test
