// Descriptors of the server that an application in its process closes, or leaves none free of.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/deadline.h"
#include "tests/support/e2e.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

using testing::HasSubstr;

constexpr const char* kMount =
    "ServerThreads 1\n"
    "WSGIScriptAlias / ${apps}/hostile/attacks_its_process.py\n";
constexpr const char* kEnd =
    R"(server process 0 \(pid \d+\) ended with exit code 109, because an application in it had )"
    R"(closed or replaced descriptors of the server)";

ON_BOTH_RINGS(ClosedDescriptors);

// What it hears with has become somebody else's: nothing would ever wake it again.
TEST_P(ClosedDescriptors, WhoseNumbersAreTakenEndTheProcess) {
    if (is_daemon()) {
        GTEST_SKIP() << "a daemon process serves nobody else";
    }
    Server& server = start(kMount);
    allow_log("has ended soon");
    Client client = server.connect();
    client.get("/?take");
    wait_for_log(kEnd);
    EXPECT_TRUE(eventually([&] { return !Client::is_refused(server.address()); }));
    EXPECT_EQ(server.get("/?say=x").status, 200);
    allow_log("x$");
}

// What leads to the supervisor and to daemon processes is nowhere, or at its end: nobody has told
// the process to stop.
TEST_P(ClosedDescriptors, InWhosePlaceThereIsNothingEndTheProcess) {
    if (is_daemon()) {
        GTEST_SKIP() << "a daemon process serves nobody else";
    }
    Server& server = start(kMount);
    allow_log("has ended soon");
    Client client = server.connect();
    client.get("/?nowhere");
    wait_for_log(kEnd);
    EXPECT_TRUE(eventually([&] { return !Client::is_refused(server.address()); }));
    EXPECT_EQ(server.get("/").status, 200);
}

TEST_P(ClosedDescriptors, ThatAreShutDownEndTheProcess) {
    if (is_daemon()) {
        GTEST_SKIP() << "a daemon process serves nobody else";
    }
    Server& server = start(kMount);
    allow_log("has ended soon");
    Client client = server.connect();
    client.get("/?shut_down_links");
    wait_for_log(kEnd);
    EXPECT_TRUE(eventually([&] { return !Client::is_refused(server.address()); }));
    EXPECT_EQ(server.get("/").status, 200);
}

// A thread that is to be woken by then must not write into what has the number.
TEST_P(ClosedDescriptors, OfWakeUpsAreNeverWrittenTo) {
    if (is_daemon()) {
        GTEST_SKIP() << "a daemon process serves nobody else";
    }
    Server& server = start(kMount);
    allow_log("has ended soon");
    Client client = server.connect();
    client.get("/?bells");
    wait_for_log(kEnd);
    EXPECT_THAT(log(), testing::Not(HasSubstr("stranger")));
}

// Two clients would have one connection: the answer for the first would go to the second.
TEST_P(ClosedDescriptors, OfAClientAreNotAnothersConnection) {
    if (is_daemon()) {
        GTEST_SKIP() << "a daemon process has none";
    }
    Server& server = start(kMount);
    allow_log("has ended soon");
    Client first = server.connect();
    first.get("/?close_connection=" + (tmp() / "go"));
    EXPECT_TRUE(eventually([&] { return std::filesystem::exists(tmp() / "go.closed"); }));
    Client second = server.connect();
    write_file(tmp() / "go", "");
    wait_for_log(kEnd);
    second.shut_down_sending();  // the next process may have it
    EXPECT_EQ(second.read_until_close(), "");
}

// By a system call of its own, so that nobody could refuse it.
TEST_P(ClosedDescriptors, OfAClientInWhosePlaceSomethingElseIsAreFound) {
    if (is_daemon()) {
        GTEST_SKIP() << "a daemon process has none";
    }
    Server& server = start(kMount);
    allow_log("has ended soon");
    Client victim = server.connect();
    victim.get("/?say=x");
    EXPECT_EQ(victim.read_response().status, 200);
    Client client = server.connect();
    client.get("/?replace_connections");
    wait_for_log(kEnd);
    EXPECT_EQ(victim.read_until_close(), "");
    allow_log("x$");
}

IN_BOTH_MODES(KeptDescriptors);

// An application that closes what is not its own, as one that closes twice does, is told what it
// would be told without a server in its process; and nobody loses anything by it.
TEST_P(KeptDescriptors, AreLeftAloneByWhatTheLibraryCloses) {
    Server& server = start(kMount);
    Client other = server.connect();
    other.get("/?say=first");
    EXPECT_EQ(other.read_response().status, 200);
    const std::vector<pid_t> workers = server.workers();
    EXPECT_EQ(
        server.get("/?close_as_libraries").body,
        "['Bad file descriptor / Device or resource busy / Device or resource busy']"
    );
    other.get("/?say=second");
    EXPECT_EQ(other.read_response().body, "done");
    EXPECT_EQ(server.get("/?say=third").body, "done");
    EXPECT_EQ(server.workers(), workers) << "a process has been replaced";
    expect_log("first$");
    expect_log("second$");
    expect_log("third$");
}

IN_BOTH_MODES(TakenDescriptors);

// No file could be sent, and nothing imported, for ever.
TEST_P(TakenDescriptors, AreFreeAgainInAnotherProcess) {
    if (is_daemon()) {
        GTEST_SKIP() << "a daemon process sends no files";
    }
    write_file(tmp() / "file.txt", "content");
    ServerOptions few;
    few.descriptor_limit = 256;
    Server& server = start(
        "Alias /file.txt ${tmp}/file.txt\n"
        "<Directory ${tmp}>\nRequire all granted\n</Directory>\n" +
            std::string(kMount),
        few
    );
    allow_log("has ended soon|too many open files|Too many open files");
    EXPECT_EQ(server.get("/?hoard").status, 200);
    wait_for_log(R"(no descriptor is free: applications in this process hold \d+ of 256)");
    EXPECT_TRUE(eventually([&] { return server.get("/file.txt").body == "content"; }));
}

}  // namespace
}  // namespace test
