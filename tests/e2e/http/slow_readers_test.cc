// Clients that ask for much and read nothing: what the server holds for them is bounded, and goes
// back when they have gone.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/support/deadline.h"
#include "tests/support/e2e.h"
#include "tests/support/proc.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

constexpr std::size_t kMib = 1024 * 1024;

std::size_t resident_memory(const Server& server) {
    std::size_t kilobytes = 0;
    for (const pid_t pid : server.workers()) {
        kilobytes +=
            std::strtoul(proc::status_field(pid, "VmRSS").value_or("0").c_str(), nullptr, 10);
    }
    return kilobytes * 1024;
}

class SlowReaders : public E2e {};

TEST_F(SlowReaders, HoldNoMoreThanTheRoomOfAnswersInEmbeddedMode) {
    constexpr std::size_t kSize = 3'000'000;
    write_file(
        tmp() / "large.py",
        fmt::format(
            "BODY = b'd' * {0}\n\n\ndef application(environ, start_response):\n"
            "    start_response('200 OK', [('Content-Length', '{0}')])\n    return [BODY]\n",
            kSize
        )
    );
    Server& server = start(
        "ServerThreads 1\nTimeout 600\n"
        "WSGIScriptAlias /large ${tmp}/large.py\nWSGIScriptAlias / ${apps}/hello.py\n"
    );
    constexpr std::size_t kAtWork = 15;  // threads
    EXPECT_EQ(server.get("/large").body.size(), kSize);
    const std::size_t before = resident_memory(server);
    // 64 MiB and a little each; without a bound 300 MB, and twice that after the second crowd.
    const std::size_t kAllowed = (is_sanitized() ? 400 : 120) * kMib;
    for (int crowd = 0; crowd < 2; ++crowd) {
        std::vector<Client> clients;
        for (int i = 0; i < 100; ++i) {
            clients.push_back(server.connect({.receive_buffer = 4096}));
            clients.back().get("/large");
            ASSERT_TRUE(clients.back().wait_until_taken());
        }
        for (std::size_t i = 0; i < kAtWork; ++i) {
            EXPECT_EQ(clients[i].read_head().status, 200);
        }
        EXPECT_LT(resident_memory(server), before + kAllowed);
        // Each gets its whole answer once it reads.
        for (std::size_t i = 0; i < kAtWork; ++i) {
            EXPECT_EQ(clients[i].drain_body(), kSize);
            EXPECT_TRUE(clients[i].is_body_complete());
        }
        EXPECT_LT(resident_memory(server), before + kAllowed);
        for (Client& client : clients) {
            client.reset();
        }
        EXPECT_EQ(server.get("/").body, "Hello, World!");
    }
}

}  // namespace
}  // namespace test
