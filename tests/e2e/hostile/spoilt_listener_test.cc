// Listening sockets are everybody's. What an application in a server process does to them ends when
// it is seen, and does not outlive the process.
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <string>
#include <vector>

#include "tests/support/deadline.h"
#include "tests/support/e2e.h"
#include "tests/support/fifo.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

constexpr const char* kShared =
    "WSGIScriptAlias / ${apps}/hostile/spoils_listener.py\n"
    "Alias /file.txt ${tmp}/file.txt\n"
    "<Directory ${tmp}>\nRequire all granted\n</Directory>\n";

std::string told_of(const std::string& what) {
    return "something in a server process has " + what +
           R"( the listening socket, port \d+; a new one takes its place)";
}

class SpoiltListener : public OnLane {
protected:
    void SetUp() override {
        OnLane::SetUp();
        if (is_daemon()) {
            GTEST_SKIP() << "a daemon process has none";
        }
        write_file(tmp() / "file.txt", "content");
    }
    static void expect_served(const Server& server) {
        for (int i = 0; i < 5; ++i) {
            EXPECT_EQ(server.get("/file.txt").body, "content");
            EXPECT_EQ(server.get("/").body, "done");
        }
    }
};
INSTANTIATE_TEST_SUITE_P(, SpoiltListener, testing::ValuesIn(both_rings()), name_of);

struct Option {
    std::string name;
    int level;
    int number;
    int value;
};

TEST_P(SpoiltListener, IsReplacedWhateverOptionMakesItDeaf) {
    Server& server = start("StartServers 2\nServerThreads 2\n" + std::string(kShared));
    for (const Option& option : std::vector<Option>{
             {"IP_MINTTL", IPPROTO_IP, IP_MINTTL, 255},
             {"SO_RCVLOWAT", SOL_SOCKET, SO_RCVLOWAT, 1 << 30},
             {"SO_RCVBUF", SOL_SOCKET, SO_RCVBUF, 1},
             {"TCP_DEFER_ACCEPT", IPPROTO_TCP, TCP_DEFER_ACCEPT, 100},
             {"TCP_USER_TIMEOUT", IPPROTO_TCP, TCP_USER_TIMEOUT, 1},
             {"TCP_MAXSEG", IPPROTO_TCP, TCP_MAXSEG, 88},
             {"SO_REUSEPORT", SOL_SOCKET, SO_REUSEPORT, 1},
         }) {
        SCOPED_TRACE(option.name);
        EXPECT_EQ(
            server
                .get(
                    "/?set=" + std::to_string(option.level) + "," + std::to_string(option.number) +
                    "," + std::to_string(option.value)
                )
                .status,
            200
        );
        wait_for_log(told_of("changed " + option.name + " of"));
        expect_served(server);
    }
}

// Nobody can take its keys from a socket, nor even see them.
TEST_P(SpoiltListener, IsReplacedWhereConnectionsWouldHaveToBeSigned) {
    Server& server = start(kShared);
    EXPECT_EQ(server.get("/?sign").status, 200);
    wait_for_log(told_of("changed TCP_MD5SIG or SO_ATTACH_FILTER of"));
    expect_served(server);
}

TEST_P(SpoiltListener, IsReplacedWhereNobodyMayWaitInIt) {
    Server& server = start(kShared);
    EXPECT_EQ(server.get("/?listen=0").status, 200);
    wait_for_log(told_of("changed backlog of"));
    expect_served(server);
}

TEST_P(SpoiltListener, DoesNotOutliveTheProcessThatHasSpoiltIt) {
    Server& server = start(kShared);
    allow_log("has ended soon|ended with exit code 3");
    Client client = server.connect();
    client.get(
        "/?set_and_exit=" + std::to_string(IPPROTO_IP) + "," + std::to_string(IP_MINTTL) + ",255"
    );
    client.read_until_close();
    wait_for_log(told_of("changed IP_MINTTL of"));
    expect_served(server);
}

// Whatever lock or copy of it a program keeps that the application has started.
TEST_P(SpoiltListener, IsReplacedWhileAProgramHoldsTheOneThatWasShutDown) {
    Fifo gate(tmp() / "gate");
    Server& server = start("StartServers 2\nServerThreads 2\n" + std::string(kShared));
    EXPECT_EQ(server.get("/?hold=" + gate.path()).status, 200);
    EXPECT_EQ(server.get("/?shut").status, 200);
    wait_for_log(told_of("shut down"));
    expect_served(server);
    EXPECT_EQ(server.get("/?shut").status, 200);
    EXPECT_TRUE(eventually([&] { return !Client::is_refused(server.address()); }));
    expect_served(server);
    gate.put(".");
}

}  // namespace
}  // namespace test
