// One request, two, many: connections and their life in HTTP/1.0 and 1.1.
#include <gtest/gtest.h>

#include "core/base/text/text.h"
#include "http/headers.h"
#include "tests/support/e2e.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

constexpr const char* kHello = "WSGIScriptAlias / ${apps}/hello.py\n";

ON_BOTH_RINGS(Connection);

TEST_P(Connection, AnswersOneRequest) {
    Response response = start(kHello).get("/");
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.reason, "OK");
    EXPECT_EQ(response.version, "HTTP/1.1");
    EXPECT_EQ(response.header("Content-Type"), "text/plain");
    EXPECT_EQ(response.body, "Hello, World!");
    EXPECT_TRUE(response.is_complete);
    EXPECT_EQ(response.all("Date").size(), 1U);
}

TEST_P(Connection, AnswersTwoRequestsOneAfterTheOther) {
    Client client = start(kHello).connect();
    for (int i = 0; i < 2; ++i) {
        client.get("/");
        EXPECT_EQ(client.read_response().body, "Hello, World!");
    }
    EXPECT_TRUE(client.is_silent());
}

TEST_P(Connection, AnswersPipelinedRequestsInOrder) {
    constexpr int kRequests = 100;
    Client client = start("WSGIScriptAlias / ${apps}/answers_by_name.py\n").connect();
    std::string requests;
    for (int i = 0; i < kRequests; ++i) {
        requests += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: a\r\n\r\n";
    }
    client.send(requests);
    for (int i = 0; i < kRequests; ++i) {
        EXPECT_EQ(
            client.read_response().body, "answers_by_name.py\n\n/" + std::to_string(i) + "\n"
        );
    }
}

TEST_P(Connection, ServesManyClientsAtOnce) {
    constexpr int kClients = 200;
    Server& server = start(kHello);
    std::vector<Client> clients;
    for (int i = 0; i < kClients; ++i) {
        clients.push_back(server.connect());
    }
    for (Client& client : clients) {
        client.get("/");
    }
    for (Client& client : clients) {
        EXPECT_EQ(client.read_response().body, "Hello, World!");
    }
}

TEST_P(Connection, AnswersARequestThatArrivesByteByByte) {
    Client client = start(kHello).connect();
    for (const char byte : std::string("GET / HTTP/1.1\r\nHost: a\r\n\r\n")) {
        client.send({&byte, 1});
        ASSERT_TRUE(client.wait_until_taken());
    }
    EXPECT_EQ(client.read_response().body, "Hello, World!");
}

TEST_P(Connection, ForgetsAClientThatLeavesInTheMiddleOfARequest) {
    Server& server = start(kHello);
    for (const char* beginning :
         {"",
          "GET",
          "GET / HTTP/1.1\r\nHost:",
          "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n12"}) {
        server.connect().send(beginning);
        Client client = server.connect();
        client.send(beginning);
        client.reset();
    }
    EXPECT_EQ(server.get("/").body, "Hello, World!");
}

// A client may close its sending half once it has asked (RFC 9112 section 9.6).
TEST_P(Connection, AnswersAClientThatHasFinishedSending) {
    Client client = start(kHello).connect();
    client.get("/");
    client.shut_down_sending();
    EXPECT_EQ(client.read_response().body, "Hello, World!");
    EXPECT_TRUE(client.is_closed_by_peer());
}

IN_BOTH_MODES(KeepAlive);

TEST_P(KeepAlive, EndsWhenTheClientSaysClose) {
    Client client = start(kHello).connect();
    client.get("/", "Connection: close\r\n");
    const Response response = client.read_response();
    EXPECT_EQ(response.body, "Hello, World!");
    EXPECT_TRUE(base::equal_case_blind(response.header("Connection"), "close"));
    EXPECT_TRUE(client.is_closed_by_peer());
}

TEST_P(KeepAlive, IsOffWhenConfiguredSo) {
    Client client = start(std::string("KeepAlive Off\n") + kHello).connect();
    client.get("/");
    EXPECT_TRUE(base::equal_case_blind(client.read_response().header("Connection"), "close"));
    EXPECT_TRUE(client.is_closed_by_peer());
}

TEST_P(KeepAlive, IsNotTheDefaultInHttp10) {
    Client client = start(kHello).connect();
    client.send("GET / HTTP/1.0\r\n\r\n");
    EXPECT_EQ(client.read_response().body, "Hello, World!");
    EXPECT_TRUE(client.is_closed_by_peer());
}

TEST_P(KeepAlive, IsGrantedToHttp10OnRequest) {
    Client client = start(kHello).connect();
    for (int i = 0; i < 2; ++i) {
        client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        const Response response = client.read_response();
        EXPECT_EQ(response.body, "Hello, World!");
        EXPECT_TRUE(base::equal_case_blind(response.header("Connection"), "keep-alive"));
    }
}

IN_BOTH_MODES(Head);

TEST_P(Head, HasTheHeadersOfGetAndNoBody) {
    Client client = start(kHello).connect();
    client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
    const Response response = client.read_response(true);
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.header("Content-Length"), "13");
    client.get("/");
    EXPECT_EQ(client.read_response().body, "Hello, World!");
}

class Listening : public E2e {};

TEST_F(Listening, OnIpv6) {
    Server& server = start(std::string("Listen [::1]:0\n") + kHello);
    EXPECT_TRUE(server.address().starts_with("[::1]:")) << server.address();
    EXPECT_EQ(server.get("/").body, "Hello, World!");
}

TEST_F(Listening, OnSeveralAddresses) {
    Server& server =
        start(std::string("Listen 127.0.0.1:0\nListen 127.0.0.1:0\nListen [::1]:0\n") + kHello);
    ASSERT_EQ(server.addresses().size(), 3U);
    EXPECT_NE(server.address(0), server.address(1));
    for (const std::string& address : server.addresses()) {
        Client client(address);
        client.get("/");
        EXPECT_EQ(client.read_response().body, "Hello, World!");
    }
}

// "Listen 80" is every address of both families.
TEST_F(Listening, OnAPortAlone) {
    Server& server = start(std::string("Listen 0\n") + kHello);
    for (const char* host : {"127.0.0.1:", "[::1]:"}) {
        Client client(host + server.port());
        client.get("/");
        EXPECT_EQ(client.read_response().body, "Hello, World!");
    }
}

TEST_F(Listening, WithSeveralServerProcesses) {
    Server& server = start(
        "StartServers 3\nServerThreads 2\nWSGIDaemonProcess app\nWSGIProcessGroup app\n"
        "WSGIScriptAlias / ${apps}/hello.py\n"
    );
    EXPECT_GE(server.workers().size(), 4U);
    for (int i = 0; i < 50; ++i) {
        EXPECT_EQ(server.get("/").body, "Hello, World!");
    }
}

}  // namespace
}  // namespace test
