// What the system allows a server process is everybody's who is served by it. An application in it,
// or another process of its user, may lower that.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "tests/support/deadline.h"
#include "tests/support/e2e.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

class LoweredLimit : public OnLane {
protected:
    void SetUp() override {
        OnLane::SetUp();
        if (is_daemon()) {
            GTEST_SKIP() << "a daemon process serves nobody else";
        }
        copy_app("hostile/lowers_limits.py", "limits.py");
        write_file(tmp() / "file.txt", "content");
    }
    // As somebody who may not lift hard limits.
    Server& start_as_nobody() {
        return start(
            std::string(::geteuid() == 0 ? "User nobody\n" : "") +
            "WSGIDaemonProcess app\n"
            "WSGIScriptAlias /daemon ${tmp}/limits.py process-group=app "
            "application-group=%{GLOBAL}\n"
            "WSGIScriptAlias /embedded ${tmp}/limits.py\n"
            "Alias /file.txt ${tmp}/file.txt\n"
            "<Directory ${tmp}>\nRequire all granted\n</Directory>\n"
        );
    }
    static void expect_served(const Server& server) {
        EXPECT_EQ(server.get("/file.txt").body, "content");
        EXPECT_NE(server.get("/embedded").body, "");
        EXPECT_NE(server.get("/daemon").body, "");
    }
};
INSTANTIATE_TEST_SUITE_P(, LoweredLimit, testing::ValuesIn(both_rings()), name_of);

TEST_P(LoweredLimit, IsPutBackWhereThatIsPossible) {
    Server& server = start_as_nobody();
    allow_log("[Tt]oo many open files");
    const std::string pid = server.get("/embedded").body;
    for (const char* const name :
         {"NOFILE", "FSIZE", "NPROC", "MEMLOCK", "STACK", "DATA", "AS", "SIGPENDING"}) {
        SCOPED_TRACE(name);
        // Little memory more than it has would be a matter of luck.
        const bool is_of_memory = std::string(name) == "DATA" || std::string(name) == "AS";
        if (is_of_memory && is_sanitized()) {
            continue;  // a sanitizer has more than that, and needs more at any time
        }
        Client client = server.connect();
        client.get(fmt::format(
            "/embedded?0,RLIMIT_{},{},-2", name, is_of_memory ? std::uint64_t{1} << 40U : 0U
        ));
        wait_for_log(fmt::format(
            R"(RLIMIT_{} of this process was lowered from \w+ to \d+, by an application in it or )"
            "another process of its user; it is put back",
            name
        ));
        expect_served(server);
    }
    EXPECT_EQ(server.get("/embedded").body, pid) << "the same process serves";
}

TEST_P(LoweredLimit, EndsTheProcessWhereNothingElseHelps) {
    Server& server = start_as_nobody();
    allow_log("[Tt]oo many open files|has ended soon|link");
    for (const std::string limits : {"NOFILE,0,0", "NOFILE,3,3", "FSIZE,0,0"}) {
        SCOPED_TRACE(limits);
        const std::string pid = server.get("/embedded").body;
        Client client = server.connect();
        client.get("/embedded?0,RLIMIT_" + limits);
        wait_for_log(
            R"(of this process was lowered from \w+ to \d+, by an application in it or another )"
            "process of its user; the process ends"
        );
        wait_for_log(fmt::format(
            R"(server process 0 \(pid {}\) ended with exit code 110, because a limit of it had been )"
            "lowered for good",
            pid
        ));
        EXPECT_TRUE(eventually([&] { return !Client::is_refused(server.address()); }));
        expect_served(server);
    }
}

// Files are opened as before, whatever was opened meanwhile.
TEST_P(LoweredLimit, OfDescriptorsLeavesNothingBehindWhenItIsPutBack) {
    Server& server = start_as_nobody();
    allow_log("[Tt]oo many open files");
    EXPECT_EQ(server.get("/embedded?0,RLIMIT_NOFILE,30,-2").body, "lowered");
    // The first file of all is asked for while the limit is low.
    EXPECT_TRUE(eventually([&] { return server.get("/file.txt").body == "content"; }));
    wait_for_log("RLIMIT_NOFILE of this process was lowered from .* to 30, .*; it is put back");
    expect_served(server);
}

// A group without a user of its own has the server's.
TEST_P(LoweredLimit, MayBeThatOfAnotherProcessOfTheUser) {
    Server& server = start_as_nobody();
    allow_log("[Tt]oo many open files|has ended soon|link");
    const std::string pid = server.get("/embedded").body;
    EXPECT_EQ(server.get("/daemon?" + pid + ",RLIMIT_NOFILE,0,0").body, "lowered");
    wait_for_log(fmt::format(R"(\(pid {}\) ended with exit code 110)", pid));
    wait_for_log("the process ends");
    expect_served(server);
}

}  // namespace
}  // namespace test
