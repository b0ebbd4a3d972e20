// Groups of another Python version: the program beside ours runs them, and everything else is as if
// it were our own. The build names the sibling to run (HOOPSNAKE_PYTHONS); what happens where one
// is missing needs none.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "tests/support/deadline.h"
#include "tests/support/e2e.h"
#include "tests/support/proc.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

namespace fs = std::filesystem;

#ifdef HOOPSNAKE_SIBLING
constexpr const char* kSibling = HOOPSNAKE_SIBLING;        // the program
constexpr const char* kPython = HOOPSNAKE_SIBLING_PYTHON;  // whose Python it has in it
#else
constexpr const char* kSibling = "";
constexpr const char* kPython = "";
#endif

// A virtual environment as `python -m venv --without-pip` makes it.
void make_venv(const fs::path& home, const fs::path& python, const std::string& version) {
    fs::create_directories(home / "bin");
    fs::create_directories(home / "lib" / ("python" + version) / "site-packages");
    if (!python.empty()) {
        fs::create_symlink(python, home / "bin" / "python3");
    }
    write_file(
        home / "pyvenv.cfg",
        fmt::format(
            "home = {}\ninclude-system-site-packages = false\nversion = {}.0\n",
            python.parent_path().string(),
            version
        )
    );
}

class Sibling : public E2e {
protected:
    void SetUp() override {
        if (std::string_view(kSibling).empty()) {
            GTEST_SKIP() << "this build has no sibling: HOOPSNAKE_PYTHONS is empty";
        }
        E2e::SetUp();
        make_venv(fs::path(tmp().path()) / "venv", kPython, version());
    }
    // "3.13"
    static std::string version() {
        const std::string name = fs::path(kSibling).filename();
        return name.substr(name.find('-') + 1);
    }
    // A group of our own Python and one of the other, and embedded mode.
    Server& start_both(const std::string& more = "") {
        return start(
            "WSGIDaemonProcess own threads=4\n"
            "WSGIDaemonProcess other threads=4 python-home=${tmp}/venv display-name=%{GROUP}\n"
            "WSGIScriptAlias /own ${apps}/shows_process.py process-group=own\n"
            "WSGIScriptAlias /other ${apps}/shows_process.py process-group=other\n"
            "WSGIScriptAlias /embedded ${apps}/shows_process.py\n" +
            more
        );
    }
    static std::map<std::string, std::string> facts(
        const Server& server, const std::string& target
    ) {
        return entries_of(server.get(target).body);
    }
    static pid_t pid_of(const Server& server, const std::string& target) {
        const auto found = facts(server, target);
        const auto pid = found.find("pid");
        return pid == found.end() ? -1 : std::stoi(pid->second);
    }
    static std::string program_of(pid_t pid) {
        std::error_code error;
        return fs::read_symlink(fmt::format("/proc/{}/exe", pid), error);
    }
};

TEST_F(Sibling, RunsGroupsOfItsPython) {
    Server& server = start_both();
    auto own = facts(server, "/own");
    auto other = facts(server, "/other");
    auto embedded = facts(server, "/embedded");
    EXPECT_TRUE(other["version"].starts_with(version() + ".")) << other["version"];
    EXPECT_FALSE(own["version"].starts_with(version() + ".")) << own["version"];
    EXPECT_EQ(embedded["version"], own["version"]);
    EXPECT_EQ(other["prefix"], fs::canonical(tmp().path()).string() + "/venv");
    EXPECT_EQ(other["process_group"], "other");
    EXPECT_EQ(program_of(std::stoi(other["pid"])), fs::canonical(kSibling).string());
    EXPECT_NE(program_of(std::stoi(own["pid"])), fs::canonical(kSibling).string());
}

// Whether a process was forked or is another program cannot be told from what it was given.
TEST_F(Sibling, IsAProcessLikeOurOwn) {
    Server& server = start_both();
    auto own = facts(server, "/own");
    auto other = facts(server, "/other");
    for (const char* const fact :
         {"main_thread_is_process",
          "uid",
          "gid",
          "groups",
          "cwd",
          "home",
          "multiprocess",
          "multithread",
          "run_once",
          "sigpipe_is_ignored"}) {
        EXPECT_EQ(other[fact], own[fact]) << fact;
    }
    const pid_t pid = std::stoi(other["pid"]);
    EXPECT_TRUE(proc::command_line(pid).starts_with("(wsgi:other)")) << proc::command_line(pid);
    for (const char* const field : {"SigBlk", "SigIgn", "NoNewPrivs", "CapEff"}) {
        EXPECT_EQ(proc::status_field(pid, field), proc::status_field(std::stoi(own["pid"]), field))
            << field;
    }
    // No listening socket, no other channel.
    EXPECT_EQ(proc::descriptors(pid).size(), proc::descriptors(std::stoi(own["pid"])).size());
}

TEST_F(Sibling, HasAnInterpreterForEachApplicationGroup) {
    Server& server = start_both(
        "WSGIScriptAlias /main ${apps}/shows_process.py process-group=other "
        "application-group=%{GLOBAL}\n"
        "WSGIScriptAlias /one ${apps}/counts_requests.py process-group=other "
        "application-group=one\n"
        "WSGIScriptAlias /two ${apps}/counts_requests.py process-group=other "
        "application-group=two\n"
    );
    EXPECT_EQ(facts(server, "/main")["is_main_interpreter"], "True");
    EXPECT_EQ(facts(server, "/other")["is_main_interpreter"], "False");
    EXPECT_EQ(server.get("/one").body, "1");
    EXPECT_EQ(server.get("/one").body, "2");
    EXPECT_EQ(server.get("/two").body, "1");
}

TEST_F(Sibling, CarriesLargeBodiesBothWays) {
    constexpr std::size_t kBytes = 20 * 1024 * 1024;
    Server& server = start_both(
        "WSGIScriptAlias /up ${apps}/digests_body.py process-group=other\n"
        "WSGIScriptAlias /down ${apps}/downloads.py process-group=other\n"
    );
    Client client = server.connect();
    client.send(
        fmt::format("POST /up?size HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n", kBytes)
    );
    client.send(std::string(kBytes, 'b'));
    EXPECT_EQ(client.read_response().body, std::to_string(kBytes));
    client.get(fmt::format("/down?bytes={}", kBytes));
    const Response response = client.read_response();
    EXPECT_TRUE(response.is_complete);
    EXPECT_EQ(response.body, std::string(kBytes, 'd'));
}

TEST_F(Sibling, IsReplacedWhenItDies) {
    Server& server =
        start_both("WSGIScriptAlias /kill ${apps}/kills_itself.py process-group=other\n");
    const pid_t own = pid_of(server, "/own");
    const pid_t other = pid_of(server, "/other");
    EXPECT_EQ(server.get("/kill?9").status, 502);
    EXPECT_TRUE(eventually([&] {
        const pid_t pid = pid_of(server, "/other");
        return pid > 0 && pid != other;
    }));
    EXPECT_EQ(program_of(pid_of(server, "/other")), fs::canonical(kSibling).string());
    EXPECT_EQ(pid_of(server, "/own"), own);
    expect_log(fmt::format("group 'other' \\(pid {}\\) was killed by signal 9", other));
    expect_log("GET /kill");
    allow_log("other");
}

TEST_F(Sibling, TracesWhatAnApplicationRaises) {
    Server& server = start_both("WSGIScriptAlias /raises ${apps}/raises.py process-group=other\n");
    EXPECT_EQ(server.get("/raises?at_call").status, 500);
    expect_traceback("ValueError: raised in the call");
    EXPECT_EQ(server.get("/other").status, 200);
}

TEST_F(Sibling, StopsWithTheServer) {
    Server& server = start_both();
    const pid_t other = pid_of(server, "/other");
    server.stop();
    EXPECT_FALSE(proc::is_running(other));
    EXPECT_TRUE(any_line_matches(log(), "Exiting daemon process 'other'")) << log();
    EXPECT_TRUE(any_line_matches(log(), "group 'other'.* ended with exit code 0")) << log();
}

TEST_F(Sibling, DiesWithTheSupervisor) {
    Server& server = start_both();
    EXPECT_GT(pid_of(server, "/other"), 0);
    server.signal(SIGKILL);
    EXPECT_EQ(server.wait_for_exit(), -1);  // the fixture looks for orphans
}

TEST_F(Sibling, IsListed) {
    EXPECT_TRUE(any_line_matches(run({"-V"}).out, "Siblings.*" + version()));
}

TEST_F(Sibling, IsNotForEmbeddedMode) {
    const std::string groups_only =
        "Listen 127.0.0.1:0\nErrorLog ${tmp}/error.log\nWSGIPythonHome ${tmp}/venv\n"
        "WSGIDaemonProcess other\nWSGIScriptAlias /a ${apps}/hello.py process-group=other\n";
    write_file(tmp() / "site.conf", substitute(groups_only + as_root_if_root("")));
    const Outcome well = run({"-t", "-f", tmp() / "site.conf"});
    EXPECT_EQ(well.exit_code, 0) << well.err;
    write_file(
        tmp() / "site.conf",
        substitute(groups_only + as_root_if_root("") + "WSGIScriptAlias /b ${apps}/hello.py\n")
    );
    const Outcome outcome = run({"-t", "-f", tmp() / "site.conf"});
    EXPECT_NE(outcome.exit_code, 0);
    EXPECT_TRUE(any_line_matches(outcome.err, "site\\.conf:3: WSGIPythonHome: .*embedded mode"))
        << outcome.err;
}

// --- Where there is none

class MissingSibling : public E2e {
protected:
    void SetUp() override {
        E2e::SetUp();
        make_venv(fs::path(tmp().path()) / "venv", "", "3.99");
    }
};

TEST_F(MissingSibling, IsA503AndASentence) {
    Server& server = start(
        "WSGIDaemonProcess other python-home=${tmp}/venv\n"
        "WSGIScriptAlias /other ${apps}/hello.py process-group=other\n"
        "WSGIScriptAlias / ${apps}/hello.py\n"
    );
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(server.get("/other").status, 503);
        EXPECT_EQ(server.get("/").body, "Hello, World!");
    }
    expect_log("group 'other' cannot serve: .*/venv is a Python 3\\.99, and .*hoopsnake-3\\.99");
    allow_log("group 'other'");
}

TEST_F(MissingSibling, IsToldByTheTestOfAConfiguration) {
    write_file(
        tmp() / "site.conf",
        substitute("Listen 127.0.0.1:0\nErrorLog ${tmp}/error.log\n"
                   "WSGIDaemonProcess other python-home=${tmp}/venv\n")
    );
    const Outcome outcome = run({"-t", "-f", tmp() / "site.conf"});
    EXPECT_NE(outcome.exit_code, 0);
    EXPECT_TRUE(any_line_matches(
        outcome.err,
        "site\\.conf:3: WSGIDaemonProcess other: python-home=.*/venv is a Python 3\\.99, and .*"
        "hoopsnake-3\\.99, is not installed"
    )) << outcome.err;
}

// A file of the sibling's name that is no program of this machine.
TEST_F(MissingSibling, IsOneThatCannotBeRun) {
    const fs::path beside = fs::canonical(program_path()).parent_path();
    const std::string version = "3." + std::to_string(::getpid());
    const fs::path broken = beside / ("hoopsnake-" + version);
    write_file(broken, "no program\n");
    fs::permissions(broken, fs::perms::owner_all);
    make_venv(fs::path(tmp().path()) / "broken", "", version);
    Server& server = start(
        "WSGIDaemonProcess other python-home=${tmp}/broken\n"
        "WSGIScriptAlias /other ${apps}/hello.py process-group=other\n"
        "WSGIScriptAlias / ${apps}/hello.py\n"
    );
    EXPECT_EQ(server.get("/other").status, 503);
    EXPECT_EQ(server.get("/").body, "Hello, World!");
    fs::remove(broken);
    expect_log("group 'other' cannot serve: cannot run .*hoopsnake-3\\..*: Exec format error");
    allow_log("group 'other'");
}

}  // namespace
}  // namespace test
