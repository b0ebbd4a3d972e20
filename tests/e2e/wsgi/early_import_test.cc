// What an application of embedded mode does while it is loaded before its first request is its own
// trouble: everybody else is served meanwhile.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "tests/support/deadline.h"
#include "tests/support/e2e.h"
#include "tests/support/fifo.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

constexpr const char* kAllLeft =
    "4 server processes have ended soon after their start; the next one imports nothing before "
    "the first request that wants it, which is .*/early.py";

class EarlyImport : public E2e {
protected:
    EarlyImport() {
        write_file(tmp() / "page.txt", "a page");
        // It has no alias: what it does is done before its group's first request, or never.
        write_script("early.py", "");
        write_script("here.py", "");
    }
    void write_script(const std::string& name, const std::string& body) {
        write_file(
            tmp() / name,
            "import os\n" + body +
                "def application(environ, start_response):\n"
                "    start_response('200 OK', [])\n    return [b'here']\n"
        );
    }
    // It is imported into the group "early", where "/here" is another script.
    [[nodiscard]] static std::string mounts() {
        return "WSGIDaemonProcess well\nAlias /page ${tmp}/page.txt\n<Directory ${tmp}>\n"
               "Require all granted\n</Directory>\n"
               "WSGIImportScript ${tmp}/early.py process-group=%{GLOBAL} application-group=early\n"
               "WSGIScriptAlias /here ${tmp}/here.py process-group=%{GLOBAL} "
               "application-group=early\n"
               "WSGIScriptAlias /late ${apps}/hello.py process-group=%{GLOBAL} "
               "application-group=late\n"
               "WSGIScriptAlias /embedded ${apps}/hello.py\n"
               "WSGIScriptAlias /daemon ${apps}/hello.py process-group=well\n";
    }
    static void expect_others_served(const Server& server) {
        EXPECT_EQ(server.get("/page").body, "a page");
        for (const char* target : {"/daemon", "/embedded", "/late"}) {
            EXPECT_EQ(server.get(target).body, "Hello, World!") << target;
        }
    }
};

TEST_F(EarlyImport, ThatHangsHoldsUpItsOwnGroupAlone) {
    const Fifo gate(tmp() / "gate");
    Fifo begun(tmp() / "begun");
    write_script(
        "early.py",
        "with open('" + begun.path() + "', 'w') as begun:\n    begun.write('begun\\n')\n" +
            "with open('" + gate.path() + "', 'rb', buffering=0) as gate:\n    gate.read(1)\n"
    );
    Server& server = start(mounts());
    EXPECT_EQ(begun.take_line(), "begun");
    expect_others_served(server);
    Client client = server.connect();
    client.get("/here");
    expect_others_served(server);
    EXPECT_TRUE(client.is_silent());
    gate.put(".");
    EXPECT_EQ(client.read_response().body, "here");
}

TEST_F(EarlyImport, IsNotWaitedForLongerThanTimeout) {
    const Fifo gate(tmp() / "gate");
    write_script(
        "early.py",
        "with open('" + gate.path() + "', 'rb', buffering=0) as gate:\n    gate.read(1)\n"
    );
    Server& server = start("Timeout 3\n" + mounts());
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(server.get("/here").status, 503);
        expect_others_served(server);
    }
    expect_log("no request of application group 'early' is answered, .* has not ended: /here");
    gate.put(".");
    EXPECT_TRUE(eventually([&] { return server.get("/here").status == 200; }));
}

TEST_F(EarlyImport, ThatHangsDoesNotKeepTheServerFromStopping) {
    const Fifo gate(tmp() / "gate");
    write_script(
        "early.py",
        "with open('" + gate.path() + "', 'rb', buffering=0) as gate:\n    gate.read(1)\n"
    );
    Server& server = start(mounts());
    expect_others_served(server);
    server.stop();
    expect_log("server process 0 .*SIGALRM.* while serving import of .*/early.py");
    allow_log("stopping waits for server process 0 .* import of ");
}

TEST_F(EarlyImport, ThatStopsItsProcessIsGoneOnWith) {
    write_script("early.py", "os.kill(os.getpid(), 19)\n");
    Server& server = start(mounts());
    wait_for_log("server process 0 .* was stopped by signal 19.*; it goes on");
    expect_others_served(server);
    EXPECT_EQ(server.get("/here").body, "here");
}

TEST_F(EarlyImport, WhoseThreadEndsTheProcessLaterIsLeftToTheFirstRequest) {
    write_script("early.py", "import threading\nthreading.Timer(0.3, os._exit, [4]).start()\n");
    Server& server = start(mounts());
    wait_for_log(kAllLeft);
    expect_log("server process 0 .* exit code 4");
    expect_others_served(server);
    EXPECT_EQ(count_of(log(), "exit code 4"), 4U);
}

// Not soon after the start each time, so that it is left in; but nobody would find it.
TEST_F(EarlyImport, WhoseThreadsEndProcessesNowAndThenIsNamed) {
    write_script(
        "early.py",
        "import threading\n"
        "with open('" +
            (tmp() / "lives") +
            "', 'ab') as lives:\n    lives.write(b'.')\n"
            "life = os.path.getsize('" +
            (tmp() / "lives") +
            "')\n"
            "if life <= 5:\n"
            "    threading.Timer(5.2 if life == 3 else 1.5, os._exit, [4]).start()\n"
    );
    Server& server = start(mounts());
    wait_for_log(
        "5 server processes have ended within a minute while they served nothing; what they have "
        R"(imported before the first request may end them: .*/early\.py \(.*site-?\d*\.conf:\d+\), )"
        R"(.*/hello\.py \()"
    );
    expect_log("server process 0 .* exit code 4");
    expect_others_served(server);
}

// Each time it is told to stop then, and lets its requests finish.
TEST_F(EarlyImport, ThatHasItsProcessReplacedIsLeftToTheFirstRequest) {
    write_script("early.py", "os.kill(os.getpid(), 15)\n");
    Server& server = start(mounts());
    wait_for_log(kAllLeft);
    expect_others_served(server);
    EXPECT_EQ(count_of(log(), " is told to stop"), 4U);
}

TEST_F(EarlyImport, ThatEndsItsProcessTwiceIsLeftToTheFirstRequest) {
    const std::string trap = tmp() / "trap";
    write_file(trap, "");
    write_script("early.py", "if os.path.exists('" + trap + "'):\n    os._exit(3)\n");
    Server& server = start(mounts());
    wait_for_log(
        R"(site-?\d*\.conf:\d+: the import of .*/early\.py has ended 2 server processes; it is left )"
        R"(to the first request of application group 'early')"
    );
    expect_log(R"(server process 0 .* exit code 3 while serving import of .*/early\.py \(thread)");
    expect_others_served(server);
    EXPECT_EQ(count_of(log(), "exit code 3"), 2U);
    // Who asks for it gets what it does.
    EXPECT_EQ(server.get("/here").status, 0);
    expect_others_served(server);
    std::filesystem::remove(trap);
    EXPECT_EQ(server.get("/here").body, "here");
    EXPECT_EQ(count_of(log(), "exit code 3"), 3U);
    expect_log(R"(server process 0 .* exit code 3 while serving GET /here)");
}

}  // namespace
}  // namespace test
