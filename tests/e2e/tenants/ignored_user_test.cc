// user= and group= of a group where somebody else than root has started the server: they have no
// effect, as in mod_wsgi, and whoever counts on them is told.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "tests/support/e2e.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

class IgnoredUser : public E2e {
protected:
    void SetUp() override {
        E2e::SetUp();
        if (::geteuid() != 0) {
            GTEST_SKIP() << "only root can start the server as somebody else";
        }
        copy_app("hello.py");
        as_daemon_.wrapper = {"setpriv", "--reuid=daemon", "--regid=daemon", "--clear-groups"};
    }

    // As `daemon`.
    ServerOptions as_daemon_;
};

constexpr const char* kIgnored =
    "site\\.conf:2: .*WSGIDaemonProcess app: user=nobody has no effect, because root has not";

TEST_F(IgnoredUser, IsTold) {
    std::filesystem::permissions(tmp().path(), std::filesystem::perms::all);
    write_file(
        tmp() / "site.conf",
        substitute(
            "Listen 127.0.0.1:0\nWSGIDaemonProcess app user=nobody\n"
            "WSGIDaemonProcess own user=daemon group=daemon\nWSGIDaemonProcess plain\n"
            "WSGIProcessGroup app\nErrorLog ${tmp}/error.log\nWSGIScriptAlias / ${tmp}/hello.py\n"
        )
    );
    const Outcome tested = run({"-t", "-f", "${tmp}/site.conf"}, as_daemon_);
    EXPECT_EQ(tested.exit_code, 0) << tested.err;
    EXPECT_TRUE(any_line_matches(tested.err, "site\\.conf:2: remark: WSGIDaemonProcess app: user="))
        << tested.err;
    EXPECT_EQ(count_of(tested.err, "has no effect"), 1U) << tested.err;
    Server& server = serve({"-f", "${tmp}/site.conf"}, as_daemon_);
    EXPECT_EQ(server.get("/").status, 200);
    expect_log(kIgnored);
    EXPECT_EQ(count_of(log(), "has no effect"), 1U);
}

TEST_F(IgnoredUser, IsNobodyWhereRootStartsTheServer) {
    Server& server = start(
        "User nobody\nGroup nogroup\nWSGIDaemonProcess app user=daemon group=daemon\n"
        "WSGIProcessGroup app\nWSGIScriptAlias / ${tmp}/hello.py\n"
    );
    EXPECT_EQ(server.get("/").status, 200);
    EXPECT_EQ(count_of(log(), "has no effect"), 0U);
}

}  // namespace
}  // namespace test
