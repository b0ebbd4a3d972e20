// Who writes the logs: nobody waits for one, nobody but the process that writes them can touch one,
// and what was said is written, whoever dies.
#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <memory>

#include "tests/support/deadline.h"
#include "tests/support/e2e.h"
#include "tests/support/fifo.h"
#include "tests/support/proc.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

// More than the pipe and the queue of a log hold.
constexpr int kLinesTooMany = 4000;

pid_t log_process_of(const Server& server) {
    for (const pid_t pid : server.workers()) {
        if (proc::status_field(pid, "Name") == "hoopsnake-logs") {
            return pid;
        }
    }
    return 0;
}

IN_BOTH_MODES(LogThatNobodyReads);

TEST_P(LogThatNobodyReads, HoldsUpNeitherRequestsNorTheStop) {
    const TempDir elsewhere;
    Fifo fifo(elsewhere / "errors");
    Server& server = start(
        "ErrorLog " + fifo.path() +
        "\nWSGIScriptAlias /much ${apps}/operation/logs_much.py\nWSGIScriptAlias / "
        "${apps}/hello.py\n"
    );
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(server.get(fmt::format("/much?{}", kLinesTooMany)).body, "said");
        EXPECT_EQ(server.get("/").body, "Hello, World!");
    }
    server.stop();
}

TEST_P(LogThatNobodyReads, TellsWhatItHasLostOnceItIsRead) {
    const TempDir elsewhere;
    Fifo fifo(elsewhere / "errors");
    Server& server =
        start("ErrorLog " + fifo.path() + "\nWSGIScriptAlias / ${apps}/operation/logs_much.py\n");
    EXPECT_EQ(server.get(fmt::format("/?{}", kLinesTooMany)).body, "said");
    bool is_told = false;
    for (int i = 0; i < 3 * kLinesTooMany && !is_told; ++i) {
        if (fifo.is_empty()) {
            EXPECT_EQ(server.get("/?1").body, "said");
        }
        is_told =
            any_line_matches(fifo.take_line(), R"(\d+ lines did not go into the log .*errors)");
    }
    EXPECT_TRUE(is_told);
    server.stop();
}

TEST_P(LogThatNobodyReads, HoldsUpNobodyWhereItIsAnAccessLog) {
    const TempDir elsewhere;
    Fifo fifo(elsewhere / "accesses");
    Server& server = start(
        "CustomLog " + fifo.path() + " \"%U " + std::string(4000, 'x') +
        "\"\nWSGIScriptAlias / ${apps}/hello.py\n"
    );
    Client client = server.connect();
    // Some get lost on their way where the process that writes the logs gets no time.
    const Deadline deadline;
    while (!any_line_matches(log(), "the log .*accesses takes no lines")) {
        ASSERT_FALSE(deadline.has_passed());
        for (int i = 0; i < 100; ++i) {
            client.get("/");
            ASSERT_EQ(client.read_response().body, "Hello, World!");
        }
    }
    client.close();
    server.stop();
}

class LogFifo : public E2e {};

TEST_F(LogFifo, WithoutAReaderIsRefusedWithASentence) {
    const std::string path = tmp() / "errors";
    ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
    const std::string config =
        "Listen 127.0.0.1:0\nServerName a\nErrorLog ${tmp}/errors\nDocumentRoot /\n";
    const Outcome started = start_expecting_error(config);
    EXPECT_NE(started.err.find("FIFO that nobody reads"), std::string::npos) << started.err;
    const Outcome tested = run({"-t", "-f", tmp() / "site.conf"});
    EXPECT_NE(tested.exit_code, 0);
    EXPECT_TRUE(any_line_matches(tested.err, "site.conf:3: ErrorLog: .*FIFO that nobody reads"))
        << tested.err;
}

IN_BOTH_MODES(Descriptor2);

constexpr const char* kHead =
    R"(^\[[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d\.\d{6} \d{4}\] \[wsgi:error\] )";

TEST_P(Descriptor2, GoesToTheErrorLogALineEach) {
    Server& server = start("WSGIScriptAlias / ${apps}/operation/speaks_on_descriptor_2.py\n");
    const std::string pid = server.get("/?itself").body;
    wait_for_log(fmt::format(R"({0}\[pid {1}\] words of {1}$)", kHead, pid));
    // An unfinished line is not waited for for ever, and control bytes are escaped.
    wait_for_log(fmt::format(R"({}\[pid {}\] and \\x1b\[31mmore$)", kHead, pid));
    EXPECT_EQ(server.get("/?child").status, 200);
    wait_for_log(std::string(kHead) + R"(\[pid \d+\] words of a child$)");
    server.stop();
    EXPECT_EQ(server.standard_error(), "");
}

TEST_P(Descriptor2, TellsOfADyingPython) {
    Server& server = start("WSGIScriptAlias / ${apps}/operation/speaks_on_descriptor_2.py\n");
    Client client = server.connect();
    client.get("/?die");
    client.read_until_close();
    client.close();
    wait_for_log(R"(\[pid \d+\] Fatal Python error: Aborted$)");
    wait_for_log(R"(\[pid \d+\]   File ".*speaks_on_descriptor_2.py", line \d+ in application$)");
    allow_log(R"(\[pid \d+\] |SIGABRT)");  // the rest of the stack; the death
}

TEST_P(Descriptor2, HoldsUpNobodyWhoWritesToIt) {
    const TempDir elsewhere;
    Fifo fifo(elsewhere / "errors");
    Server& server = start(
        "ErrorLog " + fifo.path() +
        "\nWSGIScriptAlias / ${apps}/operation/speaks_on_descriptor_2.py\n"
    );
    EXPECT_EQ(server.get("/?flood").status, 200);
    server.stop();
}

class Descriptor2OfAGroup : public E2e {};

TEST_F(Descriptor2OfAGroup, GoesToTheErrorLogOfItsVirtualHost) {
    Server& server = start(
        "ErrorLog ${tmp}/error.log\n<VirtualHost *:*>\nServerName one\nErrorLog ${tmp}/one.log\n"
        "WSGIDaemonProcess app\nWSGIProcessGroup app\n"
        "WSGIScriptAlias / ${apps}/operation/speaks_on_descriptor_2.py\n</VirtualHost>\n"
    );
    EXPECT_EQ(server.get("/?child").status, 200);
    wait_for_log("words of a child$");
    server.stop();
    EXPECT_TRUE(any_line_matches(read_file(tmp() / "one.log"), "words of a child$"));
    EXPECT_FALSE(any_line_matches(read_file(tmp() / "error.log"), "words of a child$"));
}

IN_BOTH_MODES(LogFile);

TEST_P(LogFile, IsInNobodysHandsButTheWriters) {
    Server& server = start(
        "CustomLog ${tmp}/access.log common\nWSGIScriptAlias / "
        "${apps}/operation/speaks_on_descriptor_2.py\n"
    );
    EXPECT_EQ(server.get("/").status, 200);
    const pid_t writer = log_process_of(server);
    ASSERT_NE(writer, 0);
    for (const pid_t pid : server.workers()) {
        const auto descriptors = proc::descriptors(pid);
        for (const char* log : {"error.log", "access.log"}) {
            EXPECT_EQ(std::ranges::count(descriptors, tmp() / log), pid == writer ? 1 : 0)
                << log << " in process " << pid;
        }
    }
}

TEST_P(LogFile, HasWhatWasSaidBeforeTheProcessDied) {
    Server& server = start("WSGIScriptAlias / ${apps}/operation/speaks_on_descriptor_2.py\n");
    Client client = server.connect();
    client.get("/?vanish");
    client.read_until_close();
    client.close();
    wait_for_log("said before the end$");
    allow_log("SIGKILL");
}

// The pipes are the supervisor's, too.
TEST_P(LogFile, HasWhatWasSaidWhileItsWriterWasDead) {
    Server& server = start(
        "CustomLog ${tmp}/access.log \"%U\"\nWSGIScriptAlias / "
        "${apps}/operation/writes_to_logs.py\n"
    );
    const pid_t writer = log_process_of(server);
    ASSERT_NE(writer, 0);
    ASSERT_EQ(::kill(writer, SIGKILL), 0);
    EXPECT_EQ(server.get("/meanwhile?once").body, "said");
    wait_for_log("errors once$");
    EXPECT_TRUE(eventually([&] { return read_file(tmp() / "access.log") == "/meanwhile\n"; }));
    EXPECT_NE(log_process_of(server), writer);
    allow_log("process that writes the logs|once");
}

// Ctrl-C and systemd signal every process: the writer of the logs goes last.
TEST_P(LogFile, HasWhatIsSaidAtTheEnd) {
    Server& server = start("WSGIScriptAlias / ${apps}/hello.py\n");
    EXPECT_EQ(server.get("/").status, 200);
    for (const int signal : {SIGTERM, SIGINT}) {
        ASSERT_EQ(::kill(log_process_of(server), signal), 0);
    }
    server.stop();
    EXPECT_TRUE(any_line_matches(read_file(tmp() / "error.log"), "ended with exit code 0$"));
}

class LogOfAServerThatCannotStart : public E2e {};

// In a container without the right to change users, nobody gets their rights; the reason is told.
TEST_F(LogOfAServerThatCannotStart, SaysThatNobodyBecameTheUser) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "only root becomes somebody else";
    }
    write_file(
        tmp() / "site.conf",
        substitute("Listen 127.0.0.1:0\nServerName a\nUser nobody\nGroup nogroup\n"
                   "ErrorLog ${tmp}/error.log\nDocumentRoot ${tmp}\n")
    );
    ServerOptions options;
    options.missing_capability = CAP_SETUID;
    EXPECT_NE(run({"-f", tmp() / "site.conf"}, options).exit_code, 0);
    expect_log("server process cannot serve: cannot become user");
    allow_log("server process 0");
}

// As root, through a directory that somebody else may write.
class LogInATenantsDirectory : public E2e {
protected:
    void SetUp() override {
        E2e::SetUp();
        if (::geteuid() != 0) {
            GTEST_SKIP() << "only root writes where others cannot";
        }
        ASSERT_EQ(::mkdir((tmp() / "tenant").c_str(), 0755), 0);
        ASSERT_EQ(::mkdir((tmp() / "root").c_str(), 0700), 0);
        write_file(tmp() / "root/shadow", "secret\n");
        ASSERT_EQ(::symlink((tmp() / "root/shadow").c_str(), (tmp() / "tenant/log").c_str()), 0);
    }
    void expect_refused(const std::string& directive, const std::string& why) {
        const std::string config = "Listen 127.0.0.1:0\nServerName a\nDocumentRoot /\n" + directive;
        const Outcome started = start_expecting_error(config);
        EXPECT_TRUE(any_line_matches(started.err, why)) << started.err;
        const Outcome tested = run({"-t", "-f", tmp() / "site.conf"});
        EXPECT_NE(tested.exit_code, 0) << directive;
        EXPECT_TRUE(any_line_matches(tested.err, "site.conf:4: .*" + why)) << tested.err;
        EXPECT_EQ(read_file(tmp() / "root/shadow"), "secret\n");
    }
    void expect_each_refused(const std::string& why) {
        for (const char* directive :
             {"ErrorLog ${tmp}/tenant/log\n",
              "CustomLog ${tmp}/tenant/log common\n",
              "GlobalLog ${tmp}/tenant/log common\n",
              "PidFile ${tmp}/tenant/log\n"}) {
            expect_refused(directive, why);
        }
    }
};

TEST_F(LogInATenantsDirectory, IsRefusedWhereItIsTheTenants) {
    ASSERT_EQ(::chown((tmp() / "tenant").c_str(), 1, 1), 0);
    expect_each_refused("tenant belongs to daemon");
}

TEST_F(LogInATenantsDirectory, IsRefusedWhereEverybodyMayWriteIt) {
    ASSERT_EQ(::chmod((tmp() / "tenant").c_str(), 0777), 0);
    expect_each_refused("everybody may write the directory .*tenant");
}

TEST_F(LogInATenantsDirectory, IsRefusedWhereItsGroupMayWriteIt) {
    ASSERT_EQ(::chown((tmp() / "tenant").c_str(), 0, 54321), 0);
    ASSERT_EQ(::chmod((tmp() / "tenant").c_str(), 0775), 0);
    expect_each_refused("the group .*54321 may write the directory .*tenant");
}

TEST_F(LogInATenantsDirectory, IsRefusedWhereALinkOfSomebodyElseIsInASharedOne) {
    ASSERT_EQ(::chmod((tmp() / "tenant").c_str(), 01777), 0);
    ASSERT_EQ(::lchown((tmp() / "tenant/log").c_str(), 1, 1), 0);
    expect_each_refused("is a symbolic link of daemon");
}

TEST_F(LogInATenantsDirectory, IsTakenWhereOnlyRootCanHaveMadeTheLink) {
    ASSERT_EQ(::symlink((tmp() / "tenant").c_str(), (tmp() / "linked").c_str()), 0);
    Server& server = start("ErrorLog ${tmp}/linked/log\nWSGIScriptAlias / ${apps}/hello.py\n");
    EXPECT_EQ(server.get("/").status, 200);
    server.stop();
    EXPECT_NE(read_file(tmp() / "root/shadow").find("is serving"), std::string::npos);
}

}  // namespace
}  // namespace test
