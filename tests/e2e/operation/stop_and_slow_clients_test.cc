// Clients that do not go on while the server stops: they get a few seconds, and whoever has been
// waited for until then hears no more of it. Running requests are for stop_signals_test.cc.
#include <gtest/gtest.h>
#include <signal.h>

#include <cstdint>
#include <string>
#include <vector>

#include "tests/support/deadline.h"
#include "tests/support/e2e.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

constexpr std::uint64_t kSize = 32 << 20;

class StopAndSlowClients : public E2e {
protected:
    // Nothing but the stop ends their time.
    Server& start_patient(const std::string& config) {
        return start("Timeout 600\nRequestReadTimeout header=600 body=600\n" + config);
    }
    // It was on its own that the server ended, not because its time was over.
    void expect_orderly_end(Server& server) {
        EXPECT_EQ(server.wait_for_exit(), 0);
        EXPECT_FALSE(any_line_matches(log(), "was killed|did not end|has not ended")) << log();
    }
};

TEST_F(StopAndSlowClients, GiveHalfAHead408) {
    Server& server = start_patient("WSGIScriptAlias / ${apps}/hello.py\n");
    Client client = server.connect();
    client.send("GET / HTTP/1.1\r\nHo");
    EXPECT_TRUE(client.wait_until_taken());
    server.signal(SIGTERM);
    EXPECT_EQ(client.read_response().status, 408);
    expect_orderly_end(server);
}

TEST_F(StopAndSlowClients, GiveHalfABody408) {
    Server& server = start_patient(
        "WSGIDaemonProcess app\nWSGIScriptAlias /daemon ${apps}/hello.py process-group=app\n"
        "WSGIScriptAlias /embedded ${apps}/hello.py\n"
    );
    allow_log("stopping waits for POST .*, which waits for its body");
    Client daemon = server.connect();
    Client embedded = server.connect();
    daemon.send("POST /daemon HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nabc");
    embedded.send("POST /embedded HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nabc");
    EXPECT_TRUE(daemon.wait_until_taken());
    EXPECT_TRUE(embedded.wait_until_taken());
    server.signal(SIGTERM);
    EXPECT_EQ(daemon.read_response().status, 408);
    EXPECT_EQ(embedded.read_response().status, 408);
    expect_orderly_end(server);
}

// From the server itself, and from applications, which have ended with it.
TEST_F(StopAndSlowClients, LeaveThoseWhoDoNotReadAFile) {
    write_file(tmp() / "big.bin", std::string(kSize, 'b'));
    write_file(
        tmp() / "hands_file_over.py",
        substitute("def application(environ, start_response):\n"
                   "    start_response('200 OK', [('Content-Length', str(32 << 20))])\n"
                   "    return environ['wsgi.file_wrapper'](open('${tmp}/big.bin', 'rb'))\n")
    );
    Server& server = start_patient(
        "WSGIDaemonProcess app\nDocumentRoot ${tmp}\n"
        "<Directory ${tmp}>\nRequire all granted\n</Directory>\n"
        "WSGIScriptAlias /daemon ${tmp}/hands_file_over.py process-group=app\n"
        "WSGIScriptAlias /embedded ${tmp}/hands_file_over.py\n"
    );
    allow_log("stopping waits for .*GET /");
    std::vector<Client> clients;
    for (const char* target : {"/big.bin", "/daemon", "/embedded"}) {
        clients.push_back(server.connect({.receive_buffer = 4096}));
        clients.back().get(target);
        EXPECT_EQ(clients.back().read_head().status, 200) << target;
    }
    server.signal(SIGTERM);
    expect_orderly_end(server);
    for (Client& client : clients) {
        EXPECT_LT(client.drain_body(), kSize) << "what the kernel had taken by then";
    }
}

}  // namespace
}  // namespace test
