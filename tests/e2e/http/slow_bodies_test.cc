// Clients that send slowly: they have the event loop's time, and no thread of Python's until their
// body is there (RequestReadTimeout, as Apache's mod_reqtimeout).
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "tests/support/deadline.h"
#include "tests/support/e2e.h"
#include "tests/support/fifo.h"

namespace test {
namespace {

using std::chrono::steady_clock;
using namespace std::chrono_literals;

std::string post_head(std::size_t size, const std::string& target = "/") {
    return fmt::format("POST {} HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n", target, size);
}

ON_BOTH_RINGS(SlowBody);

// Two threads, six slow clients: nobody else notices, and each of them is answered in the end.
TEST_P(SlowBody, TakesNoThread) {
    in_daemon("threads=2");
    Server& server =
        start("ThreadsPerChild 2\nServerThreads 1\nWSGIScriptAlias / ${apps}/echoes_body.py\n");
    std::vector<Client> slow;
    for (int i = 0; i < 6; ++i) {
        slow.push_back(server.connect());
        slow.back().send(
            i % 2 == 0 ? post_head(5) + "h"
                       : "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nh"
        );
        ASSERT_TRUE(slow.back().wait_until_taken());
    }
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(server.get("/").status, 200);
    }
    for (std::size_t i = 0; i < slow.size(); ++i) {
        slow[i].send(i % 2 == 0 ? "ello" : "\r\n4\r\nello\r\n0\r\n\r\n");
        EXPECT_EQ(slow[i].read_response().body, "hello");
    }
}

// The script in front of it is asked meanwhile.
TEST_P(SlowBody, TakesNoThreadBehindADispatchScript) {
    Server& server =
        start("WSGIDispatchScript ${apps}/dispatches.py\nWSGIScriptAlias / ${apps}/echoes_body.py\n"
        );
    Client client = server.connect();
    client.send(post_head(300000) + std::string(100000, 'a'));
    ASSERT_TRUE(client.wait_until_taken());
    EXPECT_TRUE(client.is_silent());
    client.send(std::string(200000, 'a'));
    EXPECT_EQ(client.read_response().body.size(), 300000U);
}

// What does not fit into what is read ahead goes to the application as it comes.
TEST_P(SlowBody, IsStreamedOnceItIsLarge) {
    Client client = start("WSGIScriptAlias / ${apps}/reads_after_answering.py\n").connect();
    client.send(post_head(1000000) + std::string(300000, 'b'));
    EXPECT_EQ(client.read_head().status, 200);
    EXPECT_EQ(client.read_body(6), "first ");
    client.send(std::string(700000, 'b'));
    EXPECT_EQ(client.read_body(100), "1000000");
    EXPECT_TRUE(client.is_body_complete());
}

// RFC 9110 section 15.5.9; the application is not asked.
TEST_P(SlowBody, IsRefusedAfterItsTime) {
    Server& server =
        start("RequestReadTimeout body=1\nWSGIScriptAlias / ${apps}/counts_requests.py\n");
    const std::string first = server.get("/").body;
    Client client = server.connect();
    client.send(post_head(100000));
    while (client.is_silent() && client.try_send("x")) {
        std::this_thread::sleep_for(20ms);  // what a slow client does
    }
    const Response response = client.read_response();
    EXPECT_EQ(response.status, 408);
    EXPECT_EQ(response.header("Connection"), "close");
    EXPECT_TRUE(client.is_closed_by_peer());
    EXPECT_EQ(std::stoi(server.get("/").body), std::stoi(first) + 1);
}

// Each MinRate bytes give a second more.
TEST_P(SlowBody, HasLongerAtTheRate) {
    Client client = start(
                        "RequestReadTimeout body=2,MinRate=10\n"
                        "WSGIScriptAlias / ${apps}/echoes_body.py\n"
    )
                        .connect();
    client.send(post_head(200));
    for (int i = 0; i < 8; ++i) {
        client.send(std::string(20, 'r'));
        std::this_thread::sleep_for(500ms);  // what a slow client does
    }
    ASSERT_TRUE(client.is_silent());
    client.send(std::string(40, 'r'));
    EXPECT_EQ(client.read_response().body, std::string(200, 'r'));
}

TEST_P(SlowBody, OfAHeadHasLongerAtTheRate) {
    Client client = start(
                        "RequestReadTimeout header=2-20,MinRate=10\n"
                        "WSGIScriptAlias / ${apps}/hello.py\n"
    )
                        .connect();
    client.send("GET / HTTP/1.1\r\nHost: a\r\n");
    for (int i = 0; i < 8; ++i) {
        client.send("X-Slow: but steady\r\n");
        std::this_thread::sleep_for(500ms);  // what a slow client does
    }
    ASSERT_TRUE(client.is_silent());
    client.send("\r\n");
    EXPECT_EQ(client.read_response().body, "Hello, World!");
}

// And not longer than the longest time.
TEST_P(SlowBody, OfAHeadIsRefusedAfterTheLongestTime) {
    Client client = start(
                        "RequestReadTimeout header=1-2,MinRate=10\n"
                        "WSGIScriptAlias / ${apps}/hello.py\n"
    )
                        .connect();
    client.send("GET / HTTP/1.1\r\nHost: a\r\n");
    const auto before = steady_clock::now();
    while (client.is_silent() && client.try_send("X-Slow: but steady\r\n")) {
        ASSERT_LT(steady_clock::now() - before, kPatience);
        std::this_thread::sleep_for(100ms);  // what a slow client does
    }
    EXPECT_GE(steady_clock::now() - before, 1900ms);
    EXPECT_TRUE(client.read_until_close().starts_with("HTTP/1.1 408 "));
}

// The time of a body begins when the client may send it.
TEST_P(SlowBody, HasNoClockWhileItIsHeldBack) {
    Fifo tell(tmp() / "tell");
    Fifo gate(tmp() / "gate");
    Client client = start(
                        "RequestReadTimeout body=1\nTimeout 10\n"
                        "WSGIScriptAlias / ${apps}/http/reads_at_gate.py\n"
    )
                        .connect();
    client.send(
        "POST /?tell=" + tell.path() + "&gate=" + gate.path() +
        " HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"
    );
    EXPECT_TRUE(tell.take_line().starts_with("begun"));
    std::this_thread::sleep_for(1500ms);  // what a slow application does
    EXPECT_TRUE(client.is_silent());
    gate.put(".");
    EXPECT_EQ(client.read_head().status, 100);
    client.send("hello");
    EXPECT_EQ(client.read_response().body, "hello");
}

// A client that leaves before its body is there: the application never hears of it.
TEST_P(SlowBody, ThatNeverComesIsNobodysRequest) {
    Server& server = start("WSGIScriptAlias / ${apps}/counts_requests.py\n");
    const std::string first = server.get("/").body;
    {
        Client client = server.connect();
        client.send(post_head(100) + "part");
        ASSERT_TRUE(client.wait_until_taken());
        client.reset();
    }
    Client client = server.connect();
    client.send(post_head(100) + "part");
    client.shut_down_sending();
    EXPECT_EQ(client.read_response().status, 400);
    EXPECT_EQ(std::stoi(server.get("/").body), std::stoi(first) + 1);
}

}  // namespace
}  // namespace test
