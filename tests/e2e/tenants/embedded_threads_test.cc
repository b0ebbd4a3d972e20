// The threads of embedded mode, which virtual hosts share: one whose application hangs does not
// have all of them, and nobody waits for one without end.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/e2e.h"
#include "tests/support/fifo.h"

namespace test {
namespace {

class EmbeddedThreads : public E2e {
protected:
    Server& start_with(const std::string& settings) {
        return start(
            "StartServers 1\nThreadsPerChild 3\n" + settings +
            "<VirtualHost *>\nServerName hangs\n"
            "WSGIScriptAlias / ${apps}/waits_at_gate.py\n</VirtualHost>\n"
            "<VirtualHost *>\nServerName other\n"
            "WSGIScriptAlias / ${apps}/hello.py\n</VirtualHost>\n"
        );
    }
    static constexpr const char* kSecond =
        "<VirtualHost *>\nServerName second\n"
        "WSGIScriptAlias / ${apps}/waits_at_gate.py\n</VirtualHost>\n";
    static Client ask(const Server& server, const std::string& host, const std::string& target) {
        Client client = server.connect();
        client.send("GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
        return client;
    }
    std::vector<Client> hang(const Server& server, int count, const std::string& host = "hangs") {
        std::vector<Client> clients;
        for (int i = 0; i < count; ++i) {
            clients.push_back(ask(server, host, "/?tell=" + tell_.path() + "&gate=" + gate_.path())
            );
            EXPECT_TRUE(clients.back().wait_until_taken());
        }
        return clients;
    }

    Fifo tell_{tmp() / "tell"};
    Fifo gate_{tmp() / "gate"};
};

TEST_F(EmbeddedThreads, AreNotAllTakenByOneVirtualHost) {
    Server& server = start_with("Timeout 600\n");
    std::vector<Client> clients = hang(server, 5);
    EXPECT_TRUE(tell_.take_line().starts_with("begun"));
    EXPECT_TRUE(tell_.take_line().starts_with("begun"));
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(ask(server, "other", "/").read_response().body, "Hello, World!");
    }
    EXPECT_TRUE(tell_.is_empty()) << "the third has begun";
    gate_.put(".....");
    for (Client& client : clients) {
        EXPECT_EQ(client.read_response().body, "passed");
    }
}

TEST_F(EmbeddedThreads, AreWaitedForNoLongerThanTimeout) {
    Server& server = start_with("Timeout 1\nErrorDocument 503 \"no thread\"\n");
    std::vector<Client> clients = hang(server, 2);
    EXPECT_TRUE(tell_.take_line().starts_with("begun"));
    EXPECT_TRUE(tell_.take_line().starts_with("begun"));
    Client late = std::move(hang(server, 1).front());
    const Response response = late.read_response();
    EXPECT_EQ(response.status, 503);
    EXPECT_EQ(response.body, "no thread");
    expect_log(
        R"(no thread of embedded mode was free within Timeout: /\?.*; 2 requests of hangs are at work, )"
        R"(one for \d+ s: .*waits_at_gate.py)"
    );
    // The connection is as good as before, and those who are at work may take their time.
    late.send("GET / HTTP/1.1\r\nHost: other\r\n\r\n");
    EXPECT_EQ(late.read_response().body, "Hello, World!");
    gate_.put("..");
    for (Client& client : clients) {
        EXPECT_EQ(client.read_response().body, "passed");
    }
}

// Two that hang have all threads of ThreadsPerChild: whoever has none gets one more.
TEST_F(EmbeddedThreads, AreThereForAThirdVirtualHostThoughTwoHaveAll) {
    Server& server = start_with(std::string("Timeout 600\n") + kSecond);
    std::vector<Client> clients = hang(server, 5);
    EXPECT_TRUE(tell_.take_line().starts_with("begun"));
    EXPECT_TRUE(tell_.take_line().starts_with("begun"));
    std::vector<Client> others = hang(server, 2, "second");
    EXPECT_TRUE(tell_.take_line().starts_with("begun"));
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(ask(server, "other", "/").read_response().body, "Hello, World!");
    }
    EXPECT_TRUE(tell_.is_empty()) << "another of theirs has begun";
    gate_.put(".......");
    for (std::vector<Client>* const each : {&clients, &others}) {
        for (Client& client : *each) {
            EXPECT_EQ(client.read_response().body, "passed");
        }
    }
}

}  // namespace
}  // namespace test
