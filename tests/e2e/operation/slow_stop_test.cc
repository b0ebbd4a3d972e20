// What could hold up a stop: it has a deadline, and the log says what it is.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <optional>
#include <string>

#include "tests/support/deadline.h"
#include "tests/support/e2e.h"
#include "tests/support/fifo.h"
#include "tests/support/proc.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// Running requests may take 30 s; nothing else takes as long.
constexpr auto kSoon = 20s;

class SlowStop : public E2e {
protected:
    // The application loads, from its second start on, until the test puts a byte into the gate.
    Server& start_slow() {
        write_file(
            tmp() / "loads.py",
            substitute("import os\n"
                       "if os.path.exists('${tmp}/gate'):\n"
                       "    print('loading in', os.getpid(), flush=True)\n"
                       "    open('${tmp}/gate', 'rb', buffering=0).read(1)\n"
                       "def application(environ, start_response):\n"
                       "    start_response('200 OK', [])\n"
                       "    return [b'pid=%d\\n' % os.getpid()]\n")
        );
        return start(
            "WSGIDaemonProcess app\nWSGIApplicationGroup %{GLOBAL}\n"
            "WSGIScriptAlias /daemon ${tmp}/loads.py process-group=app "
            "application-group=%{GLOBAL}\n"
            "WSGIScriptAlias /embedded ${tmp}/loads.py process-group=%{GLOBAL} "
            "application-group=%{GLOBAL}\n"
        );
    }
    // Replaces who answers `target`, and returns when the new process has begun to load.
    void begin_loading(const Server& server, const std::string& target) {
        const auto pid = std::stoi(entries_of(server.get(target).body)["pid"]);
        // What is imported early has been by now, in both modes: the gate is for the next process
        // alone.
        EXPECT_EQ(server.get("/daemon").status, 200);
        EXPECT_EQ(server.get("/embedded").status, 200);
        gate_.emplace(tmp() / "gate");
        allow_log("was killed by signal 9");
        ::kill(pid, SIGKILL);
        wait_for_log("loading in [0-9]+");
    }
    static std::chrono::milliseconds stop_and_measure(Server& server) {
        const auto begin = Clock::now();
        server.signal(SIGTERM);
        EXPECT_TRUE(eventually([&] { return server.has_exited(); }, 2 * kPatience));
        EXPECT_EQ(server.wait_for_exit(), 0);
        return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin);
    }

    std::optional<Fifo> gate_;
};

TEST_F(SlowStop, DoesNotComeFromADaemonThatIsNotReady) {
    Server& server = start_slow();
    begin_loading(server, "/daemon");
    Client waiting = server.connect();
    waiting.get("/daemon");
    EXPECT_TRUE(waiting.wait_until_taken());
    EXPECT_LT(stop_and_measure(server), kSoon);
    EXPECT_EQ(waiting.read_response().status, 503);
}

TEST_F(SlowStop, DoesNotComeFromAServerProcessThatImports) {
    Server& server = start_slow();
    begin_loading(server, "/embedded");
    EXPECT_LT(stop_and_measure(server), kSoon);
    expect_log("server process 0 .*its own deadline.* while serving import of ");
}

TEST_F(SlowStop, LetsADaemonBecomeReadyForTheRequestThatWaits) {
    Server& server = start_slow();
    begin_loading(server, "/daemon");
    Client waiting = server.connect();
    waiting.get("/daemon");
    EXPECT_TRUE(waiting.wait_until_taken());
    server.signal(SIGTERM);
    EXPECT_TRUE(eventually([&] { return Client::is_refused(server.address()); }));
    gate_->put(".");
    EXPECT_EQ(waiting.read_response().status, 200);
    EXPECT_EQ(server.wait_for_exit(), 0);
}

TEST_F(SlowStop, DoesNotComeFromAProcessThatSomebodyHasStopped) {
    allow_log(R"(was stopped by signal 19; it goes on$)");
    for (const char* target : {"/daemon", "/embedded"}) {
        Server& server = start_slow();
        ::kill(std::stoi(entries_of(server.get(target).body)["pid"]), SIGSTOP);
        EXPECT_LT(stop_and_measure(server), kSoon) << target;
    }
}

TEST_F(SlowStop, DoesNotComeFromAThreadThatNeverEnds) {
    write_file(
        tmp() / "has_thread.py",
        "import threading\n"
        "threading.Thread(target=threading.Event().wait).start()\n"
        "def application(environ, start_response):\n"
        "    start_response('200 OK', [])\n"
        "    return [b'well']\n"
    );
    for (const char* group : {"app", "%{GLOBAL}"}) {
        Server& server = start(fmt::format(
            "WSGIDaemonProcess app\nWSGIApplicationGroup %{{GLOBAL}}\n"
            "WSGIScriptAlias / ${{tmp}}/has_thread.py process-group={}\n",
            group
        ));
        EXPECT_EQ(server.get("/").body, "well");
        allow_log("was killed by signal 14");
        EXPECT_LT(stop_and_measure(server), kSoon) << group;
    }
}

TEST_F(SlowStop, IsExplained) {
    Fifo tell(tmp() / "tell");
    const Fifo gate(tmp() / "gate");
    Server& server = start(
        "WSGIDaemonProcess app threads=1\nWSGIScriptAlias /daemon ${apps}/waits_at_gate.py "
        "process-group=app\nWSGIScriptAlias /embedded ${apps}/waits_at_gate.py\n"
    );
    const std::string query = "?tell=" + tell.path() + "&gate=" + gate.path();
    Client daemon = server.connect();
    Client embedded = server.connect();
    daemon.get("/daemon" + query);
    EXPECT_TRUE(tell.take_line().starts_with("begun "));
    embedded.get("/embedded" + query);
    EXPECT_TRUE(tell.take_line().starts_with("begun "));
    server.signal(SIGTERM);
    wait_for_log(
        "stopping waits for process 0 of group 'app' \\(pid [0-9]+\\), which serves "
        "GET /daemon.*\\(thread 1, [0-9]+ ms\\)"
    );
    wait_for_log("stopping waits for server process 0 .*, which serves GET /embedded");
    gate.put("..");
    EXPECT_EQ(daemon.read_response().body, "passed");
    EXPECT_EQ(embedded.read_response().body, "passed");
    EXPECT_EQ(server.wait_for_exit(), 0);
}

// What no thread of Python's has yet only the event loop knows.
TEST_F(SlowStop, IsExplainedWhereARequestWaitsForItsBody) {
    Server& server = start("WSGIScriptAlias / ${apps}/hello.py\n");
    Client client = server.connect();
    constexpr std::size_t kBody = 250'000;
    client.send(fmt::format("POST /form HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n", kBody));
    EXPECT_TRUE(client.wait_until_taken());
    server.signal(SIGTERM);
    allow_log("stopping waits for POST /form");
    // It gets on: a client that did not would be left alone soon.
    std::size_t sent = 0;
    EXPECT_TRUE(eventually([&] {
        const std::string piece(20, 'b');
        client.send(piece);
        sent += piece.size();
        return any_line_matches(log(), "stopping waits for POST /form, which waits for its body");
    }));
    client.send(std::string(kBody - sent, 'b'));
    EXPECT_EQ(client.read_response().status, 200);
    EXPECT_EQ(server.wait_for_exit(), 0);
}

}  // namespace
}  // namespace test
