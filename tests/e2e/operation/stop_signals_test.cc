// Signals as they come in life: from a terminal, from timeout(1), from a service manager, which all
// reach several processes at once or one of them twice; to one process; and those that mean
// nothing.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>

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

constexpr char kCtrlC = '\x03';

// One request that runs, in a daemon process, and one whose head is not complete yet.
class StopSignals : public E2e {
protected:
    void SetUp() override {
        E2e::SetUp();
        tell_.emplace(tmp() / "tell");
        gate_.emplace(tmp() / "gate");
    }

    Server& start_group(const ServerOptions& options = {}) {
        return start(
            "WSGIDaemonProcess app threads=4\nWSGIProcessGroup app\n"
            "WSGIScriptAlias /wait ${apps}/waits_at_gate.py\n"
            "WSGIScriptAlias /who ${apps}/shows_process.py\n"
            "WSGIScriptAlias /embedded ${apps}/shows_process.py process-group=%{GLOBAL}\n",
            options
        );
    }
    void begin_requests(const Server& server) {
        running_.emplace(server.connect());
        running_->get("/wait?tell=" + tell_->path() + "&gate=" + gate_->path());
        EXPECT_TRUE(tell_->take_line().starts_with("begun "));
        late_.emplace(server.connect());
        late_->send("GET /who HTTP/1.1\r\nHo");
        // The server has seen it once it answers somebody who came after it.
        EXPECT_EQ(server.get("/who").status, 200);
    }
    // Both are answered, though the server stops.
    void expect_no_loss(Server& server) {
        EXPECT_TRUE(eventually([&] { return Client::is_refused(server.address()); }));
        late_->send("st: a\r\n\r\n");
        EXPECT_EQ(late_->read_response().status, 200) << "its head came a little late";
        EXPECT_FALSE(server.has_exited());
        gate_->put(".");
        EXPECT_EQ(running_->read_response().body, "passed");
        late_->close();
        running_->close();
    }
    static std::string pid_of(const Server& server, const std::string& target) {
        return entries_of(server.get(target).body)["pid"];
    }

    std::optional<Fifo> tell_;
    std::optional<Fifo> gate_;
    std::optional<Client> running_;
    std::optional<Client> late_;
};

// It signals its child, and then its whole group, which the child belongs to.
TEST_F(StopSignals, OfTimeoutLoseNoRequest) {
    ServerOptions options;
    options.wrapper = {"timeout", "600"};
    Server& server = start_group(options);
    begin_requests(server);
    server.signal(SIGTERM);
    expect_no_loss(server);
    EXPECT_TRUE(eventually([&] { return server.has_exited(); }));
}

TEST_F(StopSignals, OfATerminalLoseNoRequest) {
    ServerOptions options;
    options.wrapper = {"/bin/sh", "-c", "\"$@\"; :", "sh"};
    options.is_on_terminal = true;
    Server& server = start_group(options);
    begin_requests(server);
    server.press(kCtrlC);
    expect_no_loss(server);
    EXPECT_TRUE(eventually([&] { return server.has_exited(); }));
}

TEST_F(StopSignals, OfATerminalLoseNoRequestOfServe) {
    ServerOptions options;
    options.wrapper = {"/bin/sh", "-c", "\"$@\"; :", "sh"};
    options.is_on_terminal = true;
    for (const bool is_daemon : {false, true}) {
        std::vector<std::string> arguments = {"serve", "${apps}/waits_at_gate.py", "--port", "0"};
        if (is_daemon) {
            arguments.insert(arguments.end(), {"--processes", "1"});
        }
        Server& server = serve(arguments, options);
        Client client = server.connect();
        client.get("/?tell=" + tell_->path() + "&gate=" + gate_->path());
        EXPECT_TRUE(tell_->take_line().starts_with("begun "));
        server.press(kCtrlC);
        EXPECT_TRUE(eventually([&] { return Client::is_refused(server.address()); }));
        gate_->put(".");
        EXPECT_EQ(client.read_response().body, "passed");
        EXPECT_TRUE(eventually([&] { return server.has_exited(); }));
    }
}

// systemd's default signals every process of a service, in whatever order.
TEST_F(StopSignals, ToAllProcessesAtOnceLoseNoRequest) {
    for (const bool are_children_first : {true, false}) {
        Server& server = start_group();
        begin_requests(server);
        std::vector<pid_t> all = server.workers();
        EXPECT_EQ(all.size(), 3U);  // with the one that writes the logs
        all.insert(are_children_first ? all.end() : all.begin(), server.pid());
        for (const pid_t pid : all) {
            ::kill(pid, SIGTERM);
        }
        expect_no_loss(server);
        EXPECT_EQ(server.wait_for_exit(), 0);
    }
}

TEST_F(StopSignals, TwoInARowAreOne) {
    Server& server = start_group();
    begin_requests(server);
    server.signal(SIGTERM);
    server.signal(SIGINT);
    server.signal(SIGTERM);
    expect_no_loss(server);
    EXPECT_EQ(server.wait_for_exit(), 0);
}

// As mod_wsgi's documentation has it, of a daemon process; the same of a server process.
TEST_F(StopSignals, ToOneProcessReplaceItOnceItsRequestsHaveEnded) {
    Server& server = start_group();
    begin_requests(server);
    const std::string daemon = pid_of(server, "/who");
    const std::string embedded = pid_of(server, "/embedded");
    ::kill(std::stoi(daemon), SIGTERM);
    wait_for_log("Shutdown requested for daemon process 'app'");
    gate_->put(".");
    EXPECT_EQ(running_->read_response().body, "passed");
    EXPECT_TRUE(eventually([&] { return pid_of(server, "/who") != daemon; }));
    EXPECT_EQ(pid_of(server, "/embedded"), embedded);
    late_->close();
    running_->close();
    ::kill(std::stoi(embedded), SIGINT);
    EXPECT_TRUE(eventually([&] {
        const std::string pid = pid_of(server, "/embedded");
        return !pid.empty() && pid != embedded;
    }));
    EXPECT_FALSE(server.has_exited());
}

// What an application does to load its changed code again.
TEST_F(StopSignals, OfAnApplicationToItselfReplaceItsProcess) {
    write_file(
        tmp() / "reloads.py",
        "import os, signal\n"
        "def application(environ, start_response):\n"
        "    if environ['PATH_INFO'] == '/reload':\n"
        "        os.kill(os.getpid(), signal.SIGINT)\n"
        "    start_response('200 OK', [])\n"
        "    return [b'pid=%d\\n' % os.getpid()]\n"
    );
    Server& server =
        start("WSGIDaemonProcess app\nWSGIProcessGroup app\nWSGIScriptAlias / ${tmp}/reloads.py\n");
    const Response first = server.get("/reload");
    EXPECT_EQ(first.status, 200);
    EXPECT_TRUE(eventually([&] {
        const Response response = server.get("/");
        EXPECT_EQ(response.status, 200);
        return response.body != first.body;
    }));
}

// A child that the application has forked has inherited the handlers.
TEST_F(StopSignals, ToAChildOfAnApplicationAreTheChildsAlone) {
    write_file(
        tmp() / "terminates_child.py",
        "import multiprocessing, os, threading\n"
        "def application(environ, start_response):\n"
        "    child = multiprocessing.get_context('fork').Process(target=threading.Event().wait)\n"
        "    child.start()\n"
        "    child.terminate()\n"
        "    child.join()\n"
        "    start_response('200 OK', [])\n"
        "    return [b'pid=%d\\nchild=%d\\n' % (os.getpid(), child.exitcode)]\n"
    );
    Server& server = start(
        "WSGIDaemonProcess app\nWSGIApplicationGroup %{GLOBAL}\n"
        "WSGIScriptAlias /daemon ${tmp}/terminates_child.py process-group=app\n"
        "WSGIScriptAlias /embedded ${tmp}/terminates_child.py\n"
    );
    for (const char* target : {"/daemon", "/embedded"}) {
        auto first = entries_of(server.get(target).body);
        auto second = entries_of(server.get(target).body);
        EXPECT_EQ(first["child"], std::to_string(-SIGTERM)) << target;
        EXPECT_EQ(first["pid"], second["pid"]) << target;
    }
    server.stop();
    EXPECT_EQ(log().find("is told to stop"), std::string::npos);
}

TEST_F(StopSignals, AreTheOnlyOnesThatDoAnything) {
    Server& server = start_group();
    const std::string daemon = pid_of(server, "/who");
    const std::string embedded = pid_of(server, "/embedded");
    const std::vector<std::string> processes = {std::to_string(server.pid()), daemon, embedded};
    for (const int number :
         {SIGHUP,
          SIGUSR1,
          SIGUSR2,
          SIGQUIT,
          SIGALRM,
          SIGVTALRM,
          SIGPROF,
          SIGIO,
          SIGPWR,
          SIGXCPU,
          SIGXFSZ,
          SIGPIPE,
          SIGWINCH,
          SIGRTMIN + 1,
          SIGRTMAX}) {
        for (const std::string& pid : processes) {
            ::kill(std::stoi(pid), number);
        }
    }
    for (const std::string& pid : processes) {
        for (const char* name : {"HUP", "USR1", "USR2", "QUIT", "ALRM"}) {
            wait_for_log(fmt::format("pid {}:.*SIG{} does nothing here: ", pid, name));
        }
    }
    EXPECT_EQ(pid_of(server, "/who"), daemon);
    EXPECT_EQ(pid_of(server, "/embedded"), embedded);
    EXPECT_FALSE(server.has_exited());
    server.stop();
}

}  // namespace
}  // namespace test
