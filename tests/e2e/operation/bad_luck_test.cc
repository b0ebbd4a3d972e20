// An operator with bad luck: what the server was started with is not what it was meant to be. It is
// said, and nothing that was there before is lost.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <vector>

#include "tests/support/e2e.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

// --- Who may write where root writes

struct AclEntry {
    std::uint16_t tag;
    std::uint16_t rights;
    std::uint32_t id;
};
constexpr std::uint32_t kNobodyInParticular = 0xffffffff;

// What setfacl(1) does; false where the file system has no such lists.
bool set_acl(const std::string& path, const AclEntry& named, std::uint16_t group_rights) {
    std::vector<AclEntry> entries = {
        {0x01, 7, kNobodyInParticular},
        named,
        {0x04, group_rights, kNobodyInParticular},
        {0x10, 7, kNobodyInParticular},
        {0x20, 5, kNobodyInParticular},
    };
    std::ranges::sort(entries, {}, &AclEntry::tag);
    const std::uint32_t version = 2;
    std::string bytes(sizeof version + (entries.size() * sizeof(AclEntry)), '\0');
    std::memcpy(bytes.data(), &version, sizeof version);
    std::memcpy(bytes.data() + sizeof version, entries.data(), entries.size() * sizeof(AclEntry));
    return ::setxattr(path.c_str(), "system.posix_acl_access", bytes.data(), bytes.size(), 0) == 0;
}

class LogWhereSomebodyElseMayWrite : public E2e {
protected:
    void SetUp() override {
        E2e::SetUp();
        if (::geteuid() != 0) {
            GTEST_SKIP() << "only root writes where others cannot";
        }
        ASSERT_EQ(::mkdir((tmp() / "logs").c_str(), 0755), 0);
    }
    void expect_refused(const std::string& accounts, const std::string& why) {
        for (const char* directive :
             {"ErrorLog ${tmp}/logs/log",
              "CustomLog ${tmp}/logs/log common",
              "PidFile ${tmp}/logs/log"}) {
            const Outcome started = start_expecting_error(
                "Listen 127.0.0.1:0\nServerName a\nDocumentRoot /\n" + std::string(directive) +
                "\n" + accounts
            );
            EXPECT_TRUE(any_line_matches(started.err, why)) << directive << started.err;
            const Outcome tested = run({"-t", "-f", tmp() / "site.conf"});
            EXPECT_NE(tested.exit_code, 0) << directive;
            EXPECT_TRUE(any_line_matches(tested.err, "site.conf:4: .*" + why)) << tested.err;
            EXPECT_NE(::access((tmp() / "logs/log").c_str(), F_OK), 0) << directive;
        }
    }
};

TEST_F(LogWhereSomebodyElseMayWrite, IsRefusedWhereAListNamesAUser) {
    if (!set_acl(tmp() / "logs", {0x02, 7, 1}, 5)) {
        GTEST_SKIP() << "no access control lists here";
    }
    expect_refused("", "daemon, as its access control list says, may write the directory .*logs");
}

TEST_F(LogWhereSomebodyElseMayWrite, IsRefusedWhereAListNamesAGroup) {
    if (!set_acl(tmp() / "logs", {0x08, 7, 1}, 5)) {
        GTEST_SKIP() << "no access control lists here";
    }
    expect_refused("", "the group daemon, as its access control list says, may write .*logs");
}

// The group bits of the mode are the list's mask.
TEST_F(LogWhereSomebodyElseMayWrite, IsTakenWhereAListLetsItOnlyBeRead) {
    ASSERT_EQ(::chown((tmp() / "logs").c_str(), 0, 54321), 0);
    if (!set_acl(tmp() / "logs", {0x02, 5, 1}, 5)) {
        GTEST_SKIP() << "no access control lists here";
    }
    Server& server = start("ErrorLog ${tmp}/logs/log\nWSGIScriptAlias / ${apps}/hello.py\n");
    EXPECT_EQ(server.get("/").status, 200);
    server.stop();
}

TEST_F(LogWhereSomebodyElseMayWrite, IsRefusedWhereTheGroupOfRootIsServed) {
    ASSERT_EQ(::chmod((tmp() / "logs").c_str(), 0775), 0);
    const std::string why = "the group root may write the directory .*logs";
    expect_refused("User daemon\nGroup root\n", why);
    expect_refused(
        "User daemon\nGroup daemon\nWSGIDaemonProcess app user=nobody group=root\n", why
    );
}

TEST_F(LogWhereSomebodyElseMayWrite, IsTakenWhereOnlyTheGroupOfRootMayAndNobodyServesInIt) {
    ASSERT_EQ(::chmod((tmp() / "logs").c_str(), 0775), 0);
    Server& server = start("ErrorLog ${tmp}/logs/log\nWSGIScriptAlias / ${apps}/hello.py\n");
    EXPECT_EQ(server.get("/").status, 200);
    server.stop();
}

TEST_F(LogWhereSomebodyElseMayWrite, IsToldOfTheGroupOfRoot) {
    write_file(
        tmp() / "site.conf",
        "Listen 127.0.0.1:0\nServerName a\nUser daemon\nGroup root\n"
        "WSGIDaemonProcess app user=nobody group=root\n"
    );
    const Outcome tested = run({"-t", "-f", tmp() / "site.conf"});
    EXPECT_TRUE(any_line_matches(tested.err, "site.conf:4: .*user daemon has the group of root"))
        << tested.err;
    EXPECT_TRUE(any_line_matches(tested.err, "site.conf:5: .*user nobody has the group of root"))
        << tested.err;
}

// --- Descriptors

class GivenDescriptors : public E2e {};

TEST_F(GivenDescriptors, ForTheAddressesHaveToBeThere) {
    ServerOptions options;  // whoever runs the tests may have left descriptors open
    options.wrapper = {"sh", "-c", "exec \"$@\" 3>&- 5>&-", "sh"};
    write_file(
        tmp() / "site.conf", as_root_if_root("Listen 127.0.0.1:0\nServerName a\nDocumentRoot /\n")
    );
    for (const char* number : {"3", "5", "1000000"}) {
        const Outcome outcome = run({"-f", tmp() / "site.conf", "--ready-fd", number}, options);
        EXPECT_EQ(outcome.exit_code, 1) << number << outcome.err;
        EXPECT_TRUE(any_line_matches(
            outcome.err, "^hoopsnake: --ready-fd " + std::string(number) + ": .*no such descriptor"
        )) << outcome.err;
    }
    for (const char* number : {"-1", "-7", "0", "2", "99999999999999999999"}) {
        const Outcome outcome = run({"-f", tmp() / "site.conf", "--ready-fd", number}, options);
        EXPECT_GT(outcome.exit_code, 0) << number;
        EXPECT_NE(outcome.err.find("--ready-fd"), std::string::npos) << outcome.err;
    }
}

TEST_F(GivenDescriptors, ForTheAddressesHaveToBeForWriting) {
    ServerOptions options;
    options.wrapper = {"sh", "-c", "exec \"$@\" 7</dev/null", "sh"};
    write_file(
        tmp() / "site.conf", as_root_if_root("Listen 127.0.0.1:0\nServerName a\nDocumentRoot /\n")
    );
    const Outcome outcome = run({"-f", tmp() / "site.conf", "--ready-fd", "7"}, options);
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_TRUE(any_line_matches(outcome.err, "--ready-fd 7: .*not open for writing"))
        << outcome.err;
}

TEST_F(GivenDescriptors, NeedNotBeTheStandardOnes) {
    ServerOptions options;
    options.wrapper = {"sh", "-c", "exec \"$@\" <&- >&- 2>&-", "sh"};
    Server& server = start(
        "CustomLog ${tmp}/access.log common\nWSGIDaemonProcess app\n"
        "WSGIScriptAlias /daemon ${apps}/hello.py process-group=app\n"
        "WSGIScriptAlias /embedded ${apps}/hello.py\n",
        options
    );
    EXPECT_EQ(server.get("/embedded").status, 200);
    for (const int fd : {0, 1, 2}) {
        std::array<char, 64> target{};
        const std::string link =
            "/proc/" + std::to_string(server.pid()) + "/fd/" + std::to_string(fd);
        ASSERT_GT(::readlink(link.c_str(), target.data(), target.size() - 1), 0) << fd;
        EXPECT_STREQ(target.data(), "/dev/null") << fd;
    }
    server.stop();
    EXPECT_NE(read_file(tmp() / "access.log").find("GET /embedded"), std::string::npos);
    EXPECT_NE(read_file(tmp() / "error.log").find("is serving"), std::string::npos);
}

// --- PidFile

class PidFileThatIsNone : public E2e {
protected:
    void expect_refused(const std::string& directives, const std::string& why) {
        const Outcome started = start_expecting_error(
            "Listen 127.0.0.1:0\nServerName a\nDocumentRoot /\n" + directives
        );
        EXPECT_TRUE(any_line_matches(started.err, why)) << started.err;
        const Outcome tested = run({"-t", "-f", tmp() / "site.conf"});
        EXPECT_NE(tested.exit_code, 0);
        EXPECT_TRUE(any_line_matches(tested.err, "site.conf:4: PidFile: .*" + why)) << tested.err;
    }
};

TEST_F(PidFileThatIsNone, IsNotOverwritten) {
    const std::string script = "def application(environ, start_response):\n    pass\n";
    for (const std::string& text : {script, std::string("127.0.0.1 www\n"), std::string("7 8\n")}) {
        write_file(tmp() / "precious", text);
        expect_refused("PidFile ${tmp}/precious\n", "precious: it holds something else");
        EXPECT_EQ(read_file(tmp() / "precious"), text);
    }
}

TEST_F(PidFileThatIsNone, IsNoSymbolicLink) {
    write_file(tmp() / "precious", "");
    ASSERT_EQ(::symlink((tmp() / "precious").c_str(), (tmp() / "pid").c_str()), 0);
    expect_refused("PidFile ${tmp}/pid\n", "pid: it is a symbolic link");
    EXPECT_EQ(::access((tmp() / "precious").c_str(), F_OK), 0);
    ASSERT_EQ(::unlink((tmp() / "precious").c_str()), 0);
    expect_refused("PidFile ${tmp}/pid\n", "pid: it is a symbolic link");
    EXPECT_NE(::access((tmp() / "precious").c_str(), F_OK), 0);
}

TEST_F(PidFileThatIsNone, IsNoLog) {
    ASSERT_EQ(::mkdir((tmp() / "run").c_str(), 0755), 0);
    for (const char* log : {"ErrorLog ${tmp}/one\n", "CustomLog ${tmp}/run/../one common\n"}) {
        expect_refused(
            "PidFile ${tmp}/one\n" + std::string(log), "one: it is the log of .*:5, too"
        );
        EXPECT_NE(::access((tmp() / "one").c_str(), F_OK), 0);
    }
}

TEST_F(PidFileThatIsNone, IsTakenWhereAServerWasKilledAtItsStart) {
    write_file(tmp() / "pid", "");
    Server& server = start("PidFile ${tmp}/pid\nWSGIScriptAlias / ${apps}/hello.py\n");
    EXPECT_EQ(read_file(tmp() / "pid"), std::to_string(server.pid()) + "\n");
}

}  // namespace
}  // namespace test
