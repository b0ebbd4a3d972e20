// SIGTERM and SIGINT: no new connections, running requests finish, exit 0. A second one, a second
// later, is immediate.
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>

#include "tests/support/deadline.h"
#include "tests/support/e2e.h"
#include "tests/support/fifo.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

ON_BOTH_RINGS(Drain);

TEST_P(Drain, LetsRunningRequestsFinish) {
    for (const int number : {SIGTERM, SIGINT}) {
        Server& server = start("WSGIScriptAlias / ${apps}/waits_at_gate.py\n");
        Fifo tell(tmp() / "tell");
        Fifo gate(tmp() / "gate");
        Client running = server.connect();
        running.get("/?tell=" + tell.path() + "&gate=" + gate.path());
        EXPECT_TRUE(tell.take_line().starts_with("begun "));
        server.signal(number);
        EXPECT_TRUE(eventually([&] { return Client::is_refused(server.address()); }));
        EXPECT_FALSE(server.has_exited());
        gate.put(".");
        const Response response = running.read_response();
        EXPECT_EQ(response.body, "passed");
        EXPECT_EQ(response.header("Connection"), "close");
        EXPECT_TRUE(running.is_closed_by_peer());
        EXPECT_EQ(server.wait_for_exit(), 0);
    }
}

TEST_P(Drain, LetsARunningUploadFinish) {
    Server& server =
        start("RequestReadTimeout body=0\nWSGIScriptAlias / ${apps}/reads_after_answering.py\n");
    Client client = server.connect();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n");
    EXPECT_EQ(client.read_head().status, 200);
    server.signal(SIGTERM);
    EXPECT_TRUE(eventually([&] { return Client::is_refused(server.address()); }));
    client.send(std::string(1000, 'x'));
    EXPECT_EQ(client.read_body(100), "first 1000");
    EXPECT_TRUE(client.is_body_complete());
    EXPECT_EQ(server.wait_for_exit(), 0);
}

// Also one that the application has not been asked about yet.
TEST_P(Drain, LetsAnUploadFinishThatIsReadAhead) {
    Server& server = start("WSGIScriptAlias / ${apps}/echoes_body.py\n");
    EXPECT_EQ(server.get("/").status, 200);
    Client client = server.connect();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe");
    ASSERT_TRUE(client.wait_until_taken());
    server.signal(SIGTERM);
    EXPECT_TRUE(eventually([&] { return Client::is_refused(server.address()); }));
    client.send("llo");
    EXPECT_EQ(client.read_response().body, "hello");
    EXPECT_EQ(server.wait_for_exit(), 0);
}

TEST_P(Drain, ClosesIdleConnectionsAtOnce) {
    Server& server = start("KeepAliveTimeout 600\nWSGIScriptAlias / ${apps}/hello.py\n");
    Client never = server.connect();
    Client idle = server.connect();
    idle.get("/");
    EXPECT_EQ(idle.read_response().body, "Hello, World!");
    server.signal(SIGTERM);
    EXPECT_TRUE(idle.is_closed_by_peer());
    EXPECT_TRUE(never.is_closed_by_peer());
    EXPECT_EQ(server.wait_for_exit(), 0);
}

TEST_P(Drain, IsCutShortByASecondSignal) {
    Server& server = start("WSGIScriptAlias / ${apps}/waits_at_gate.py\n");
    Fifo tell(tmp() / "tell");
    Fifo gate(tmp() / "gate");
    Client running = server.connect();
    running.get("/?tell=" + tell.path() + "&gate=" + gate.path());
    EXPECT_TRUE(tell.take_line().starts_with("begun "));
    server.signal(SIGTERM);
    EXPECT_TRUE(eventually([&] { return Client::is_refused(server.address()); }));
    // One that comes a second later counts as the second.
    EXPECT_TRUE(eventually([&] {
        server.signal(SIGTERM);
        return server.has_exited();
    }));
    EXPECT_EQ(running.read_until_close().find("passed"), std::string::npos);
    allow_log("signal|request|process");
}

TEST_P(Drain, RunsPythonsExitHandlers) {
    write_file(
        tmp() / "leaves_a_note.py",
        "import atexit\n"
        "def application(environ, start_response):\n"
        "    path = environ['QUERY_STRING']\n"
        "    atexit.register(lambda: open(path, 'w').write('left'))\n"
        "    start_response('200 OK', [])\n"
        "    return [b'noted']\n"
    );
    Server& server =
        start("WSGIApplicationGroup %{GLOBAL}\nWSGIScriptAlias / ${tmp}/leaves_a_note.py\n");
    EXPECT_EQ(server.get("/?" + (tmp() / "note")).body, "noted");
    server.stop();
    EXPECT_EQ(read_file(tmp() / "note"), "left");
}

class PidFile : public E2e {};

TEST_F(PidFile, OfARunningServerIsNobodyElses) {
    const std::string config = "PidFile ${tmp}/hoopsnake.pid\nWSGIScriptAlias / ${apps}/hello.py\n";
    Server& server = start(config);
    const std::string pid = std::to_string(server.pid());
    const Outcome second = start_expecting_error("Listen 127.0.0.1:0\n" + prelude_ + config);
    EXPECT_NE(second.err.find("(pid " + pid + ") already running"), std::string::npos)
        << second.err;
    EXPECT_EQ(read_file(tmp() / "hoopsnake.pid"), pid + "\n");
    EXPECT_EQ(server.get("/").status, 200);
}

TEST_F(PidFile, OfAProcessThatHasGoneIsTaken) {
    // A number that some other process has by now.
    write_file(tmp() / "hoopsnake.pid", std::to_string(::getpid()) + "\n");
    Server& server = start("PidFile ${tmp}/hoopsnake.pid\nWSGIScriptAlias / ${apps}/hello.py\n");
    EXPECT_EQ(read_file(tmp() / "hoopsnake.pid"), std::to_string(server.pid()) + "\n");
}

TEST_F(PidFile, OfAnotherIsNotRemoved) {
    Server& server = start("PidFile ${tmp}/hoopsnake.pid\nWSGIScriptAlias / ${apps}/hello.py\n");
    ASSERT_EQ(::unlink((tmp() / "hoopsnake.pid").c_str()), 0);
    write_file(tmp() / "hoopsnake.pid", "1\n");
    server.stop();
    EXPECT_EQ(read_file(tmp() / "hoopsnake.pid"), "1\n");
}

TEST_F(PidFile, ThatIsNoFileIsLeftAlone) {
    start("PidFile /dev/null\nWSGIScriptAlias / ${apps}/hello.py\n").stop();
    EXPECT_EQ(::access("/dev/null", W_OK), 0);
}

TEST_F(PidFile, HoldsTheSupervisorWhileItLives) {
    Server& server = start("PidFile ${tmp}/hoopsnake.pid\nWSGIScriptAlias / ${apps}/hello.py\n");
    EXPECT_EQ(read_file(tmp() / "hoopsnake.pid"), std::to_string(server.pid()) + "\n");
    server.stop();
    EXPECT_NE(::access((tmp() / "hoopsnake.pid").c_str(), F_OK), 0);
}

}  // namespace
}  // namespace test
