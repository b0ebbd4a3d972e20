// A python-home= that leads to a directory which the group's user may not enter, as pyenv of root's
// home does.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "tests/support/e2e.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

namespace fs = std::filesystem;

class UnreachablePython : public E2e {
protected:
    void SetUp() override {
        E2e::SetUp();
        if (::geteuid() != 0) {
            GTEST_SKIP() << "only root can become somebody else";
        }
        copy_app("hello.py");
        const fs::path home = tmp() / "venv";
        const fs::path python = fs::canonical("/usr/bin/python3");
        fs::create_directories(home / "bin");
        fs::create_directories(home / "lib" / python.filename() / "site-packages");
        fs::create_directory(tmp() / "private");
        write_file(home / "pyvenv.cfg", "home = /usr/bin\n");
        fs::create_symlink(python, tmp() / "private/python3");
        fs::create_symlink("../../private/python3", home / "bin" / "python3");
        fs::permissions(tmp() / "private", fs::perms::owner_all);
    }

    // -t and a request of the group "app" tell what keeps its user, nobody, out.
    void expect_told(const std::string& what) {
        const std::string config =
            "User nobody\nGroup nogroup\nWSGIDaemonProcess app python-home=${tmp}/venv\n"
            "WSGIProcessGroup app\nWSGIScriptAlias / ${tmp}/hello.py\n";
        write_file(tmp() / "site.conf", substitute("Listen 127.0.0.1:0\n" + config));
        const Outcome tested = run({"-t", "-f", "${tmp}/site.conf"});
        EXPECT_EQ(tested.exit_code, 1);
        EXPECT_TRUE(any_line_matches(
            tested.err,
            "site\\.conf:4: WSGIDaemonProcess app: python-home=nobody may not read .*: .*" + what
        )) << tested.err;
        allow_log("group 'app'");
        Server& server = start(config);
        EXPECT_EQ(server.get("/").status, 503);
        wait_for_log("process 0 of group 'app' cannot serve: Python home .*" + what);
        server.stop();
    }
};

TEST_F(UnreachablePython, IsFoundBehindALink) {
    expect_told("private has mode 0700 and belongs to root:root");
}

TEST_F(UnreachablePython, IsFoundInItsOwnDirectory) {
    fs::permissions(tmp() / "private", fs::perms::owner_all | fs::perms::others_exec);
    fs::permissions(tmp() / "venv", fs::perms::owner_all);
    expect_told("venv has mode 0700 and belongs to root:root");
}

TEST_F(UnreachablePython, IsToldApartFromALinkThatLeadsNowhere) {
    fs::remove(tmp() / "private/python3");
    write_file(
        tmp() / "site.conf",
        substitute("Listen 127.0.0.1:0\nUser nobody\nGroup nogroup\n"
                   "WSGIDaemonProcess app python-home=${tmp}/venv\n")
    );
    const Outcome tested = run({"-t", "-f", "${tmp}/site.conf"});
    EXPECT_TRUE(any_line_matches(
        tested.err, "site\\.conf:4: .*venv/bin/python3 leads to .*private/python3, where nothing is"
    )) << tested.err;
}

}  // namespace
}  // namespace test
