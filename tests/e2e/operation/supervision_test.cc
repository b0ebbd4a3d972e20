// Processes die and are replaced; the others do not notice, and the log says what happened.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <csignal>

#include "tests/support/deadline.h"
#include "tests/support/e2e.h"
#include "tests/support/fifo.h"
#include "tests/support/proc.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

class Death : public E2e {
protected:
    // One daemon group that dies, one that lives, and embedded mode.
    Server& start_three() {
        return start(
            "WSGIDaemonProcess frail threads=4\nWSGIDaemonProcess sturdy\n"
            "WSGIScriptAlias /kill ${apps}/kills_itself.py process-group=frail\n"
            "WSGIScriptAlias /wait ${apps}/waits_at_gate.py process-group=frail\n"
            "WSGIScriptAlias /frail ${apps}/shows_process.py process-group=frail\n"
            "WSGIScriptAlias /sturdy ${apps}/shows_process.py process-group=sturdy\n"
            "WSGIScriptAlias /embedded ${apps}/shows_process.py\n"
        );
    }
    static pid_t pid_of(const Server& server, const std::string& target) {
        const auto facts = entries_of(server.get(target).body);
        const auto pid = facts.find("pid");
        return pid == facts.end() ? -1 : std::stoi(pid->second);
    }
    // Waits until somebody else than `old` answers.
    static void expect_replaced(const Server& server, const std::string& target, pid_t old) {
        EXPECT_TRUE(eventually([&] {
            const pid_t pid = pid_of(server, target);
            return pid > 0 && pid != old;
        }));
        EXPECT_FALSE(proc::is_running(old));
    }
};

// Case 133.
TEST_F(Death, OfADaemonIsA502AndANewProcess) {
    Server& server = start_three();
    const pid_t frail = pid_of(server, "/frail");
    const pid_t sturdy = pid_of(server, "/sturdy");
    const pid_t embedded = pid_of(server, "/embedded");
    const Response response = server.get("/kill?9");
    EXPECT_EQ(response.status, 502);
    EXPECT_TRUE(response.is_complete);
    expect_replaced(server, "/frail", frail);
    EXPECT_EQ(pid_of(server, "/sturdy"), sturdy);
    EXPECT_EQ(pid_of(server, "/embedded"), embedded);
    // Which process, which group, which signal, and which request.
    expect_log(
        fmt::format("{}.*frail.*(signal 9|SIGKILL)|frail.*{}.*(signal 9|SIGKILL)", frail, frail)
    );
    expect_log("GET /kill");
    allow_log("frail");
}

TEST_F(Death, AfterTheFirstByteBreaksTheConnection) {
    Server& server = start_three();
    const pid_t frail = pid_of(server, "/frail");
    const Response response = server.get("/kill?9&late");
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, "part1");
    EXPECT_FALSE(response.is_complete);
    expect_replaced(server, "/frail", frail);
    expect_log("frail.*(signal 9|SIGKILL)");
    allow_log("frail");
}

TEST_F(Death, BySegmentationFaultIsNamed) {
    environment_["ASAN_OPTIONS"] = "handle_segv=0:detect_leaks=0";
    environment_["TSAN_OPTIONS"] = "handle_segv=0";
    Server& server = start_three();
    const pid_t frail = pid_of(server, "/frail");
    EXPECT_EQ(server.get(fmt::format("/kill?{}", SIGSEGV)).status, 502);
    expect_replaced(server, "/frail", frail);
    expect_log("frail.*(signal 11|SIGSEGV)");
    allow_log("frail");
}

TEST_F(Death, FromOutsideTakesTheRequestsInsideAlong) {
    Server& server = start_three();
    Fifo tell(tmp() / "tell");
    Fifo gate(tmp() / "gate");
    std::vector<Client> clients;
    for (int i = 0; i < 3; ++i) {
        clients.push_back(server.connect());
        clients.back().get("/wait?tell=" + tell.path() + "&gate=" + gate.path());
    }
    pid_t pid = -1;
    for (int i = 0; i < 3; ++i) {
        pid = std::stoi(tell.take_line().substr(std::string("begun ").size()));
    }
    const pid_t sturdy = pid_of(server, "/sturdy");
    ::kill(pid, SIGKILL);
    for (Client& client : clients) {
        EXPECT_EQ(client.read_response().status, 502);
        client.get("/sturdy");
        EXPECT_EQ(client.read_response().status, 200) << "the connection lives on";
    }
    expect_replaced(server, "/frail", pid);
    EXPECT_EQ(pid_of(server, "/sturdy"), sturdy);
    expect_log("frail.*(signal 9|SIGKILL)");
    allow_log("frail");
}

TEST_F(Death, OfAnIdleDaemonLosesNoRequest) {
    Server& server = start_three();
    for (int i = 0; i < 3; ++i) {
        const pid_t frail = pid_of(server, "/frail");
        ::kill(frail, SIGKILL);
        expect_replaced(server, "/frail", frail);
    }
    expect_log("frail.*(signal 9|SIGKILL)");
    allow_log("frail");
}

TEST_F(Death, ByExitCodeIsNamed) {
    write_file(
        tmp() / "leaves.py",
        "import os\ndef application(environ, start_response):\n    os._exit(7)\n"
    );
    Server& server =
        start("WSGIDaemonProcess frail\nWSGIScriptAlias / ${tmp}/leaves.py process-group=frail\n");
    EXPECT_EQ(server.get("/").status, 502);
    wait_for_log("frail.*(code|status) 7");
    allow_log("frail");
}

TEST_F(Death, OfAServerProcessIsSurvived) {
    Server& server = start_three();
    const pid_t embedded = pid_of(server, "/embedded");
    const pid_t frail = pid_of(server, "/frail");
    Client idle = server.connect();
    idle.get("/embedded");
    EXPECT_EQ(idle.read_response().status, 200);
    ::kill(embedded, SIGKILL);
    EXPECT_EQ(idle.read_until_close(), "");
    expect_replaced(server, "/embedded", embedded);
    EXPECT_EQ(pid_of(server, "/frail"), frail) << "the daemons outlive the server process";
    expect_log(fmt::format("{}.*(signal 9|SIGKILL)", embedded));
}

TEST_F(Death, OfAServerProcessWithARequestInADaemon) {
    Server& server = start_three();
    Fifo tell(tmp() / "tell");
    Fifo gate(tmp() / "gate");
    const pid_t embedded = pid_of(server, "/embedded");
    Client client = server.connect();
    client.get("/wait?tell=" + tell.path() + "&gate=" + gate.path());
    const pid_t frail = std::stoi(tell.take_line().substr(std::string("begun ").size()));
    ::kill(embedded, SIGKILL);
    EXPECT_EQ(client.read_until_close(), "");
    gate.put(".");
    expect_replaced(server, "/embedded", embedded);
    EXPECT_EQ(pid_of(server, "/frail"), frail);
    expect_log(fmt::format("{}.*(signal 9|SIGKILL)", embedded));
    allow_log("client");
}

// Nothing outlives the supervisor, not even when it has no time to say so; the fixture looks for
// orphans.
TEST_F(Death, OfTheSupervisorTakesAllAlong) {
    Server& server = start_three();
    EXPECT_GT(pid_of(server, "/frail"), 0);
    EXPECT_GT(pid_of(server, "/embedded"), 0);
    server.signal(SIGKILL);
    EXPECT_EQ(server.wait_for_exit(), -1);
}

// Case 153: a group that cannot start is a 503 at once and a clear line; the rest goes on.
TEST_F(Death, AtStartIsA503) {
    Server& server = start(
        "WSGIDaemonProcess broken python-home=${tmp}/no-such-python\n"
        "WSGIScriptAlias /broken ${apps}/hello.py process-group=broken\nWSGIScriptAlias / "
        "${apps}/hello.py\n"
    );
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(server.get("/broken").status, 503);
        EXPECT_EQ(server.get("/").body, "Hello, World!");
    }
    expect_log("broken.*no-such-python|no-such-python.*broken");
    allow_log("broken");
    allow_log("Python|python|encodings|frozen");
}

TEST_F(Death, AtStartIsNotRepeatedWithoutPause) {
    Server& server = start(
        "WSGIDaemonProcess broken python-home=${tmp}/no-such-python\n"
        "WSGIScriptAlias /broken ${apps}/hello.py process-group=broken\nWSGIScriptAlias / "
        "${apps}/hello.py\n"
    );
    wait_for_log("no-such-python");
    for (int i = 0; i < 200; ++i) {
        EXPECT_EQ(server.get("/").status, 200);
    }
    server.stop();
    EXPECT_LE(count_of(log(), "no-such-python"), 10U) << "starts back off";
    allow_log("broken");
    allow_log("Python|python|encodings|frozen");
}

TEST_F(Death, SoonAfterTheStartIsNotRepeatedWithoutPause) {
    Server& server = start(
        "WSGIDaemonProcess frail\nWSGIScriptAlias /well ${apps}/hello.py\n"
        "WSGIScriptAlias / ${apps}/kills_itself.py process-group=frail\n"
    );
    allow_log("frail");
    // Each process has been ready when it hears its request, and ends of it.
    for (const int pause : {250, 500, 1000}) {
        EXPECT_TRUE(eventually([&] {
            EXPECT_GE(server.get("/?9").status, 502);
            return any_line_matches(
                log(),
                fmt::format(
                    "frail' has ended soon after its start; the next attempt follows in {} ms",
                    pause
                )
            );
        })) << pause;
        EXPECT_EQ(server.get("/well").status, 200);
    }
}

TEST_F(Death, OfAHomeThatIsNotThere) {
    Server& server = start(
        "WSGIDaemonProcess broken home=${tmp}/no-such-home\n"
        "WSGIScriptAlias /broken ${apps}/hello.py process-group=broken\nWSGIScriptAlias / "
        "${apps}/hello.py\n"
    );
    EXPECT_EQ(server.get("/broken").status, 503);
    EXPECT_EQ(server.get("/").body, "Hello, World!");
    expect_log("no-such-home.*No such file|No such file.*no-such-home");
    allow_log("broken");
}

}  // namespace
}  // namespace test
