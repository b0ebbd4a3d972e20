// What a crowd has made the server keep goes back when it has gone, and has a bound as a sum.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <deque>
#include <string>

#include "tests/support/deadline.h"
#include "tests/support/e2e.h"
#include "tests/support/fifo.h"
#include "tests/support/proc.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

constexpr std::size_t kMegabyte = 1U << 20U;

IN_BOTH_MODES(ReturnedMemory);

TEST_P(ReturnedMemory, OfACrowdWithLargeAnswers) {
    if (is_sanitized()) {
        GTEST_SKIP() << "another allocator, which keeps what is freed";
    }
    in_daemon("threads=15");
    write_file(
        tmp() / "large.py",
        "def application(environ, start_response):\n"
        "    start_response('200 OK', [('Content-Length', '1048576')])\n"
        "    return [b'x' * 1048576]\n"
    );
    Server& server = start("ServerThreads 2\nWSGIScriptAlias / ${tmp}/large.py\n");
    constexpr int kClients = 64;
    const auto crowd = [&server] {
        std::deque<Client> clients;
        for (int i = 0; i < kClients; ++i) {
            clients.push_back(server.connect());
            clients.back().get("/");
        }
        for (Client& client : clients) {
            EXPECT_EQ(client.read_response().body.size(), kMegabyte);
        }
    };
    EXPECT_EQ(server.get("/").body.size(), kMegabyte);
    const std::size_t before = proc::resident_memory(server.workers());
    for (int i = 0; i < 3; ++i) {
        crowd();
    }
    // Threads that have come since have their stacks, and Python what it likes to keep.
    constexpr std::size_t kOfThreads = 20 * kMegabyte;
    EXPECT_TRUE(eventually([&] {
        return proc::resident_memory(server.workers()) < before + kOfThreads;
    })) << before / kMegabyte
        << " MiB before, " << proc::resident_memory(server.workers()) / kMegabyte << " after";
    EXPECT_EQ(server.get("/").body.size(), kMegabyte);
}

TEST_P(ReturnedMemory, OfVeryLargeAnswersByEachThread) {
    if (is_sanitized()) {
        GTEST_SKIP() << "another allocator, which keeps what is freed";
    }
    constexpr int kThreads = 8;
    constexpr std::size_t kSize = 20 * kMegabyte;
    // Each begins when all have come, so that each has a thread of its own.
    write_file(
        tmp() / "large.py",
        fmt::format(
            "import threading\n"
            "together = threading.Barrier({})\n"
            "def application(environ, start_response):\n"
            "    if environ['PATH_INFO'] == '/together':\n"
            "        together.wait()\n"
            "    start_response('200 OK', [])\n"
            "    return [b'x' * int(environ['QUERY_STRING'])]\n",
            kThreads
        )
    );
    in_daemon(fmt::format("threads={}", kThreads));
    Server& server = start(fmt::format(
        "ServerThreads 1\nThreadsPerChild {}\nWSGIScriptAlias / ${{tmp}}/large.py\n", kThreads
    ));
    const auto round = [&server](std::size_t size) {
        std::deque<Client> clients;
        for (int i = 0; i < kThreads; ++i) {
            clients.push_back(server.connect());
            clients.back().get(fmt::format("/together?{}", size));
        }
        for (Client& client : clients) {
            EXPECT_EQ(client.read_response().body.size(), size);
        }
    };
    round(1);
    const std::size_t before = proc::resident_memory(server.workers());
    round(kSize);
    round(kSize);  // by now the allocator has seen how large such objects are
    constexpr std::size_t kKept = 40 * kMegabyte;
    EXPECT_TRUE(eventually([&] { return proc::resident_memory(server.workers()) < before + kKept; })
    ) << before / kMegabyte
      << " MiB before, " << proc::resident_memory(server.workers()) / kMegabyte << " after";
}

ON_BOTH_RINGS(PipelinedSum);

TEST_P(PipelinedSum, IsBounded) {
    if (is_sanitized()) {
        GTEST_SKIP() << "shadow memory is no measure";
    }
    constexpr int kClients = 1000;
    constexpr int kRequests = 8;  // of 8 KiB: what one client may have waiting
    proc::allow_descriptors(kClients + 200);
    Fifo tell(tmp() / "tell");
    Fifo gate(tmp() / "gate");
    in_daemon("threads=1");
    Server& server = start(
        "ServerThreads 1\nThreadsPerChild 1\nWSGIScriptAlias /gate ${apps}/waits_at_gate.py\n"
        "WSGIScriptAlias / ${apps}/hello.py\n"
    );
    Client first = server.connect();
    first.get("/gate?tell=" + tell.path() + "&gate=" + gate.path());
    EXPECT_TRUE(tell.take_line().starts_with("begun "));
    std::deque<Client> clients;
    for (int i = 0; i < kClients; ++i) {
        clients.push_back(server.connect());
        clients.back().get("/");  // waits behind the first
    }
    ASSERT_TRUE(clients.back().wait_until_taken());
    EXPECT_EQ(server.get("/nowhere/%00").status, 404);  // and what was taken has been understood
    const std::size_t before = proc::resident_memory(server.workers());
    const std::string more =
        "GET / HTTP/1.1\r\nHost: a\r\nX: " + repeat("x", 8100) + "\r\nY: y\r\n\r\n";
    for (Client& client : clients) {
        client.send(repeat(more, kRequests));
    }
    EXPECT_EQ(server.get("/nowhere/%00").status, 404);  // what came before it has been read
    // 16 MiB for all, where each alone may have 64 KiB, and what the loops had been given before
    // anybody could know.
    const std::size_t kept = proc::resident_memory(server.workers()) - before;
    EXPECT_LT(kept, 32 * kMegabyte);
    gate.put(".");
    EXPECT_EQ(first.read_response().body, "passed");
    for (Client& client : clients) {
        for (int i = 0; i <= kRequests; ++i) {
            ASSERT_EQ(client.read_response().body, "Hello, World!");
        }
    }
}

}  // namespace
}  // namespace test
