// An application that hangs: its clients are told after Timeout, what those held who have gone is
// free at once, and other groups go on.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/support/deadline.h"
#include "tests/support/e2e.h"
#include "tests/support/fifo.h"
#include "tests/support/proc.h"

namespace test {
namespace {

class HangingApplication : public E2e {
protected:
    // A group whose application waits at a gate, one that does not, and embedded mode.
    Server& start_with(const std::string& timeout, const ServerOptions& options = {}) {
        return start(
            "Timeout " + timeout +
                "\nServerThreads 1\n"
                "WSGIDaemonProcess hangs threads=1\nWSGIDaemonProcess other threads=2\n"
                "WSGIScriptAlias /hang ${apps}/waits_at_gate.py process-group=hangs\n"
                "WSGIScriptAlias /other ${apps}/hello.py process-group=other\n"
                "WSGIScriptAlias / ${apps}/hello.py\n",
            options
        );
    }
    [[nodiscard]] std::string target() const {
        return "/hang?tell=" + tell_.path() + "&gate=" + gate_.path();
    }
    static std::size_t connections(const Server& server) {
        std::size_t count = 0;
        for (const pid_t pid : server.workers()) {
            count += proc::tcp_connection_count(pid);
        }
        return count;
    }
    void expect_others_answer(const Server& server) {
        EXPECT_EQ(server.get("/other").body, "Hello, World!");
        EXPECT_EQ(server.get("/").body, "Hello, World!");
    }

    Fifo tell_{tmp() / "tell"};
    Fifo gate_{tmp() / "gate"};
};

TEST_F(HangingApplication, IsA504AfterTimeout) {
    Server& server = start_with("1");
    Client client = server.connect();
    client.get(target());
    EXPECT_TRUE(tell_.take_line().starts_with("begun "));
    EXPECT_EQ(client.read_response().status, 504);
    expect_log("Timeout when reading response headers from daemon process 'hangs': .*at_gate.py");
    // The connection is as good as before.
    client.get("/other");
    EXPECT_EQ(client.read_response().body, "Hello, World!");
    gate_.put("..");
    client.get(target());
    EXPECT_TRUE(tell_.take_line().starts_with("begun "));
    EXPECT_EQ(client.read_response().body, "passed") << "its own answer, not the late one";
}

TEST_F(HangingApplication, IsLeftAtOnceByClientsThatReset) {
    Server& server = start_with("600");
    Client first = server.connect();
    first.get(target());
    EXPECT_TRUE(tell_.take_line().starts_with("begun "));
    for (int round = 0; round < 3; ++round) {
        std::vector<Client> clients;
        for (int i = 0; i < 50; ++i) {
            clients.push_back(server.connect());
            clients.back().get(target());
            ASSERT_TRUE(clients.back().wait_until_taken());
        }
        for (Client& client : clients) {
            client.reset();
        }
        EXPECT_TRUE(eventually([&] { return connections(server) == 1; }));
        expect_others_answer(server);
    }
    first.reset();
    EXPECT_TRUE(eventually([&] { return connections(server) == 0; }));
    gate_.put(std::string(151, '.'));
}

// A client that closes may be one that only sends nothing more: it is waited for, but not longer
// than Timeout.
TEST_F(HangingApplication, IsLeftAfterTimeoutByClientsThatClose) {
    Server& server = start_with("1");
    allow_log("Timeout when reading response headers from daemon process 'hangs'");
    {
        std::vector<Client> clients;
        for (int i = 0; i < 50; ++i) {
            clients.push_back(server.connect());
            clients.back().get(target());
            ASSERT_TRUE(clients.back().wait_until_taken());
        }
    }
    EXPECT_TRUE(eventually([&] { return connections(server) == 0; }));
    expect_others_answer(server);
    gate_.put(std::string(50, '.'));
}

TEST_F(HangingApplication, HasItsShareOfConnectionsAndNoMore) {
    ServerOptions options;
    options.descriptor_limit = 256;  // (256 - 64) / 3 groups
    Server& server = start_with("600", options);
    std::vector<Client> clients;
    for (int i = 0; i < 64; ++i) {
        clients.push_back(server.connect({.from = fmt::format("127.0.1.{}", i + 1)}));
        clients.back().get(target());
        ASSERT_TRUE(clients.back().wait_until_taken());
    }
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(server.get(target()).status, 503);
        expect_others_answer(server);
    }
    expect_log("group 'hangs' has more requests than it answers.*further ones get 503");
    for (Client& client : clients) {
        client.reset();
    }
    gate_.put(std::string(64, '.'));
    EXPECT_TRUE(eventually([&] {
        gate_.put(".");
        return server.get(target()).status == 200;
    }));
    allow_log("only .* open files are allowed");
}

// Whoever they are; a proxy is one client, too.
TEST_F(HangingApplication, LeavesOthersAPlaceHoweverOftenOneClientAsks) {
    ServerOptions options;
    options.descriptor_limit = 256;
    Server& server = start_with("600", options);
    std::vector<Client> crowd;
    for (int i = 0; i < 70; ++i) {
        crowd.push_back(server.connect({.from = "127.0.0.2"}));
        crowd.back().get(target());
        ASSERT_TRUE(crowd.back().wait_until_taken());
    }
    EXPECT_EQ(crowd.back().read_response().status, 503);
    Client other = server.connect({.from = "127.0.0.9"});
    other.get(target());
    ASSERT_TRUE(other.wait_until_taken());
    gate_.put(std::string(70, '.'));
    EXPECT_EQ(other.read_response().status, 200);
    expect_log("group 'hangs' has more requests than it answers, or more of one client .127.0.0.2."
    );
    allow_log("only .* open files are allowed");
    for (Client& client : crowd) {
        client.reset();
    }
}

}  // namespace
}  // namespace test
