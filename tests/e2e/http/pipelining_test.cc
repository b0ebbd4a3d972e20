// Clients that send requests without waiting for answers, and those that end their side early.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "tests/support/e2e.h"
#include "tests/support/fifo.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

constexpr const char* kNames = "WSGIScriptAlias / ${apps}/answers_by_name.py\n";

std::string get(int number) { return fmt::format("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", number); }

std::string answer_to(int number) { return fmt::format("answers_by_name.py\n\n/{}\n", number); }

ON_BOTH_RINGS(Pipelining);

TEST_P(Pipelining, IsAnsweredInOrder) {
    constexpr int kRequests = 5000;
    Server& server = start(kNames);
    Client client = server.connect();
    std::thread sender([&client] {
        std::string all;
        for (int i = 0; i < kRequests; ++i) {
            all += get(i);
        }
        client.send(all);
    });
    for (int i = 0; i < kRequests; ++i) {
        ASSERT_EQ(client.read_response().body, answer_to(i));
        if (i % 1000 == 0) {
            EXPECT_EQ(server.get("/other").status, 200);
        }
    }
    sender.join();
    EXPECT_TRUE(client.is_silent());
}

// RFC 9112 section 9.6: an end of the client's side is no reason to drop what it has asked.
TEST_P(Pipelining, FollowedByAHalfCloseIsAnsweredWhole) {
    constexpr int kRequests = 5;
    Client client = start(kNames).connect();
    std::string all;
    for (int i = 0; i < kRequests; ++i) {
        all += get(i);
    }
    client.send(all);
    client.shut_down_sending();
    for (int i = 0; i < kRequests; ++i) {
        EXPECT_EQ(client.read_response().body, answer_to(i));
    }
    EXPECT_TRUE(client.is_closed_by_peer());
}

// The same, but the end comes while the first is being answered.
TEST_P(Pipelining, IsAnsweredWholeWhenTheEndComesLater) {
    Fifo tell(tmp() / "tell");
    Fifo gate(tmp() / "gate");
    Client client = start(
                        "WSGIScriptAlias /gate ${apps}/waits_at_gate.py\n"
                        "WSGIScriptAlias / ${apps}/answers_by_name.py\n"
    )
                        .connect();
    client.get("/gate?tell=" + tell.path() + "&gate=" + gate.path());
    EXPECT_TRUE(tell.take_line().starts_with("begun "));
    client.send(get(1) + get(2));
    client.shut_down_sending();
    ASSERT_TRUE(client.wait_until_taken());
    gate.put(".");
    EXPECT_EQ(client.read_response().body, "passed");
    EXPECT_EQ(client.read_response().body, answer_to(1));
    const Response last = client.read_response();
    EXPECT_EQ(last.body, answer_to(2));
    EXPECT_EQ(last.header("Connection"), "close");
    EXPECT_TRUE(client.is_closed_by_peer());
}

TEST_P(Pipelining, ThatEndsWithinAHeadIsToldSo) {
    Client client = start(kNames).connect();
    client.send(get(1) + get(2) + "GET /3 HTTP/1.1\r\nHo");
    client.shut_down_sending();
    EXPECT_EQ(client.read_response().body, answer_to(1));
    EXPECT_EQ(client.read_response().body, answer_to(2));
    EXPECT_EQ(client.read_response().status, 400);
    EXPECT_TRUE(client.is_closed_by_peer());
}

ON_BOTH_RINGS(HalfClose);

TEST_P(HalfClose, WithinAHeadIs400) {
    Server& server = start(kNames);
    for (const char* beginning : {"G", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: a\r\n"}) {
        Client client = server.connect();
        client.send(beginning);
        client.shut_down_sending();
        const Response response = client.read_response();
        EXPECT_EQ(response.status, 400) << beginning;
        EXPECT_EQ(response.header("Connection"), "close");
        EXPECT_TRUE(client.is_closed_by_peer());
    }
}

TEST_P(HalfClose, WithoutARequestIsNotAnswered) {
    Server& server = start(kNames);
    for (const char* nothing : {"", "\r\n"}) {
        Client client = server.connect();
        client.send(nothing);
        client.shut_down_sending();
        EXPECT_EQ(client.read_until_close(), "");
    }
}

// What a configuration allows a head to be, it may be.
IN_BOTH_MODES(LargeHead);

TEST_P(LargeHead, OfOneLongFieldArrives) {
    Client client = start(
                        "LimitRequestFieldSize 131072\n"
                        "WSGIScriptAlias / ${apps}/shows_environ.py\n"
    )
                        .connect();
    for (int i = 0; i < 3; ++i) {
        client.get("/", "X-Ticket: " + std::string(70000 + i, 't') + "\r\n");
        const auto environ = entries_of(client.read_response().body);
        EXPECT_EQ(environ.at("HTTP_X_TICKET"), "'" + std::string(70000 + i, 't') + "'");
    }
    client.get("/", "X-Ticket: " + std::string(131072, 't') + "\r\n");
    EXPECT_EQ(client.read_response().status, 431);
}

TEST_P(LargeHead, OfManyFieldsArrives) {
    Client client = start("WSGIScriptAlias / ${apps}/shows_environ.py\n").connect();
    std::string fields;
    for (int i = 0; i < 98; ++i) {
        fields += fmt::format("X-{}: {}\r\n", i, std::string(8000, 'f'));
    }
    client.get("/", fields);
    const auto environ = entries_of(client.read_response().body);
    EXPECT_EQ(environ.at("HTTP_X_97"), "'" + std::string(8000, 'f') + "'");
    client.get("/", fields + "X-98: f\r\nX-99: f\r\n");
    EXPECT_EQ(client.read_response().status, 431);
}

// Not to all clients at once: one of those who have most is told so, and the others are not
// disturbed.
TEST_P(LargeHead, HasABoundOverAllClients) {
    expect_log("requests that do not come to their end hold too much memory");
    Server& server = start(
        "LimitRequestFieldSize 1048576\nServerThreads 1\n"
        "WSGIScriptAlias / ${apps}/hello.py\n"
    );
    const std::string beginning = "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(1000000, 'x');
    std::vector<Client> clients;
    const auto has_answer = [](Client& client) { return !client.is_silent(); };
    auto told = clients.end();
    while (clients.size() < 200 && told == clients.end()) {
        clients.push_back(server.connect());
        clients.back().send(beginning);
        ASSERT_TRUE(clients.back().wait_until_taken());
        // By the one loop, after whatever it has made of that.
        EXPECT_EQ(server.get("/").status, 200);
        told = std::ranges::find_if(clients, has_answer);
    }
    ASSERT_NE(told, clients.end());
    EXPECT_GT(clients.size(), 32U);
    EXPECT_EQ(std::ranges::count_if(clients, has_answer), 1);
    EXPECT_EQ(told->read_response().status, 503);
    EXPECT_EQ(server.get("/").body, "Hello, World!");
    Client& other = told == clients.begin() ? clients.at(1) : clients.front();
    other.send("\r\n\r\n");
    EXPECT_EQ(other.read_response().body, "Hello, World!");
}

}  // namespace
}  // namespace test
