// What an application yields reaches the client before the application goes on (case 132), and half
// an answer is never mistaken for a whole one.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/support/e2e.h"
#include "tests/support/fifo.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

ON_BOTH_RINGS(Streaming);

constexpr const char* kTicks = "WSGIScriptAlias / ${apps}/http/streams_when_told.py\n";

TEST_P(Streaming, DeliversEachPieceBeforeTheNextIsMade) {
    Fifo gate(tmp() / "gate");
    Client client = start(kTicks).connect();
    client.get("/?gate=" + gate.path());
    for (int i = 1; i <= 100; ++i) {
        gate.put(".");
        if (i == 1) {
            EXPECT_EQ(client.read_head().status, 200);
        }
        const std::string tick = fmt::format("tick {}\n", i);
        ASSERT_EQ(client.read_body(tick.size()), tick);
        ASSERT_TRUE(client.is_silent());
    }
    gate.put("#");
    EXPECT_EQ(client.drain_body(), 0U);
    EXPECT_TRUE(client.is_body_complete());
}

TEST_P(Streaming, DeliversEachPieceOfAnAnnouncedLength) {
    Fifo gate(tmp() / "gate");
    Client client = start(kTicks).connect();
    client.get("/?length=14&gate=" + gate.path());
    gate.put(".");
    EXPECT_EQ(client.read_head().header("Content-Length"), "14");
    EXPECT_EQ(client.read_body(7), "tick 1\n");
    gate.put(".");
    EXPECT_EQ(client.read_body(7), "tick 2\n");
    gate.put("#");
    EXPECT_TRUE(client.is_body_complete());
}

TEST_P(Streaming, BreaksTheConnectionWhenTheApplicationRaisesLate) {
    Fifo gate(tmp() / "gate");
    Client client = start(kTicks).connect();
    client.get("/?gate=" + gate.path());
    gate.put(".");
    EXPECT_EQ(client.read_head().status, 200);
    EXPECT_EQ(client.read_body(7), "tick 1\n");
    gate.put("!");
    EXPECT_EQ(client.drain_body(), 0U);
    EXPECT_FALSE(client.is_body_complete());
    expect_traceback("ValueError: told to raise");
}

TEST_P(Streaming, ServesOthersMeanwhile) {
    Fifo gate(tmp() / "gate");
    Server& server = start(
        "WSGIScriptAlias /ticks ${apps}/http/streams_when_told.py\nWSGIScriptAlias / "
        "${apps}/hello.py\n"
    );
    Client client = server.connect();
    client.get("/ticks?gate=" + gate.path());
    for (int i = 0; i < 20; ++i) {
        EXPECT_EQ(server.get("/").body, "Hello, World!");
    }
    gate.put("#");
    EXPECT_EQ(client.read_response().body, "");
}

// The GIL changes hands although nobody waits for anything but Python.
TEST_P(Streaming, ServesOthersWhilePythonIsBusy) {
    Server& server = start(
        "WSGIScriptAlias /burn ${apps}/http/burns_cpu.py\nWSGIScriptAlias / ${apps}/hello.py\n"
    );
    EXPECT_EQ(server.get("/").status, 200);  // loaded before the rush
    Client busy = server.connect();
    busy.get(is_sanitized() ? "/burn?seconds=10" : "/burn?seconds=4");
    ASSERT_TRUE(busy.wait_until_taken());
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(server.get("/").body, "Hello, World!");
    }
    EXPECT_TRUE(busy.is_silent()) << "the short requests were not behind the long one";
    EXPECT_EQ(busy.read_response().status, 200);
}

IN_BOTH_MODES(Threads);

// As many requests at once as the group has threads; one more waits and is served.
TEST_P(Threads, ServeAsManyRequestsAtOnceAsConfigured) {
    in_daemon("threads=3");
    Server& server = start("WSGIScriptAlias / ${apps}/waits_at_gate.py\n");
    Fifo tell(tmp() / "tell");
    Fifo gate(tmp() / "gate");
    std::vector<Client> clients;
    for (int i = 0; i < 4; ++i) {
        clients.push_back(server.connect());
        clients.back().get("/?tell=" + tell.path() + "&gate=" + gate.path());
    }
    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(tell.take_line().starts_with("begun "));
    }
    EXPECT_TRUE(!is_daemon() || tell.is_empty()) << "no fourth thread";
    gate.put("....");
    for (Client& client : clients) {
        EXPECT_EQ(client.read_response().body, "passed");
    }
}

}  // namespace
}  // namespace test
