// An application that receives from descriptors which are not its own: what it takes from the links
// of its process is noticed, the requests on them are answered long before Timeout, and the process
// is replaced. Others notice nothing.
#include <gtest/gtest.h>

#include <string>

#include "tests/support/deadline.h"
#include "tests/support/e2e.h"
#include "tests/support/fifo.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

class StolenBytes : public E2e {
protected:
    Server& start_thief() {
        write_file(
            tmp() / "holds_gil.py",
            "import ctypes, os\n"
            "def application(environ, start_response):\n"
            "    tell, gate = environ['QUERY_STRING'].split('&')\n"
            "    with open(tell, 'w') as pipe:\n"
            "        pipe.write('begun\\n')\n"
            "    number = os.open(gate, os.O_RDONLY)\n"
            "    ctypes.PyDLL(None).read(number, ctypes.create_string_buffer(1), 1)\n"
            "    os.close(number)\n"
            "    start_response('200 OK', [])\n"
            "    return [b'passed']\n"
        );
        return start(
            "StartServers 1\nServerThreads 1\nTimeout 300\n"
            "WSGIDaemonProcess thief threads=1\nWSGIDaemonProcess other threads=2\n"
            "WSGIApplicationGroup %{GLOBAL}\n"
            "WSGIScriptAlias /thief ${apps}/hostile/steals_from_links.py process-group=thief\n"
            "WSGIScriptAlias /other ${tmp}/holds_gil.py process-group=other\n"
            "WSGIScriptAlias /embedded ${apps}/hello.py\n"
        );
    }
    // `client` has asked for `mode`, and the application has begun to receive.
    void begin(Client& client, const std::string& mode) {
        client.get("/thief?" + mode + "&" + tell_.path());
        EXPECT_EQ(tell_.take_line(), "begun");
    }
    void expect_another(const Server& server, const std::string& pid) {
        allow_log("its link to a server process was broken|was killed by signal 9");
        EXPECT_TRUE(eventually([&] {
            EXPECT_EQ(server.get("/embedded").status, 200);
            const Response response = server.get("/thief?pid");
            return response.status == 200 && response.body != pid;
        }));
    }

    Fifo tell_{tmp() / "tell"};
};

TEST_F(StolenBytes, AreMissedByTheServerProcessWhereNothingArrivesAnyMore) {
    Server& server = start_thief();
    const std::string pid = server.get("/thief?pid").body;
    Client thief = server.connect();
    begin(thief, "ever");
    Client robbed = server.connect();
    robbed.get("/thief?pid");
    EXPECT_EQ(robbed.read_response().status, 502);
    EXPECT_EQ(thief.read_response().status, 502);
    wait_for_log("process 0 of group 'thief' is gone with 2 request\\(s\\) in it: .*not its own");
    expect_another(server, pid);
}

// By the time that a process is given up which does not answer, one that has no time to read has
// not been.
TEST_F(StolenBytes, AreToldFromAProcessThatKeepsTheGil) {
    Server& server = start_thief();
    const Fifo gate(tmp() / "gate");
    const std::string target = "/other?" + tell_.path() + "&" + gate.path();
    Client running = server.connect();
    running.get(target);
    EXPECT_EQ(tell_.take_line(), "begun");
    Client waiting = server.connect();
    waiting.get(target);
    EXPECT_TRUE(waiting.wait_until_taken());

    Client thief = server.connect();
    begin(thief, "ever");
    Client robbed = server.connect();
    robbed.get("/thief?pid");
    EXPECT_EQ(robbed.read_response().status, 502);
    allow_log("group 'thief'|frames are missing");  // whoever of the two notices first

    gate.put("..");
    EXPECT_EQ(running.read_response().body, "passed");
    EXPECT_EQ(waiting.read_response().body, "passed");
}

}  // namespace
}  // namespace test
