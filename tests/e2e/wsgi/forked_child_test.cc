// Children that an application forks. They are copies of a server, and have no part in what it
// does: not in its requests, its sockets, its logs or its signals. What applications do with
// children goes on working.
#include <gtest/gtest.h>

#include <csignal>

#include "tests/support/deadline.h"
#include "tests/support/e2e.h"
#include "tests/support/fifo.h"
#include "tests/support/proc.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

constexpr const char* kCameBack = "which the application has forked, came back into the server";

class ForkedChild : public OnLane {
protected:
    void SetUp() override {
        OnLane::SetUp();
        in_daemon("threads=1");
        if (is_sanitized()) {  // which takes it for a mistake that a child starts threads
            environment_["TSAN_OPTIONS"] = "die_after_fork=0";
        }
    }
    Server& start_forking(const std::string& group = "%{GLOBAL}") {
        return start(
            "ThreadsPerChild 1\nWSGIScriptAlias /echo ${apps}/echoes_body.py application-group=" +
            group + "\nWSGIScriptAlias / ${apps}/wsgi/forks.py application-group=" + group + "\n"
        );
    }
    static std::string pid_of(const Server& server) { return server.get("/pid").body; }
    // "parent 17" → 17
    static pid_t number_in(const std::string& body) {
        return std::stoi(body.substr(body.rfind(' ') + 1));
    }
};
INSTANTIATE_TEST_SUITE_P(, ForkedChild, testing::ValuesIn(both_modes()), name_of);

// One process and one thread: if the child went on, it would take the next request, or its answer
// would be the next client's.
TEST_P(ForkedChild, LeavesWhenItComesBackFromTheCall) {
    const Server& server = start_forking();
    const std::string pid = pid_of(server);
    expect_log(kCameBack);
    allow_log(kCameBack);
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(server.get("/returns").body, "parent 1");
        Client client = server.connect();
        client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nown");
        EXPECT_EQ(client.read_response().body, "own");
    }
    EXPECT_EQ(pid_of(server), pid);
}

TEST_P(ForkedChild, LeavesWhenItRaises) {
    const Server& server = start_forking();
    expect_traceback("ValueError: raised in the child");
    allow_log(kCameBack);
    EXPECT_EQ(server.get("/raises").body, "parent 1");
}

TEST_P(ForkedChild, LeavesWithTheCodeThatItAskedFor) {
    const Server& server = start_forking();
    allow_log(kCameBack);
    EXPECT_EQ(server.get("/exits").body, "parent 7");
}

TEST_P(ForkedChild, LeavesInTheMiddleOfAnAnswer) {
    const Server& server = start_forking();
    allow_log(kCameBack);
    const Response response = server.get("/yields");
    EXPECT_TRUE(response.is_complete);
    EXPECT_EQ(response.body, "begin parent 1");
}

TEST_P(ForkedChild, LeavesAtTheEndOfAThreadOfTheApplication) {
    if (sanitizer() == "thread") {
        GTEST_SKIP() << "ThreadSanitizer does not support a thread that ends after such a fork";
    }
    const Server& server = start_forking();
    EXPECT_EQ(server.get("/in_thread").body, "parent 0");
}

TEST_P(ForkedChild, CannotUseTheRequest) {
    const Server& server = start_forking();
    EXPECT_EQ(server.get("/uses_request").body, "parent 2");
}

// SIGTERM is the child's: its parent goes on, and so do all requests in it.
TEST_P(ForkedChild, IsTerminatedWithoutItsParent) {
    const Server& server = start_forking();
    const std::string pid = pid_of(server);
    for (const char* const how : {"fork", "forkserver", "spawn"}) {
        EXPECT_EQ(server.get(std::string("/terminates?how=") + how).body, "parent -15") << how;
        EXPECT_EQ(server.get(std::string("/pool?how=") + how).body, "parent 6") << how;
        EXPECT_EQ(pid_of(server), pid);
    }
}

TEST_P(ForkedChild, MayBecomeAnotherProgram) {
    const Server& server = start_forking();
    EXPECT_EQ(server.get("/runs_program").body, "parent 5");
}

TEST_P(ForkedChild, MayBecomeAHelperThatOutlivesTheServer) {
    Fifo note(tmp() / "note");
    const Fifo gate(tmp() / "gate");
    Server& server = start_forking();
    EXPECT_EQ(
        server.get("/daemonises?note=" + note.path() + "&gate=" + gate.path()).body, "parent 0"
    );
    const pid_t helper = std::stoi(note.take_line());
    server.stop();
    EXPECT_TRUE(proc::is_running(helper));
    EXPECT_TRUE(Client::is_refused(server.address()));
    gate.put("x");
    EXPECT_EQ(note.take_line(), "done");
}

// It has no listening socket, no connection, no link and no log of the server.
TEST_P(ForkedChild, HasNoDescriptorOfTheServer) {
    Server& server = start_forking();
    Client connected = server.connect();
    connected.get("/pid");
    EXPECT_EQ(connected.read_response().status, 200);
    const pid_t child = number_in(server.get("/stays").body);
    // The child may not have begun to run when its parent answers.
    std::string found;
    EXPECT_TRUE(eventually([&] {
        found.clear();
        for (const std::string& target : proc::descriptors(child)) {
            if (target.starts_with("socket:") || target.starts_with("anon_inode:") ||
                target.ends_with("/error.log") || target.find("memfd:") != std::string::npos) {
                found += target + " ";
            }
        }
        return found.empty();
    })) << found;
    server.stop();
    EXPECT_TRUE(proc::is_running(child));
    EXPECT_TRUE(Client::is_refused(server.address()));
    ::kill(child, SIGTERM);
    EXPECT_TRUE(eventually([child] { return !proc::is_running(child); }));
}

// A child closes what it does not know, and opens files of its own under those numbers.
TEST_P(ForkedChild, WritesNothingOfOursIntoItsOwnFiles) {
    const Server& server = start_forking();
    allow_log("the child speaks");
    EXPECT_EQ(server.get("/logs?file=" + tmp().path() + "/own").body, "parent 0");
    EXPECT_EQ(read_file(tmp() / "own"), "own");
    EXPECT_TRUE(eventually([this] { return any_line_matches(log(), "the child speaks"); }));
}

// os.system() and close_fds=False close nothing.
TEST_P(ForkedChild, HandsNoDescriptorsOfTheServerToProgramsThatItStarts) {
    EXPECT_EQ(start_forking().get("/inherits").body, "parent 0");
}

// CPython up to now hangs in such a child, where it takes a lock twice to delete the others.
TEST_P(ForkedChild, MayBeOfTheMainInterpreterWhereThereAreOthers) {
    const Server& server = start(
        "WSGIScriptAlias /sub ${apps}/hello.py application-group=sub\n"
        "WSGIScriptAlias / ${apps}/wsgi/forks.py application-group=%{GLOBAL}\n"
    );
    EXPECT_EQ(server.get("/sub").status, 200);
    EXPECT_EQ(server.get("/pool?how=fork").body, "parent 6");
    EXPECT_EQ(server.get("/exits").body, "parent 7");
    EXPECT_EQ(server.get("/sub").status, 200);
    allow_log(kCameBack);
}

TEST_P(ForkedChild, OfASubInterpreterIsOneSentence) {
    const Server& server = start_forking("sub");
    allow_log("WSGIApplicationGroup %\\{GLOBAL\\}");
    EXPECT_EQ(server.get("/returns").body, "parent 1");
    EXPECT_TRUE(eventually([this] {
        return any_line_matches(
            log(),
            "A process is forked in the sub-interpreter 'sub'.*WSGIApplicationGroup %\\{GLOBAL\\}"
        );
    })) << log();
    EXPECT_FALSE(any_line_matches(log(), "Fatal Python error")) << log();
    EXPECT_EQ(server.get("/runs_program").body, "parent 5");
}

}  // namespace
}  // namespace test
