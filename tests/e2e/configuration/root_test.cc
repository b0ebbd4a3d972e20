// Whom a server becomes that root starts: never root itself, unless somebody has said so in two
// words.
#include <gtest/gtest.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "tests/support/e2e.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

class Root : public E2e {
protected:
    void SetUp() override {
        E2e::SetUp();
        if (::geteuid() != 0) {
            GTEST_SKIP() << "about what root does";
        }
        copy_app("shows_process.py");
    }
    // Both the start and -t name what is wrong with exactly this configuration.
    void expect_refused(const std::string& config, const std::string& expression) {
        write_file(tmp() / "exact.conf", substitute("Listen 127.0.0.1:0\n" + config));
        for (const std::vector<std::string>& arguments :
             {std::vector<std::string>{"-f", "${tmp}/exact.conf"},
              std::vector<std::string>{"-t", "-f", "${tmp}/exact.conf"}}) {
            const Outcome outcome = run(arguments);
            EXPECT_GT(outcome.exit_code, 0) << outcome.err;
            EXPECT_TRUE(any_line_matches(outcome.err, expression)) << expression << "\n"
                                                                   << outcome.err;
        }
    }
};

TEST_F(Root, WithoutAUserIsRefused) {
    expect_refused("WSGIScriptAlias / ${tmp}/shows_process.py\n", "there is no User, so clients");
    // Every application would have a user; clients would still talk to root.
    expect_refused(
        "WSGIDaemonProcess app user=nobody\nWSGIScriptAlias / ${tmp}/shows_process.py "
        "process-group=app\n",
        "there is no User, so clients"
    );
    expect_refused("AllowRoot On\n", "there is no User, so clients");
}

TEST_F(Root, AsTheUserIsRefusedUnlessItIsMeant) {
    expect_refused("User root\n", "exact\\.conf:2: User: \"root\": every client");
    expect_refused("AllowRoot Off\nUser #0\n", "exact\\.conf:3: User: \"#0\": every client");
    Server& server = start("User root\nAllowRoot On\nWSGIScriptAlias / ${tmp}/shows_process.py\n");
    EXPECT_EQ(entries_of(server.get("/").body)["uid"], "0");
}

TEST_F(Root, AsTheGroupOfANumberWithoutAccountIsRefused) {
    expect_refused("User #54321\n", "exact\\.conf:2: .*\"#54321\" has no account.*name a group");
    expect_refused(
        "User nobody\nWSGIDaemonProcess app user=#54321\n",
        "exact\\.conf:3: .*\"#54321\" has no account.*name a group"
    );
    Server& server =
        start("User #54321\nGroup #54322\nWSGIScriptAlias / ${tmp}/shows_process.py\n");
    auto facts = entries_of(server.get("/").body);
    EXPECT_EQ(facts["uid"], "54321");
    EXPECT_EQ(facts["gid"], "54322");
}

TEST_F(Root, ServesAsTheOwnerOfTheApplication) {
    const passwd* const games = ::getpwnam("games");
    ASSERT_NE(games, nullptr);
    const std::string uid = std::to_string(games->pw_uid);
    ASSERT_EQ(::chown((tmp() / "shows_process.py").c_str(), games->pw_uid, games->pw_gid), 0);
    Server& server = serve({"serve", "${tmp}/shows_process.py", "--port", "0"});
    EXPECT_EQ(entries_of(server.get("/").body)["uid"], uid);
    wait_for_log("started by root; serves as games, unless --user names another");
}

TEST_F(Root, ServesAsNobodyInParticularWhatEverybodyMayRead) {
    const passwd* user = ::getpwnam("www-data");
    user = user != nullptr ? user : ::getpwnam("nobody");
    ASSERT_NE(user, nullptr);
    const std::string uid = std::to_string(user->pw_uid);
    Server& server = serve({"serve", "${tmp}/shows_process.py", "--port", "0", "--processes", "1"});
    EXPECT_EQ(entries_of(server.get("/").body)["uid"], uid);
}

TEST_F(Root, ServesAsRootWhatOnlyRootMayRead) {
    ASSERT_EQ(::chmod((tmp() / "shows_process.py").c_str(), 0600), 0);
    Server& server = serve({"serve", "${tmp}/shows_process.py", "--port", "0"});
    EXPECT_EQ(entries_of(server.get("/").body)["uid"], "0");
    wait_for_log("serves as root; --user NAME would be safer, but nobody may not read ");
}

TEST_F(Root, ServesAsWhomItIsTold) {
    Server& server = serve(
        {"serve", "${tmp}/shows_process.py", "--port", "0", "--user", "root", "--group", "nogroup"}
    );
    auto facts = entries_of(server.get("/").body);
    EXPECT_EQ(facts["uid"], "0");
    EXPECT_NE(facts["gid"], "0");
}

}  // namespace
}  // namespace test
