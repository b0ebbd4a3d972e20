// A request that a daemon process answers, through the orders in which client, process and clock
// can end it. The loop is real; the test is its clients and its daemon processes.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/resource.h>

#include <functional>

#include "tests/unit/server/loops/loop_under_test.h"

namespace test {
namespace {

using ipc::FrameType;

constexpr const char* kOneGroup =
    "Timeout 1\n"
    "WSGIDaemonProcess app\n"
    "WSGIScriptAlias / " HOOPSNAKE_SOURCE_DIR
    "/tests/apps/hello.py process-group=app\n"
    "ErrorDocument 503 busy\n";
constexpr const char* kGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

class DaemonStream : public testing::Test {
protected:
    // A client has asked, and the daemon process has heard it.
    base::Fd ask(ipc::Channel& daemon, std::uint32_t number = 0, const char* request = kGet) {
        base::Fd client = loop_.connect();
        LoopUnderTest::write(client, request);
        const auto head = loop_.hear(daemon);
        EXPECT_TRUE(head && head->type == FrameType::kHead && head->stream == number);
        return client;
    }
    void expect_abort(ipc::Channel& daemon, std::uint32_t number = 0) {
        const auto abort = loop_.hear(daemon);
        ASSERT_TRUE(abort.has_value());
        EXPECT_EQ(abort->type, FrameType::kAbort);
        EXPECT_EQ(abort->stream, number);
        EXPECT_TRUE(abort->is_last);
    }
    // Another request is answered, whatever has happened before.
    void expect_service(ipc::Channel& daemon, std::uint32_t number) {
        const base::Fd client = ask(daemon, number);
        answer(daemon, number);
        EXPECT_TRUE(loop_.read_until(client, "Hello").starts_with("HTTP/1.1 200 "));
        EXPECT_TRUE(loop_.becomes_idle());
    }
    static void answer(ipc::Channel& daemon, std::uint32_t number) {
        LoopUnderTest::say_head(daemon, number, 5);
        LoopUnderTest::say(daemon, FrameType::kBody, number, "Hello");
        LoopUnderTest::say(daemon, FrameType::kEnd, number);
    }

    LoopUnderTest loop_{kOneGroup};
};

TEST_F(DaemonStream, AnswersAndIsUsedAgain) {
    ipc::Channel& daemon = loop_.add_daemon();
    for (int i = 0; i < 3; ++i) {
        expect_service(daemon, 0);
    }
}

// How far the daemon process has come when something happens.
struct Step {
    const char* name;
    std::function<void(ipc::Channel&)> say;
};
const std::vector<Step>& steps() {
    static const std::vector<Step> all = {
        {"nothing", [](ipc::Channel&) {}},
        {"head", [](ipc::Channel& daemon) { LoopUnderTest::say_head(daemon, 0, 5); }},
        {"part",
         [](ipc::Channel& daemon) {
             LoopUnderTest::say_head(daemon, 0, 5);
             LoopUnderTest::say(daemon, FrameType::kBody, 0, "He");
         }},
    };
    return all;
}

// What it goes on to say, not knowing yet; the last of each is its last word.
const std::vector<Step>& last_words() {
    static const std::vector<Step> all = {
        {"end", [](ipc::Channel& daemon) { LoopUnderTest::say(daemon, FrameType::kEnd, 0); }},
        {"abort",
         [](ipc::Channel& daemon) {
             std::string reason;
             ipc::encode_abort({500, "the client has closed the connection"}, reason);
             LoopUnderTest::say(daemon, FrameType::kAbort, 0, reason);
         }},
        {"bytes and end",
         [](ipc::Channel& daemon) {
             LoopUnderTest::say(daemon, FrameType::kBody, 0, "llo");
             LoopUnderTest::say(daemon, FrameType::kEnd, 0);
         }},
        {"the head of a file, the file and the end",
         [](ipc::Channel& daemon) {
             daemon.outbox().frame(FrameType::kHead, 0, ipc::kWithFile, {});
             std::string piece;
             ipc::encode_file_piece({0, 3}, piece);
             std::vector<base::Fd> files;
             files.emplace_back(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
             daemon.outbox().frame_with(FrameType::kDescriptor, 0, std::move(files), piece);
             EXPECT_TRUE(daemon.flush_all());
             LoopUnderTest::say(daemon, FrameType::kEnd, 0);
         }},
    };
    return all;
}

// A head comes once, and before anything else.
bool may_follow(const Step& step, const Step& last) {
    const std::string_view words = last.name;
    const bool has_head = step.name != std::string_view("nothing");
    return has_head ? !words.starts_with("the head") : !words.starts_with("bytes");
}

TEST_F(DaemonStream, IsFreeAtOnceWhenItsClientResets) {
    ipc::Channel& daemon = loop_.add_daemon();
    for (const Step& step : steps()) {
        for (const Step& last : last_words()) {
            if (!may_follow(step, last)) {
                continue;
            }
            SCOPED_TRACE(fmt::format("after {}, then {}", step.name, last.name));
            base::Fd client = ask(daemon);
            step.say(daemon);
            loop_.turn();
            LoopUnderTest::reset(client);
            EXPECT_TRUE(loop_.becomes_idle()) << "the process has not answered, and need not";
            expect_abort(daemon);
            expect_service(daemon, 1);  // number 0 is the process's until its last word
            last.say(daemon);
            loop_.turn();
            loop_.turn();
            expect_service(daemon, 0);
            EXPECT_EQ(loop_.links_lost(), 0);
        }
    }
}

// Nothing is received from who has sent enough: that he has gone is noticed all the same.
TEST_F(DaemonStream, IsFreeAtOnceWhenAClientResetsOfWhomNothingIsReceived) {
    ipc::Channel& daemon = loop_.add_daemon();
    LoopUnderTest::say(daemon, FrameType::kReady, 0);
    base::Fd pipelining = ask(daemon);
    std::string many;
    while (many.size() < 10'000) {
        many += kGet;
    }
    for (int i = 0; i < 10; ++i) {
        LoopUnderTest::write(pipelining, many);
        loop_.turn();
        loop_.turn();
    }
    LoopUnderTest::reset(pipelining);
    EXPECT_TRUE(loop_.becomes_idle());
    expect_abort(daemon);
}

// RFC 9112 section 9.6: who has shut down sending may still read.
TEST_F(DaemonStream, AnswersAClientThatSendsNothingMore) {
    ipc::Channel& daemon = loop_.add_daemon();
    for (const Step& step : steps()) {
        SCOPED_TRACE(step.name);
        const base::Fd client = ask(daemon);
        step.say(daemon);
        ::shutdown(client.get(), SHUT_WR);
        loop_.turn();
        loop_.turn();
        if (step.name == std::string("nothing")) {
            LoopUnderTest::say_head(daemon, 0, 5);
        }
        LoopUnderTest::say(
            daemon, FrameType::kBody, 0, step.name == std::string("part") ? "llo" : "Hello"
        );
        LoopUnderTest::say(daemon, FrameType::kEnd, 0);
        EXPECT_TRUE(loop_.read_until(client, "Hello").starts_with("HTTP/1.1 200 "));
        EXPECT_TRUE(loop_.becomes_idle());
    }
}

TEST_F(DaemonStream, IsA504WhenNothingIsSaidForTimeout) {
    ipc::Channel& daemon = loop_.add_daemon();
    const auto before = std::chrono::steady_clock::now();
    const base::Fd client = ask(daemon);
    EXPECT_TRUE(loop_.read_until(client, "</html>\n").starts_with("HTTP/1.1 504 "));
    EXPECT_GE(std::chrono::steady_clock::now() - before, std::chrono::seconds(1));
    expect_abort(daemon);
    EXPECT_TRUE(loop_.becomes_idle());
    expect_service(daemon, 1);
    answer(daemon, 0);  // late: nobody hears it
    loop_.turn();
    loop_.turn();
    expect_service(daemon, 0);
}

// Its body is held back until somebody asks for it (RFC 9110 section 10.1.1), which nobody does.
TEST_F(DaemonStream, IsA504WhateverTheClientExpects) {
    ipc::Channel& daemon = loop_.add_daemon();
    const base::Fd client = ask(
        daemon, 0, "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"
    );
    EXPECT_TRUE(loop_.read_until(client, "</html>\n").starts_with("HTTP/1.1 504 "));
    expect_abort(daemon);
}

TEST_F(DaemonStream, IsBrokenOffWhenNothingMoreIsSaidForTimeout) {
    ipc::Channel& daemon = loop_.add_daemon();
    const base::Fd client = ask(daemon);
    LoopUnderTest::say_head(daemon, 0, 5);
    LoopUnderTest::say(daemon, FrameType::kBody, 0, "He");
    EXPECT_TRUE(loop_.read_until(client, "").ends_with("\r\n\r\nHe")) << "closed without an end";
    expect_abort(daemon);
    EXPECT_TRUE(loop_.becomes_idle());
}

TEST_F(DaemonStream, HasTimeoutAnewWithEachThingThatIsSaid) {
    ipc::Channel& daemon = loop_.add_daemon();
    const base::Fd client = ask(daemon);
    LoopUnderTest::say_head(daemon, 0, 5);
    for (const char* const piece : {"H", "e", "l", "l", "o"}) {
        const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(600);
        EXPECT_TRUE(loop_.turn_until([&] { return std::chrono::steady_clock::now() >= until; }));
        LoopUnderTest::say(daemon, FrameType::kBody, 0, piece);
    }
    LoopUnderTest::say(daemon, FrameType::kEnd, 0);
    EXPECT_TRUE(loop_.read_until(client, "Hello").starts_with("HTTP/1.1 200 "));
}

TEST_F(DaemonStream, IsA504WhenNoProcessComesForTimeout) {
    const base::Fd client = loop_.connect();
    LoopUnderTest::write(client, kGet);
    EXPECT_TRUE(loop_.read_until(client, "</html>\n").starts_with("HTTP/1.1 504 "));
    EXPECT_TRUE(loop_.becomes_idle());
    expect_service(loop_.add_daemon(), 0);
}

TEST_F(DaemonStream, IsForgottenWhenItsClientResetsBeforeAProcessIsThere) {
    base::Fd client = loop_.connect();
    LoopUnderTest::write(client, kGet);
    loop_.turn();
    loop_.turn();
    LoopUnderTest::reset(client);
    EXPECT_TRUE(loop_.becomes_idle());
    expect_service(loop_.add_daemon(), 0);
}

// The process dies: who has seen nothing gets 502, who has seen something sees a broken connection,
// and who has gone before is no trouble.
TEST_F(DaemonStream, EndsWithItsProcess) {
    int lost = 0;
    for (const Step& step : steps()) {
        for (const bool is_client_gone : {false, true}) {
            SCOPED_TRACE(fmt::format("after {}, client gone: {}", step.name, is_client_gone));
            ipc::Channel& daemon = loop_.add_daemon();
            LoopUnderTest::say(daemon, FrameType::kReady, 0);
            base::Fd client = ask(daemon);
            step.say(daemon);
            loop_.turn();
            if (is_client_gone) {
                LoopUnderTest::reset(client);
                EXPECT_TRUE(loop_.becomes_idle());
            }
            daemon.close();
            ++lost;
            EXPECT_TRUE(loop_.turn_until([&] { return loop_.links_lost() == lost; }));
            if (!is_client_gone) {
                const bool has_head = step.name != std::string("nothing");
                const std::string answer = loop_.read_until(client, has_head ? "" : "</html>\n");
                EXPECT_TRUE(answer.starts_with(has_head ? "HTTP/1.1 200 " : "HTTP/1.1 502 "));
            }
            EXPECT_TRUE(loop_.becomes_idle());
        }
    }
}

// The supervisor starts nobody while the server stops: who waits for a process waits in vain.
TEST_F(DaemonStream, IsA503WhenTheServerStopsAndThereIsNoProcess) {
    const base::Fd waiting = loop_.connect();
    LoopUnderTest::write(waiting, kGet);
    base::Fd gone = loop_.connect();
    LoopUnderTest::write(gone, kGet);
    ::shutdown(gone.get(), SHUT_WR);  // as of one that has closed: nobody can tell
    loop_.turn();
    loop_.turn();
    loop_->drain();
    EXPECT_TRUE(loop_.read_until(waiting, "busy").starts_with("HTTP/1.1 503 "));
    EXPECT_TRUE(loop_.becomes_idle()) << "Timeout is longer than a stop may take";
}

TEST_F(DaemonStream, IsA503WhenTheServerStopsAndTheLastProcessEnds) {
    ipc::Channel& daemon = loop_.add_daemon();
    const base::Fd served = ask(daemon);
    LoopUnderTest::say(daemon, FrameType::kStop, 0);
    loop_.turn();
    const base::Fd waiting = loop_.connect();
    LoopUnderTest::write(waiting, kGet);
    loop_.turn();
    loop_->drain();
    EXPECT_TRUE(loop_.read_until(waiting, "busy").starts_with("HTTP/1.1 503 "));
    answer(daemon, 0);
    EXPECT_TRUE(loop_.read_until(served, "Hello").starts_with("HTTP/1.1 200 "));
    EXPECT_TRUE(loop_.becomes_idle());
}

// The process does not answer: what it gets is bounded, and whoever comes then is told so.
TEST_F(DaemonStream, IsA503WhenTheGroupHasItsShare) {
    rlimit before{};
    ::getrlimit(RLIMIT_NOFILE, &before);
    rlimit few = before;
    few.rlim_cur = 128;  // (128 - 32) / 2 = 48 requests
    ::setrlimit(RLIMIT_NOFILE, &few);
    LoopUnderTest loop(kOneGroup);
    ::setrlimit(RLIMIT_NOFILE, &before);
    loop.add_daemon();
    // All are one sender, who has half of it at a time.
    for (int round = 0; round < 2; ++round) {
        std::vector<base::Fd> clients;
        for (int i = 0; i < 24; ++i) {
            clients.push_back(loop.connect());
            LoopUnderTest::write(clients.back(), kGet);
            loop.turn();
            loop.turn();
        }
        const base::Fd one_more = loop.connect();
        LoopUnderTest::write(one_more, kGet);
        EXPECT_TRUE(loop.read_until(one_more, "busy").starts_with("HTTP/1.1 503 "));
        for (base::Fd& client : clients) {
            LoopUnderTest::reset(client);
        }
        EXPECT_TRUE(loop.becomes_idle());
    }
    // The process still has those: it hangs, and gets no more.
    const base::Fd another = loop.connect();
    LoopUnderTest::write(another, kGet);
    EXPECT_TRUE(loop.read_until(another, "busy").starts_with("HTTP/1.1 503 "));
}

TEST_F(DaemonStream, IsA503WhenTheGroupHasItsShareOfBytes) {
    ipc::Channel& daemon = loop_.add_daemon();
    const std::string large = "GET / HTTP/1.1\r\nHost: a\r\n" + [] {
        std::string fields;
        for (int i = 0; i < 7; ++i) {
            fields += fmt::format("X-Large-{}: {}\r\n", i, std::string(8000, 'x'));
        }
        return fields;
    }() + "\r\n";
    std::vector<base::Fd> clients;
    std::string answer;
    for (int i = 0; i < 2000 && answer.empty(); ++i) {
        clients.push_back(loop_.connect());
        LoopUnderTest::write(clients.back(), large);
        loop_.turn();
        loop_.turn();
        char bytes[512];
        const ssize_t count =
            ::recv(clients.back().get(), bytes, sizeof bytes, MSG_DONTWAIT | MSG_PEEK);
        answer.assign(bytes, static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    }
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 503 ")) << clients.size();
    EXPECT_LT(clients.size(), 1300U) << "64 MiB are fewer than these heads";
    EXPECT_TRUE(daemon.is_open());
}

}  // namespace
}  // namespace test
