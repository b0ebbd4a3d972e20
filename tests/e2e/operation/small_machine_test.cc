// Machines with too little of something: the program names the limit and stops, or goes on without.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <deque>
#include <string>

#include "tests/support/deadline.h"
#include "tests/support/e2e.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

class SmallMachine : public E2e {
protected:
    // The program gives up and says why, on standard error or in its log.
    void expect_named(
        const std::string& config, const ServerOptions& options, const std::string& expression
    ) {
        write_file(
            tmp() / "small.conf",
            substitute(
                "Listen 127.0.0.1:0\nServerName a\nServerThreads 2\n" +
                std::string(has_error_log_ ? "ErrorLog ${tmp}/error.log\n" : "") +
                as_root_if_root(config) + config
            )
        );
        allow_log(".");  // in many words
        const Outcome outcome = run({"-f", "${tmp}/small.conf"}, options);
        EXPECT_EQ(outcome.exit_code, 1) << "no signal ends it\n" << outcome.err << log();
        EXPECT_TRUE(any_line_matches(outcome.err + log(), expression)) << outcome.err << log();
        EXPECT_EQ((outcome.err + log()).find("terminate called"), std::string::npos)
            << outcome.err << log();
        EXPECT_EQ(log().find("signal"), std::string::npos) << log();
    }

    bool has_error_log_ = true;  // else standard error, which a thread writes where there is one
};

TEST_F(SmallMachine, NamesTheLimitOfDescriptors) {
    for (const std::size_t limit : {6U, 10U, 14U}) {
        ServerOptions options;
        options.descriptor_limit = limit;
        expect_named("WSGIScriptAlias / ${apps}/hello.py\n", options, "RLIMIT_NOFILE|ulimit -n");
    }
}

// Root itself has none.
TEST_F(SmallMachine, NamesTheLimitOfThreads) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "a limit of somebody who is at work elsewhere, too";
    }
    copy_app("hello.py");
    ServerOptions options;
    options.limits[RLIMIT_NPROC] = 1;
    for (const bool has_error_log : {true, false}) {
        has_error_log_ = has_error_log;
        for (const char* application : {"WSGIScriptAlias / ${tmp}/hello.py", "Alias / ${tmp}/"}) {
            expect_named(
                fmt::format("User #54321\nGroup #54321\n{}\n", application), options, "RLIMIT_NPROC"
            );
        }
    }
}

TEST_F(SmallMachine, NamesTheLimitOfMemory) {
    if (is_sanitized()) {
        GTEST_SKIP() << "shadow memory takes more";
    }
    ServerOptions options;
    constexpr std::size_t kMegabyte = 1U << 20U;
    for (const std::size_t megabytes : {24U, 40U}) {
        options.limits[RLIMIT_AS] = megabytes * kMegabyte;
        expect_named("WSGIScriptAlias / ${apps}/hello.py\n", options, "RLIMIT_AS");
    }
}

// With too few addresses for what a request needs there is no start, rather than an end at the
// first request.
TEST_F(SmallMachine, NamesTheLimitOfAddresses) {
    if (is_sanitized()) {
        GTEST_SKIP() << "shadow memory takes more";
    }
    ServerOptions options;
    constexpr std::size_t kMegabyte = 1U << 20U;
    for (const std::size_t megabytes : {60U, 80U, 100U, 120U}) {
        options.limits[RLIMIT_AS] = megabytes * kMegabyte;
        expect_named("WSGIScriptAlias / ${apps}/hello.py\n", options, "RLIMIT_AS");
    }
}

TEST_F(SmallMachine, HasFewerThreadsWhereAddressesAreFew) {
    if (is_sanitized()) {
        GTEST_SKIP() << "shadow memory takes more";
    }
    write_file(
        tmp() / "slow.py",
        "import time\n"
        "def application(environ, start_response):\n"
        "    time.sleep(0.02)\n"
        "    start_response('200 OK', [])\n"
        "    return [b'x' * 100000]\n"
    );
    allow_log("cannot start a request thread: no room");
    ServerOptions options;
    options.limits[RLIMIT_AS] = std::size_t{400} << 20U;
    options.limits[RLIMIT_CORE] = 0;
    for (const char* group : {"", "WSGIDaemonProcess app threads=15\nWSGIProcessGroup app\n"}) {
        Server& server = start(
            std::string("ServerThreads 2\n") + group + "WSGIScriptAlias / ${tmp}/slow.py\n", options
        );
        for (int round = 0; round < 2; ++round) {
            std::deque<Client> clients;
            for (int i = 0; i < 40; ++i) {
                clients.push_back(server.connect());
                clients.back().get("/");
            }
            for (Client& client : clients) {
                EXPECT_EQ(client.read_response().status, 200);
            }
        }
        server.stop();
    }
}

TEST_F(SmallMachine, LogsNothingMoreWhereFilesMayNotGrow) {
    constexpr std::size_t kLimit = 1U << 20U;
    write_file(tmp() / "error.log", std::string(kLimit - 1, 'x') + "\n");
    ServerOptions options;
    options.limits[RLIMIT_FSIZE] = kLimit;
    Server& server = start(
        "WSGIDaemonProcess app\nWSGIScriptAlias /daemon ${apps}/hello.py process-group=app\n"
        "WSGIScriptAlias /embedded ${apps}/hello.py\n",
        options
    );
    server.signal(SIGHUP);  // which the supervisor would tell
    EXPECT_EQ(server.get("/daemon").status, 200);
    EXPECT_EQ(server.get("/embedded").status, 200);
    server.stop();
}

}  // namespace
}  // namespace test
