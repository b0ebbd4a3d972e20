// Requests of a daemon process whose clients go while all of its threads are at work: they are not
// run, and take nobody's place.
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "tests/support/deadline.h"
#include "tests/support/e2e.h"
#include "tests/support/fifo.h"
#include "tests/support/proc.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

class AbandonedRequests : public E2e {
protected:
    void SetUp() override {
        E2e::SetUp();
        tell_.emplace(tmp() / "tell");
        gate_.emplace(tmp() / "gate");
    }
    Server& start_it() {
        write_file(tmp() / "page.txt", "a page");
        allow_log("only .* open files are allowed");
        ServerOptions options;
        options.descriptor_limit = 256;
        return start(
            "ServerThreads 1\n"
            "WSGIDaemonProcess one threads=1\n"
            "WSGIProcessGroup one\n"
            "WSGIApplicationGroup all\n"
            "Alias /page ${tmp}/page.txt\n"
            "WSGIScriptAlias /waits ${apps}/waits_at_gate.py\n"
            "WSGIScriptAlias /counted ${apps}/counts_requests.py\n",
            options
        );
    }
    Client wait_at_gate(const Server& server) {
        Client client = server.connect();
        client.get("/waits?tell=" + tell_->path() + "&gate=" + gate_->path());
        return client;
    }
    static std::vector<Client> ask(
        const Server& server, int count, const std::string& fields = ""
    ) {
        std::vector<Client> clients;
        for (int i = 0; i < count; ++i) {
            clients.push_back(server.connect());
            clients.back().get("/counted", fields);
            EXPECT_TRUE(clients.back().wait_until_taken());
        }
        return clients;
    }
    // The loop has seen all that clients have done before this.
    static void have_a_turn(const Server& server) { EXPECT_EQ(server.get("/page").body, "a page"); }
    static void leave(const Server& server, std::vector<Client>& clients) {
        for (Client& client : clients) {
            client.reset();
        }
        EXPECT_TRUE(eventually([&] {
            std::size_t all = 0;
            for (const pid_t pid : server.workers()) {
                all += proc::tcp_connection_count(pid);
            }
            return all == 1;  // the one at the gate
        }));
        have_a_turn(server);
    }

    std::optional<Fifo> tell_;
    std::optional<Fifo> gate_;
};

TEST_F(AbandonedRequests, AreNotRunByAThreadThatBecomesFree) {
    Server& server = start_it();
    Client first = wait_at_gate(server);
    ASSERT_TRUE(tell_->take_line().starts_with("begun"));
    // More than is read at once, so that those who have gone are heard of behind some of them.
    std::vector<Client> others = ask(server, 40, "X-Large: " + std::string(7000, 'x') + "\r\n");
    have_a_turn(server);
    leave(server, others);
    gate_->put(".");
    EXPECT_EQ(first.read_response().body, "passed");
    EXPECT_EQ(server.get("/counted").body, "1");
}

TEST_F(AbandonedRequests, GiveTheirPlacesBackThoughNoThreadIsFree) {
    Server& server = start_it();
    Client first = wait_at_gate(server);
    ASSERT_TRUE(tell_->take_line().starts_with("begun"));
    std::vector<Client> others;
    do {
        others.push_back(std::move(ask(server, 1).front()));
        have_a_turn(server);
    } while (others.back().is_silent() && others.size() < 256);
    expect_log("group 'one' has more requests than it answers.*further ones get 503");
    EXPECT_EQ(others.back().read_response().status, 503);
    leave(server, others);
    std::optional<Client> next;
    EXPECT_TRUE(eventually([&] {
        next.emplace(std::move(ask(server, 1).front()));
        have_a_turn(server);
        return next->is_silent();
    })) << "it is refused because of those that have gone";
    gate_->put(".");
    EXPECT_EQ(first.read_response().body, "passed");
    EXPECT_EQ(next->read_response().body, "1");
}

}  // namespace
}  // namespace test
