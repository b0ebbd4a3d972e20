// A process that runs applications holds what is its own: no other tenant's configuration, not the
// environment of whoever started the server, and no rights that its group was not given.
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "tests/support/deadline.h"
#include "tests/support/e2e.h"
#include "tests/support/proc.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

namespace fs = std::filesystem;

class OwnSettings : public E2e {
protected:
    static pid_t pid_of(const Server& server, const std::string& target) {
        auto facts = entries_of(server.get(target).body);
        return facts["pid"].empty() ? -1 : std::stoi(facts["pid"]);
    }
};

// Two tenants with a process group each. What one of them is told with SetEnv, and who looks after
// it, stands nowhere in the memory of the other's process; its own does.
TEST_F(OwnSettings, OfOtherTenantsAreNowhereInADaemonProcessesMemory) {
    const Server& server = start(
        "WSGIDaemonProcess first\nWSGIDaemonProcess second\n"
        "<VirtualHost *>\nServerName first.example\nServerAdmin reachme-of-first@example.org\n"
        "SetEnv PASSWORD hush-hush-of-first\n"
        "WSGIScriptAlias / ${apps}/tenants/searches_memory.py process-group=first\n</VirtualHost>\n"
        "<VirtualHost *>\nServerName second.example\nServerAdmin reachme-of-second@example.org\n"
        "SetEnv PASSWORD hush-hush-of-second\n"
        "WSGIScriptAlias / ${apps}/tenants/searches_memory.py "
        "process-group=second\n</VirtualHost>\n"
    );
    const auto found = [&](const std::string& host, const std::string& halves) {
        Client client = server.connect();
        client.send("GET /?" + halves + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
        return client.read_response().body;
    };
    EXPECT_NE(found("first.example", "hush-hush-.of-first"), "0");
    EXPECT_NE(found("first.example", "reachme-.of-first"), "0");
    EXPECT_EQ(found("first.example", "hush-hush-.of-second"), "0");
    EXPECT_EQ(found("first.example", "reachme-.of-second"), "0");
    EXPECT_EQ(found("second.example", "hush-hush-.of-first"), "0");
}

// An upgrade replaces the file of the program; a process that is started later is still of the
// version that the supervisor is.
TEST_F(OwnSettings, AreOfTheProgramThatRunsAlsoWhenItsFileWasReplaced) {
    const std::string copy = tmp() / "hoopsnake";
    fs::copy_file(program_path(), copy);
    const char* const before = std::getenv("HOOPSNAKE_BINARY");
    const std::string kept = before == nullptr ? "" : before;
    ::setenv("HOOPSNAKE_BINARY", copy.c_str(), 1);
    const Server& server = start(
        "WSGIDaemonProcess app\nWSGIScriptAlias / ${apps}/shows_process.py process-group=app\n"
    );
    before == nullptr ? ::unsetenv("HOOPSNAKE_BINARY")
                      : ::setenv("HOOPSNAKE_BINARY", kept.c_str(), 1);
    const pid_t old = pid_of(server, "/");
    fs::remove(copy);
    write_file(copy, "#!/bin/false\n");
    fs::permissions(copy, fs::perms::owner_all);
    ::kill(old, SIGKILL);
    EXPECT_TRUE(eventually([&] {
        const pid_t pid = pid_of(server, "/");
        return pid > 0 && pid != old;
    }));
    expect_log("killed by signal 9");
    allow_log("group 'app'");
}

TEST_F(OwnSettings, AreUnderTheNameOfTheProgram) {
    const Server& server = start(
        "WSGIDaemonProcess app\nWSGIScriptAlias / ${apps}/shows_process.py process-group=app\n"
    );
    const pid_t pid = pid_of(server, "/");
    EXPECT_EQ(proc::status_field(pid, "Name"), "hoopsnake");
}

TEST_F(OwnSettings, AreAllThatADaemonProcessHasOfTheEnvironment) {
    environment_["OPERATORS_TOKEN"] = "hush";
    environment_["TENANTS_DATABASE"] = "db";
    environment_["LC_TIME"] = "C.UTF-8";
    environment_["TZ"] = "Europe/Vienna";
    environment_["PYTHONHASHSEED"] = "7";
    const Server& server = start(
        "WSGIDaemonProcess plain\nWSGIDaemonProcess more pass-environment=OTHER:TENANTS_*\n"
        "WSGIDaemonProcess all pass-environment=*\n"
        "WSGIScriptAlias /plain ${apps}/tenants/shows_os_environ.py process-group=plain\n"
        "WSGIScriptAlias /more ${apps}/tenants/shows_os_environ.py process-group=more\n"
        "WSGIScriptAlias /all ${apps}/tenants/shows_os_environ.py process-group=all\n"
    );
    for (const char* const target : {"/plain", "/more", "/all"}) {
        auto variables = entries_of(server.get(target).body);
        EXPECT_NE(variables["PATH"], "") << target;
        EXPECT_EQ(variables["LC_TIME"], "C.UTF-8") << target;
        EXPECT_EQ(variables["TZ"], "Europe/Vienna") << target;
        EXPECT_EQ(variables["PYTHONHASHSEED"], "7") << target;
        const std::string name = target;
        EXPECT_EQ(variables["TENANTS_DATABASE"], name == "/plain" ? "" : "db") << target;
        EXPECT_EQ(variables["OPERATORS_TOKEN"], name == "/all" ? "hush" : "") << target;
    }
}

// `hoopsnake serve` starts one application, of whoever calls it, as a container does.
TEST_F(OwnSettings, OfServeAreAllThatItsCallerHas) {
    ServerOptions options;
    options.environment["DATABASE_URL"] = "db";
    const Server& server =
        serve({"serve", "${apps}/tenants/shows_os_environ.py", "--processes", "1"}, options);
    EXPECT_EQ(entries_of(server.get("/").body)["DATABASE_URL"], "db");
}

// sudo, and sendmail where it is setgid, in an application: mod_wsgi lets them, here a group says
// so.
TEST_F(OwnSettings, SayWhetherProgramsOfAnApplicationMayGainRights) {
    const Server& server = start(
        "WSGIDaemonProcess never\nWSGIDaemonProcess may new-privileges=On\n"
        "WSGIScriptAlias /never ${apps}/shows_process.py process-group=never\n"
        "WSGIScriptAlias /may ${apps}/shows_process.py process-group=may\n"
        "WSGIScriptAlias /embedded ${apps}/shows_process.py\n"
    );
    EXPECT_EQ(proc::status_field(pid_of(server, "/never"), "NoNewPrivs"), "1");
    EXPECT_EQ(proc::status_field(pid_of(server, "/embedded"), "NoNewPrivs"), "1");
    EXPECT_EQ(proc::status_field(pid_of(server, "/may"), "NoNewPrivs"), "0");
}

}  // namespace
}  // namespace test
