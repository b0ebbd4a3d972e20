// Process groups and application groups: which process, which interpreter (specification, section 4
// and cases 46 to 56).
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "tests/support/e2e.h"
#include "tests/support/fifo.h"
#include "tests/support/proc.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

using Facts = std::map<std::string, std::string>;

IN_BOTH_MODES(ApplicationGroup);

TEST_P(ApplicationGroup, HasModuleGlobalsOfItsOwn) {
    Server& server = start(
        "WSGIScriptAlias /a ${apps}/counts_requests.py application-group=a\n"
        "WSGIScriptAlias /b ${apps}/counts_requests.py application-group=b\n"
        "WSGIScriptAlias /again ${apps}/counts_requests.py application-group=a\n"
    );
    EXPECT_EQ(server.get("/a").body, "1");
    EXPECT_EQ(server.get("/a").body, "2");
    EXPECT_EQ(server.get("/b").body, "1");
    EXPECT_EQ(server.get("/again").body, "3");
}

TEST_P(ApplicationGroup, LivesInOneProcessWithTheOthers) {
    Server& server = start(
        "WSGIScriptAlias /a ${apps}/shows_process.py application-group=a\n"
        "WSGIScriptAlias /b ${apps}/shows_process.py application-group=b\n"
    );
    Facts a = entries_of(server.get("/a").body);
    Facts b = entries_of(server.get("/b").body);
    EXPECT_EQ(a["pid"], b["pid"]);
    EXPECT_NE(a["interpreter"], b["interpreter"]);
    EXPECT_EQ(a["is_main_interpreter"], "False");
    EXPECT_EQ(a["application_group"], "a");
}

TEST_P(ApplicationGroup, GlobalIsTheMainInterpreter) {
    Server& server =
        start("WSGIApplicationGroup %{GLOBAL}\nWSGIScriptAlias / ${apps}/shows_process.py\n");
    Facts facts = entries_of(server.get("/").body);
    EXPECT_EQ(facts["is_main_interpreter"], "True");
    EXPECT_EQ(facts["main_thread_is_process"], "True");
    EXPECT_EQ(facts["application_group"], "");
}

// Case 49 and section 4.3: the matched host's ServerName, a bar, and the script's URL path.
TEST_P(ApplicationGroup, IsNamedAfterTheResourceByDefault) {
    Server& server = start(
        "<VirtualHost *:*>\nServerName vh.example.com:80\nServerAlias other\n"
        "WSGIScriptAlias /app ${apps}/shows_process.py\nWSGIScriptAlias / "
        "${apps}/shows_process.py\n</VirtualHost>\n"
    );
    Client client = server.connect();
    client.send("GET / HTTP/1.0\r\nHost: other\r\n\r\n");
    EXPECT_EQ(entries_of(client.read_response().body)["application_group"], "vh.example.com|");
    Client second = server.connect();
    second.send("GET /app/x HTTP/1.0\r\nHost: other\r\n\r\n");
    EXPECT_EQ(entries_of(second.read_response().body)["application_group"], "vh.example.com|/app");
}

// The hardening of section 4.3: a client cannot make interpreters by inventing ports.
TEST_P(ApplicationGroup, DoesNotDependOnThePortOfTheHostField) {
    Server& server =
        start("ServerName main.example.com\nWSGIScriptAlias /app ${apps}/shows_process.py\n");
    std::set<std::string> groups;
    for (const char* host : {"foo:4444", "foo:5555", "bar:6666"}) {
        Client client = server.connect();
        client.send(std::string("GET /app HTTP/1.1\r\nHost: ") + host + "\r\n\r\n");
        groups.insert(entries_of(client.read_response().body)["application_group"]);
    }
    ASSERT_EQ(groups.size(), 1U);
    EXPECT_TRUE(groups.begin()->starts_with("main.example.com")) << *groups.begin();
    EXPECT_TRUE(groups.begin()->ends_with("|/app")) << *groups.begin();
}

TEST_P(ApplicationGroup, CanBeTheServerOrAnyName) {
    Server& server = start(
        "ServerName main.example.com:80\n"
        "WSGIScriptAlias /server ${apps}/shows_process.py application-group=%{SERVER}\n"
        "WSGIScriptAlias /literal ${apps}/shows_process.py application-group=foo-%{SERVER}\n"
    );
    EXPECT_EQ(entries_of(server.get("/server").body)["application_group"], "main.example.com");
    EXPECT_EQ(entries_of(server.get("/literal").body)["application_group"], "foo-%{SERVER}");
}

TEST_P(ApplicationGroup, LoadsAScriptOnceUnderItsPath) {
    Server& server = start("WSGIScriptAlias / ${apps}/shows_process.py\n");
    Facts facts = entries_of(server.get("/").body);
    EXPECT_TRUE(any_line_matches(facts["name"], "^_mod_wsgi_[0-9a-f]{32}$")) << facts["name"];
    EXPECT_EQ(facts["file"], apps() + "/shows_process.py");
    EXPECT_EQ(facts["argv"], "['mod_wsgi']");
    EXPECT_EQ(facts["sigpipe_is_ignored"], "True");
}

class ProcessGroup : public E2e {};

TEST_F(ProcessGroup, HasAProcessOfItsOwn) {
    Server& server = start(
        "WSGIDaemonProcess one\nWSGIDaemonProcess two\n"
        "WSGIScriptAlias /embedded ${apps}/shows_process.py\n"
        "WSGIScriptAlias /one ${apps}/shows_process.py process-group=one\n"
        "WSGIScriptAlias /two ${apps}/shows_process.py process-group=two\n"
    );
    std::set<std::string> pids{std::to_string(server.pid())};
    for (const char* name : {"embedded", "one", "two"}) {
        Facts facts = entries_of(server.get(std::string("/") + name).body);
        EXPECT_EQ(facts["process_group"], name == std::string("embedded") ? "" : name);
        pids.insert(facts["pid"]);
    }
    EXPECT_EQ(pids.size(), 4U) << "three that run Python, and the supervisor, which does not";
}

TEST_F(ProcessGroup, IsUsedByAllItsProcesses) {
    Server& server = start(
        "WSGIDaemonProcess app processes=2 threads=1\nWSGIProcessGroup app\n"
        "WSGIScriptAlias / ${apps}/waits_at_gate.py\n"
    );
    Fifo tell(tmp() / "tell");
    Fifo gate(tmp() / "gate");
    const std::string target = "/?tell=" + tell.path() + "&gate=" + gate.path();
    Client first = server.connect();
    Client second = server.connect();
    first.get(target);
    const std::string begun = tell.take_line();
    second.get(target);
    EXPECT_NE(tell.take_line(), begun)
        << "one thread each: the second request needs the other process";
    gate.put("..");
    EXPECT_EQ(first.read_response().body, "passed");
    EXPECT_EQ(second.read_response().body, "passed");
}

// Section 5.2: the mere presence of processes= makes wsgi.multiprocess true.
TEST_F(ProcessGroup, Case77_TellsItsShapeToApplications) {
    struct Case {
        const char* options;
        const char* multiprocess;
        const char* multithread;
    };
    for (const Case& each :
         {Case{"", "False", "True"},
          Case{"processes=1", "True", "True"},
          Case{"processes=2 threads=1", "True", "False"},
          Case{"threads=1", "False", "False"}}) {
        Server& server = start(
            std::string("WSGIDaemonProcess app ") + each.options +
            "\nWSGIProcessGroup app\nWSGIScriptAlias / ${apps}/shows_process.py\n"
        );
        Facts facts = entries_of(server.get("/").body);
        EXPECT_EQ(facts["multiprocess"], each.multiprocess) << each.options;
        EXPECT_EQ(facts["multithread"], each.multithread) << each.options;
        EXPECT_EQ(facts["run_once"], "False") << each.options;
        server.stop();
    }
}

TEST_F(ProcessGroup, Case80_HasItsHomeAndPythonPath) {
    for (const char* name : {"home", "a", "b"}) {
        std::filesystem::create_directory(tmp() / name);
    }
    Server& server = start(
        "WSGIDaemonProcess app home=${tmp}/home python-path=${tmp}/a:${tmp}/b\nWSGIProcessGroup "
        "app\n"
        "WSGIScriptAlias / ${apps}/shows_process.py\n"
    );
    Facts facts = entries_of(server.get("/").body);
    EXPECT_EQ(facts["cwd"], tmp() / "home");
    const std::string front =
        "['" + (tmp() / "home") + "', '" + (tmp() / "a") + "', '" + (tmp() / "b") + "', ";
    EXPECT_TRUE(facts["path"].starts_with(front)) << facts["path"];
    EXPECT_EQ(facts["path"].find(apps()), std::string::npos)
        << "the script's directory is not on the path";
}

TEST_F(ProcessGroup, ShowsItsDisplayName) {
    Server& server = start(
        "WSGIDaemonProcess a-group-with-quite-a-long-name display-name=%{GROUP}\n"
        "WSGIProcessGroup a-group-with-quite-a-long-name\nWSGIScriptAlias / "
        "${apps}/shows_process.py\n"
    );
    const pid_t pid = std::stoi(entries_of(server.get("/").body)["pid"]);
    EXPECT_TRUE(proc::command_line(pid).starts_with("(wsgi:a-group-with-quite-a-long-name)"))
        << proc::command_line(pid);
}

// Case 56.
TEST_F(ProcessGroup, OfAVirtualHostIsSharedByHostsOfThatServerName) {
    Server& server = start(
        "Listen 127.0.0.1:0\nListen [::1]:0\n"
        "<VirtualHost 127.0.0.1:*>\nServerName mine\nWSGIDaemonProcess mine\n"
        "WSGIScriptAlias / ${apps}/shows_process.py process-group=mine\n</VirtualHost>\n"
        "<VirtualHost [::1]:*>\nServerName mine\n"
        "WSGIScriptAlias / ${apps}/shows_process.py process-group=mine\n</VirtualHost>\n"
    );
    std::set<std::string> pids;
    for (const std::string& address : server.addresses()) {
        Client client(address);
        client.get("/");
        pids.insert(entries_of(client.read_response().body)["pid"]);
    }
    EXPECT_EQ(pids.size(), 1U);
}

TEST_F(ProcessGroup, MayBeDefinedBelowItsUse) {
    Server& server = start(
        "WSGIProcessGroup late\nWSGIScriptAlias / ${apps}/shows_process.py\nWSGIDaemonProcess "
        "late\n"
    );
    EXPECT_EQ(entries_of(server.get("/").body)["process_group"], "late");
}

TEST_F(ProcessGroup, IsChosenByTheMountBeforeTheHost) {
    Server& server = start(
        "WSGIDaemonProcess app\nWSGIProcessGroup app\n"
        "WSGIScriptAlias /embedded ${apps}/shows_process.py process-group=%{GLOBAL}\n"
        "WSGIScriptAlias /daemon ${apps}/shows_process.py\n"
    );
    EXPECT_EQ(entries_of(server.get("/embedded").body)["process_group"], "");
    EXPECT_EQ(entries_of(server.get("/daemon").body)["process_group"], "app");
}

}  // namespace
}  // namespace test
