// What an application does to the process that it runs in, by mistake or not, is told in the log,
// and harms whoever comes after it as little as can be.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <csignal>
#include <string>

#include "tests/support/deadline.h"
#include "tests/support/e2e.h"
#include "tests/support/fifo.h"
#include "tests/support/proc.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

constexpr const char* kAttacked = "WSGIScriptAlias / ${apps}/hostile/attacks_its_process.py\n";

// The request may end the process that answers it.
void ask(const Server& server, const std::string& query) {
    Client client = server.connect();
    client.get("/?" + query);
    client.read_until_close();
}

IN_BOTH_MODES(JunkInThePipeOfTheLogs);

// It goes into the one that leads to the supervisor, too, which replaces the process.
TEST_P(JunkInThePipeOfTheLogs, SilencesNoProcessThatComesAfterIt) {
    Server& server = start(kAttacked);
    allow_log("malformed frame|did not speak the server's protocol|has ended soon|link");
    ask(server, "junk");
    wait_for_log("writes into the pipe of its logs");
    wait_for_log("killed by signal 9 .* because it did not speak the server's protocol");
    EXPECT_TRUE(eventually([&] { return !Client::is_refused(server.address()); }));
    EXPECT_EQ(server.get("/?say=the-next").status, 200);
    wait_for_log("the-next$");
}

TEST_P(JunkInThePipeOfTheLogs, SwallowsNothingThatFollows) {
    Server& server = start(kAttacked);
    EXPECT_EQ(server.get("/?half").status, 200);
    EXPECT_EQ(server.get("/?say=what-follows").status, 200);
    wait_for_log("writes into the pipe of its logs");
    wait_for_log("what-follows$");
}

IN_BOTH_MODES(ProgramOfAnApplication);

TEST_P(ProgramOfAnApplication, WritesMuchToDescriptors1And2) {
    Server& server = start(kAttacked);
    allow_log("of many$");
    EXPECT_EQ(server.get("/?programs").body, "[0, 0, 0, 0]");
    wait_for_log("00000500 .*of many$");
}

TEST_P(ProgramOfAnApplication, FindsThemAsTheyWereAfterAProcessThatChangedThem) {
    Server& server = start(kAttacked);
    EXPECT_EQ(server.get("/?change").status, 200);
    allow_log("ended with exit code 1|has ended soon|link|of many$");
    ask(server, "exit=1");
    EXPECT_TRUE(eventually([&] { return !Client::is_refused(server.address()); }));
    EXPECT_EQ(server.get("/?programs").body, "[0, 0, 0, 0]");
}

// Somebody with the server's user may stop it.
TEST_P(ProgramOfAnApplication, DoesNotWaitForAStoppedWriterOfTheLogs) {
    Server& server = start(kAttacked);
    allow_log("of many$");
    for (const pid_t pid : server.workers()) {
        if (proc::status_field(pid, "Name") == "hoopsnake-logs") {
            ASSERT_EQ(::kill(pid, SIGSTOP), 0);
        }
    }
    EXPECT_EQ(server.get("/?programs").body, "[0, 0, 0, 0]");
    wait_for_log("a signal had stopped the process that writes the logs");
}

IN_BOTH_MODES(LongLine);

TEST_P(LongLine, CostsNoneOfTheOthers) {
    Server& server = start(kAttacked);
    allow_log("A{1000}|behind");
    for (const int size : {30'000, 60'000, 70'000, 100'000, 200'000}) {
        EXPECT_EQ(server.get(fmt::format("/?long={}", size)).status, 200);
        wait_for_log(fmt::format("behind {}$", size));
    }
    wait_for_log(R"(AAA \.\.\. \(\d+ bytes are cut\)$)");
}

IN_BOTH_MODES(ProcessWithoutDescriptors);

TEST_P(ProcessWithoutDescriptors, DoesNotDieInSilence) {
    Server& server = start("LogLevel warn\n" + std::string(kAttacked));
    allow_log(".");
    ask(server, "close");
    // Its own look, the other end of its links, or an operation that fails: whoever notices first.
    wait_for_log(
        is_daemon() ? R"(wsgi:error\] .*process 0 of group .* (was killed|ended) .*, because .*)"
                    : R"(wsgi:error\] .*server process 0 \(pid \d+\) (was killed|ended) .*)"
    );
    EXPECT_TRUE(eventually([&] { return !Client::is_refused(server.address()); }));
    EXPECT_EQ(server.get("/?say=x").status, 200);
}

IN_BOTH_MODES(ProcessThatEnds);

TEST_P(ProcessThatEnds, WithoutHavingBeenToldToIsAnError) {
    Server& server = start("LogLevel warn\n" + std::string(kAttacked));
    ask(server, "exit=0");
    wait_for_log(
        R"(wsgi:error\].* ended with exit code 0, which nobody had told it to while serving )"
        R"(GET /\?exit=0)"
    );
    allow_log("has ended soon|link");
}

ON_BOTH_RINGS(ListeningSocket);

TEST_P(ListeningSocket, IsReplacedWhenAnApplicationHasShutItDown) {
    if (is_daemon()) {
        GTEST_SKIP() << "a daemon process has none";
    }
    Server& server = start("StartServers 2\nServerThreads 2\n" + std::string(kAttacked));
    EXPECT_EQ(server.get("/?shutdown").status, 200);
    wait_for_log(
        R"(something in a server process has shut down the listening socket, port \d+; a new one )"
        "takes its place"
    );
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(server.get("/?say=x").status, 200);
    }
    allow_log("x$");
}

// What such a child keeps of its parent must not take the connections of whoever comes after that.
TEST_P(ListeningSocket, IsAcceptedFromBesideAForkedChildOfADeadProcess) {
    if (is_daemon()) {
        GTEST_SKIP() << "a daemon process has none";
    }
    Fifo gate(tmp() / "gate");
    Server& server = start("ServerThreads 2\n" + std::string(kAttacked));
    EXPECT_EQ(server.get("/?fork=" + gate.path()).status, 200);
    ask(server, "exit=1");
    allow_log("link|ended|x$");
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(server.get("/?say=x").status, 200);
    }
    gate.put(".");
}

}  // namespace
}  // namespace test
