// Logs where somebody with the rights of the process that writes them, such as an application in
// embedded mode, has limited how large its files may be.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <string>

#include "tests/support/e2e.h"
#include "tests/support/proc.h"

namespace test {
namespace {

class LimitedLog : public E2e {
protected:
    static pid_t log_process_of(const Server& server) {
        for (const pid_t pid : server.workers()) {
            if (proc::status_field(pid, "Name") == "hoopsnake-logs") {
                return pid;
            }
        }
        return 0;
    }
};

TEST_F(LimitedLog, TakesLinesAllTheSame) {
    Server& server = start("WSGIScriptAlias / ${apps}/operation/logs_much.py\n");
    const pid_t pid = log_process_of(server);
    rlimit limit{};
    ASSERT_EQ(::prlimit(pid, RLIMIT_FSIZE, nullptr, &limit), 0);
    limit.rlim_cur = 0;
    ASSERT_EQ(::prlimit(pid, RLIMIT_FSIZE, &limit, nullptr), 0);
    EXPECT_EQ(server.get("/?2").body, "said");
    wait_for_log("00000001 x");
    EXPECT_EQ(log_process_of(server), pid);
    allow_log("0000000. x");
}

// Nobody but root can lift a hard limit. In embedded mode an application has the same user.
TEST_F(LimitedLog, HasANewWriterWhereNothingElseHelps) {
    copy_app("operation/limits_file_size.py", "limits.py");
    copy_app("hello.py", "hello.py");
    copy_app("hello.py", "last.py");
    Server& server = start(
        std::string(::geteuid() == 0 ? "User nobody\n" : "") +
        "WSGIScriptAlias /limits ${tmp}/limits.py\n"
        "WSGIScriptAlias /last ${tmp}/last.py\n"
        "WSGIScriptAlias / ${tmp}/hello.py\n"
    );
    const pid_t pid = log_process_of(server);
    EXPECT_EQ(server.get(fmt::format("/limits?{}", pid)).body, "limited");
    EXPECT_EQ(server.get("/").body, "Hello, World!") << "which is news for the log";
    wait_for_log("has ended: another process of its user had limited the size of its files");
    EXPECT_EQ(server.get("/last").body, "Hello, World!");
    wait_for_log("Loading WSGI script .*last.py");
    EXPECT_NE(log_process_of(server), pid);
}

}  // namespace
}  // namespace test
