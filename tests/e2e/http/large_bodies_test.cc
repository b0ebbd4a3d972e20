// Bodies larger than memory should ever hold: both directions stream. 1 GiB where nothing slows the
// program down, 64 MiB under sanitizers; HOOPSNAKE_TEST_BIG=1 asks for 1 GiB there too.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <thread>

#include "tests/support/deadline.h"
#include "tests/support/e2e.h"
#include "tests/support/proc.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

constexpr std::uint64_t kMebibyte = 1024 * 1024;

std::uint64_t large() {
    const bool is_big = std::getenv("HOOPSNAKE_TEST_BIG") != nullptr || !is_sanitized();
    return (is_big ? 1024 : 64) * kMebibyte;
}

// Sends `count` bytes of value 'b'.
bool send_bytes(Client& client, std::uint64_t count) {
    const std::string block(kMebibyte, 'b');
    while (count > 0) {
        const std::uint64_t size = std::min<std::uint64_t>(count, block.size());
        if (!client.try_send(std::string_view(block).substr(0, size))) {
            return false;
        }
        count -= size;
    }
    return true;
}

// How far the resident memory of each process of a server rises while it lives.
class MemoryWatch {
public:
    explicit MemoryWatch(const Server& server) {
        for (const pid_t pid : server.workers()) {
            proc::reset_peak_memory(pid);
            before_[pid] = proc::peak_memory(pid);
        }
    }
    void expect_constant() const {
        // AddressSanitizer keeps 256 MiB of what has been freed.
        const std::size_t kAllowed = (is_sanitized() ? 320 : 48) * kMebibyte;
        for (const auto& [pid, before] : before_) {
            EXPECT_LT(proc::peak_memory(pid), before + kAllowed) << proc::command_line(pid);
        }
    }

private:
    std::map<pid_t, std::size_t> before_;
};

ON_BOTH_RINGS(LargeBody);

TEST_P(LargeBody, IsUploadedInConstantMemory) {
    Server& server = start("WSGIScriptAlias / ${apps}/digests_body.py\n");
    EXPECT_EQ(server.get("/?size").body, "0");
    const MemoryWatch memory(server);
    Client client = server.connect();
    client.send(
        fmt::format("POST /?size HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n", large())
    );
    EXPECT_TRUE(send_bytes(client, large()));
    EXPECT_EQ(client.read_response().body, std::to_string(large()));
    memory.expect_constant();
}

TEST_P(LargeBody, IsDownloadedInConstantMemory) {
    Server& server = start("WSGIScriptAlias / ${apps}/downloads.py\n");
    EXPECT_EQ(server.get("/?bytes=1").body, "d");
    const MemoryWatch memory(server);
    for (const char* more : {"&length", ""}) {
        Client client = server.connect();
        const std::uint64_t size = *more == '\0' ? large() / 8 : large();
        client.get(fmt::format("/?bytes={}{}", size, more));
        EXPECT_EQ(client.read_head().status, 200);
        EXPECT_EQ(client.drain_body(), size);
        EXPECT_TRUE(client.is_body_complete());
    }
    memory.expect_constant();
}

// One piece that is larger than all buffers.
TEST_P(LargeBody, MayBeOnePiece) {
    Client client = start("WSGIScriptAlias / ${apps}/downloads.py\n").connect();
    client.get("/?bytes=33554432&piece=33554432&length");
    EXPECT_EQ(client.read_head().status, 200);
    EXPECT_EQ(client.drain_body(), 33554432U);
    EXPECT_TRUE(client.is_body_complete());
}

// A client that takes its time: the application waits, and memory does not grow.
TEST_P(LargeBody, WaitsForASlowReader) {
    Server& server =
        start("WSGIScriptAlias /down ${apps}/downloads.py\nWSGIScriptAlias / ${apps}/hello.py\n");
    const MemoryWatch memory(server);
    Client client = server.connect({.receive_buffer = 4096});
    client.get(fmt::format("/down?bytes={}&length", 64 * kMebibyte));
    EXPECT_EQ(client.read_head().status, 200);
    for (int i = 0; i < 20; ++i) {
        EXPECT_EQ(client.read_body(1000).size(), 1000U);
        EXPECT_EQ(server.get("/").body, "Hello, World!");
    }
    memory.expect_constant();
    client.reset();
}

// Full duplex: each piece goes back while the next one comes; nobody ever waits for the other to be
// done.
TEST_P(LargeBody, IsEchoedWhileItIsUploaded) {
    const std::uint64_t size = (is_sanitized() ? 8 : 64) * kMebibyte;
    for (const char* options :
         {"threads=4 send-buffer-size=512 receive-buffer-size=512",
          "threads=4 send-buffer-size=8388608 receive-buffer-size=8388608"}) {
        in_daemon(options);
        Server& server = start("WSGIScriptAlias / ${apps}/http/echoes_while_reading.py\n");
        const MemoryWatch memory(server);
        Client client = server.connect();
        client.send(fmt::format("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n", size));
        std::thread sender([&] { EXPECT_TRUE(send_bytes(client, size)); });
        EXPECT_EQ(client.read_head().status, 200);
        bool is_same = true;
        const std::uint64_t received = client.drain_body([&](std::string_view piece) {
            is_same = is_same && piece.find_first_not_of('b') == std::string_view::npos;
        });
        sender.join();
        EXPECT_EQ(received, size);
        EXPECT_TRUE(is_same);
        EXPECT_TRUE(client.is_body_complete());
        memory.expect_constant();
        if (!is_daemon()) {
            break;  // there are no such buffers in embedded mode
        }
    }
}

TEST_P(LargeBody, TravelBesideEachOther) {
    constexpr std::uint64_t kSize = 32 * kMebibyte;
    in_daemon("threads=4 send-buffer-size=512 receive-buffer-size=512");
    Server& server = start(
        "WSGIScriptAlias /up ${apps}/digests_body.py\nWSGIScriptAlias /down ${apps}/downloads.py\n"
    );
    Client up = server.connect();
    Client down = server.connect();
    std::thread uploader([&] {
        up.send(
            fmt::format("POST /up?size HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n", kSize)
        );
        EXPECT_TRUE(send_bytes(up, kSize));
    });
    down.get(fmt::format("/down?bytes={}", kSize));
    EXPECT_EQ(down.read_head().status, 200);
    EXPECT_EQ(down.drain_body(), kSize);
    EXPECT_TRUE(down.is_body_complete());
    uploader.join();
    EXPECT_EQ(up.read_response().body, std::to_string(kSize));
}

// LimitRequestBody's default is 1 GiB (case 88).
TEST_P(LargeBody, BeyondTheLimitIsRefusedBeforeItComes) {
    Client client = start("WSGIScriptAlias / ${apps}/http/reads_nothing.py\n").connect();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1073741825\r\n\r\n");
    EXPECT_EQ(client.read_response().status, 413);
    EXPECT_TRUE(client.is_closed_by_peer());
}

TEST_P(LargeBody, IsTheSameBytesAtTheOtherEnd) {
    Client client = start("WSGIScriptAlias / ${apps}/digests_body.py\n").connect();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3145728\r\n\r\n");
    EXPECT_TRUE(send_bytes(client, 3145728));
    EXPECT_EQ(
        client.read_response().body,
        "3145728 6cac27e0f30e108ff9b437cf8d89933fbc66fff163267719cb005f3684c27f11"
    );
}

}  // namespace
}  // namespace test
