// Who serves as whom (T-02). These need root, which the supervisor of a real site has.
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "tests/support/deadline.h"
#include "tests/support/e2e.h"
#include "tests/support/proc.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

class Privileges : public E2e {
protected:
    void SetUp() override {
        E2e::SetUp();
        if (::geteuid() != 0) {
            GTEST_SKIP() << "only root can become somebody else";
        }
        for (const char* name : {"shows_process.py", "hello.py"}) {
            copy_app(name);
        }
    }

    // No thread of `pid` is root, has a capability or a foreign group, or can get one back.
    static void expect_powerless(pid_t pid, uid_t uid, gid_t gid) {
        const std::string four_uids = repeat(std::to_string(uid) + "\t", 4);
        const std::string four_gids = repeat(std::to_string(gid) + "\t", 4);
        for (const std::string& ids : proc::status_field_of_threads(pid, "Uid")) {
            EXPECT_EQ(ids + "\t", four_uids) << proc::command_line(pid);
        }
        for (const std::string& ids : proc::status_field_of_threads(pid, "Gid")) {
            EXPECT_EQ(ids + "\t", four_gids) << proc::command_line(pid);
        }
        for (const std::string& groups : proc::status_field_of_threads(pid, "Groups")) {
            EXPECT_TRUE(
                groups.empty() || groups == std::to_string(gid) + " " ||
                groups == std::to_string(gid)
            ) << groups;
        }
        for (const char* set : {"CapInh", "CapPrm", "CapEff", "CapAmb"}) {
            for (const std::string& capabilities : proc::status_field_of_threads(pid, set)) {
                EXPECT_EQ(capabilities, "0000000000000000") << set;
            }
        }
        // ThreadSanitizer has a thread of its own, which is older than the flag.
        const auto flags = proc::status_field_of_threads(pid, "NoNewPrivs");
        EXPECT_LE(std::ranges::count(flags, "0"), is_sanitized() ? 1 : 0);
        EXPECT_GT(std::ranges::count(flags, "1"), 0);
    }
};

TEST_F(Privileges, T02AreLeftByEveryProcessThatServes) {
    const passwd* nobody = ::getpwnam("nobody");
    ASSERT_NE(nobody, nullptr);
    const uid_t uid = nobody->pw_uid;
    const gid_t gid = nobody->pw_gid;
    Server& server = start(
        "User nobody\nGroup nogroup\nWSGIDaemonProcess app\n"
        "WSGIScriptAlias /daemon ${tmp}/shows_process.py process-group=app\n"
        "WSGIScriptAlias /embedded ${tmp}/shows_process.py\n"
    );
    for (const char* target : {"/daemon", "/embedded"}) {
        auto facts = entries_of(server.get(target).body);
        EXPECT_EQ(facts["uid"], std::to_string(uid)) << target;
        EXPECT_EQ(facts["gid"], std::to_string(gid)) << target;
    }
    EXPECT_EQ(server.workers().size(), 3U);  // with the one that writes the logs
    for (const pid_t pid : server.workers()) {
        expect_powerless(pid, uid, gid);
    }
}

TEST_F(Privileges, OfADaemonGroupAreItsOwn) {
    const passwd* daemon = ::getpwnam("daemon");
    ASSERT_NE(daemon, nullptr);
    const uid_t uid = daemon->pw_uid;
    const gid_t gid = daemon->pw_gid;
    const std::string home = daemon->pw_dir;
    Server& server = start(
        "User nobody\nGroup nogroup\nWSGIDaemonProcess app user=daemon group=daemon\n"
        "WSGIScriptAlias / ${tmp}/shows_process.py process-group=app\n"
    );
    auto facts = entries_of(server.get("/").body);
    EXPECT_EQ(facts["uid"], std::to_string(uid));
    EXPECT_EQ(facts["gid"], std::to_string(gid));
    EXPECT_EQ(facts["home"], home);
    expect_powerless(std::stoi(facts["pid"]), uid, gid);
}

TEST_F(Privileges, MayBeGivenAsNumbers) {
    Server& server = start(
        "User nobody\nGroup nogroup\nWSGIDaemonProcess app user=#1 group=#1\n"
        "WSGIScriptAlias / ${tmp}/shows_process.py process-group=app\n"
    );
    EXPECT_EQ(entries_of(server.get("/").body)["uid"], "1");
}

// HOME of whoever has started the server is none of theirs.
TEST_F(Privileges, OfAUserWithoutAnAccountHaveNoHome) {
    environment_["HOME"] = "/root";
    Server& server = start(
        "User nobody\nGroup nogroup\nWSGIDaemonProcess app user=#54321 group=#54321\n"
        "WSGIScriptAlias / ${tmp}/shows_process.py process-group=app\n"
    );
    auto facts = entries_of(server.get("/").body);
    EXPECT_EQ(facts["uid"], "54321");
    EXPECT_EQ(facts["home"], "/");
}

TEST_F(Privileges, AreGivenUpAgainByAReplacement) {
    Server& server = start(
        "User nobody\nGroup nogroup\nWSGIDaemonProcess app\nWSGIProcessGroup app\n"
        "WSGIScriptAlias / ${tmp}/shows_process.py\n"
    );
    const pid_t old = std::stoi(entries_of(server.get("/").body)["pid"]);
    ::kill(old, SIGKILL);
    std::string pid;
    EXPECT_TRUE(eventually([&] {
        pid = entries_of(server.get("/").body)["pid"];
        return !pid.empty() && pid != std::to_string(old);
    }));
    const passwd* nobody = ::getpwnam("nobody");
    expect_powerless(std::stoi(pid), nobody->pw_uid, nobody->pw_gid);
    expect_log("app.*(signal 9|SIGKILL)");
}

// The calls of setgroups, setresgid and setresuid that give root up: a process in which one fails
// never serves, and the others do.
TEST_F(Privileges, T01WithoutBecomingItsUserAGroupNeverServes) {
    for (const int capability : {CAP_SETUID, CAP_SETGID}) {
        ServerOptions options;
        options.missing_capability = capability;
        expect_log("cannot (become|set the supplementary groups)");
        allow_log("app");
        Server& server = start(
            "WSGIDaemonProcess app user=nobody\n"
            "WSGIScriptAlias /daemon ${tmp}/hello.py process-group=app\n"
            "WSGIScriptAlias /embedded ${tmp}/hello.py\n",
            options
        );
        EXPECT_EQ(server.get("/daemon").status, 503) << capability;
        EXPECT_EQ(server.get("/embedded").status, 200) << capability;
    }
}

// A script that the user may not read is one clear line, and nothing of it leaks.
TEST_F(Privileges, MissingForAScriptAreTold) {
    Server& server = start(
        "User nobody\nGroup nogroup\nWSGIDaemonProcess app\n"
        "WSGIScriptAlias /daemon ${tmp}/hello.py process-group=app\nWSGIScriptAlias /embedded "
        "${tmp}/hello.py\n"
    );
    ASSERT_EQ(::chmod((tmp() / "hello.py").c_str(), 0600), 0);
    for (const char* target : {"/daemon", "/embedded"}) {
        const int status = server.get(target).status;
        EXPECT_TRUE(status == 403 || status == 500) << status;
    }
    expect_log("hello\\.py.*Permission denied|Permission denied.*hello\\.py");
    allow_log("hello\\.py");
}

// Docker's --cap-drop and systemd's CapabilityBoundingSet= take it.
TEST_F(Privileges, ThatRootNeedsToEndProcessesAreMissedAtTheStart) {
    ServerOptions options;
    options.missing_capability = CAP_KILL;
    Server& server =
        start("User nobody\nGroup nogroup\nWSGIScriptAlias / ${tmp}/hello.py\n", options);
    EXPECT_EQ(server.get("/").status, 200);
    expect_log("CAP_KILL is missing");
}

}  // namespace
}  // namespace test
