// Clients that have shut their sending side down and wait for their answer, or no longer do.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <string>

#include "tests/support/deadline.h"
#include "tests/support/e2e.h"
#include "tests/support/fifo.h"
#include "tests/support/proc.h"

namespace test {
namespace {

ON_BOTH_RINGS(HalfClosed);

// Sockets that its processes hold, also those of which the kernel's tables know nothing any more.
std::ptrdiff_t sockets(const Server& server) {
    std::ptrdiff_t count = 0;
    for (const pid_t pid : server.workers()) {
        count += std::ranges::count_if(proc::descriptors(pid), [](const std::string& target) {
            return target.starts_with("socket:");
        });
    }
    return count;
}

// Long before Timeout, and though nothing more is read from it.
TEST_P(HalfClosed, ClientThatResetsIsNoticed) {
    Fifo tell(tmp() / "tell");
    Fifo gate(tmp() / "gate");
    Server& server = start(
        "ServerThreads 1\nTimeout 300\nKeepAliveTimeout 300\n"
        "WSGIScriptAlias /hello ${apps}/hello.py\n"
        "WSGIScriptAlias / ${apps}/waits_at_gate.py\n"
    );
    // From here on the links to daemon processes are there; and its own connection is counted, as
    // nobody knows when a closed one has gone.
    Client other = server.connect();
    other.get("/hello");
    EXPECT_EQ(other.read_response().status, 200);
    const std::ptrdiff_t before = sockets(server);
    Client client = server.connect();
    client.get("/?tell=" + tell.path() + "&gate=" + gate.path());
    EXPECT_TRUE(tell.take_line().starts_with("begun "));
    client.shut_down_sending();
    // The loop that answers these has met the end of the other's stream before.
    for (int i = 0; i < 2; ++i) {
        other.get("/nowhere/%00");
        EXPECT_EQ(other.read_response().status, 404);
    }
    EXPECT_TRUE(eventually([&] { return sockets(server) == before + 1; }));
    client.reset();
    EXPECT_TRUE(eventually([&] { return sockets(server) <= before; }));
    gate.put(".");
    allow_log("client|abandon");
}

// Whether it has gone would show when something is sent: what every answer begins with is, and
// stands in its answer once.
TEST_P(HalfClosed, ClientThatWaitsHasItsAnswerAsAWhole) {
    Fifo tell(tmp() / "tell");
    Fifo gate(tmp() / "gate");
    Server& server = start(
        "Timeout 300\n"
        "WSGIScriptAlias / ${apps}/waits_at_gate.py\n"
    );
    Client client = server.connect();
    client.get("/?tell=" + tell.path() + "&gate=" + gate.path());
    EXPECT_TRUE(tell.take_line().starts_with("begun "));
    client.shut_down_sending();
    EXPECT_TRUE(eventually([&] { return !client.is_silent(); }));
    gate.put(".");
    const std::string all = client.read_until_close();
    EXPECT_TRUE(all.starts_with("HTTP/1.1 200 OK\r\n")) << all;
    EXPECT_EQ(all.find("HTTP/", 1), std::string::npos) << all;
    EXPECT_TRUE(all.ends_with("\r\n\r\npassed")) << all;
}

}  // namespace
}  // namespace test
