// A daemon process that has been taken over writes whatever it likes to those above it (the
// security record's T-70), and applications that share a process never see each other's answers
// (T-03).
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "tests/support/deadline.h"
#include "tests/support/e2e.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

class HostileDaemon : public E2e {};

TEST_F(HostileDaemon, T70NeitherEndsItsParentNorDisturbsOthers) {
    allow_log(".");  // the log says what has been written, in many words
    Server& server = start(
        "WSGIDaemonProcess hostile\nWSGIDaemonProcess other\n"
        "WSGIScriptAlias /hostile ${apps}/hostile/attacks_its_parent.py process-group=hostile\n"
        "WSGIScriptAlias /other ${apps}/shows_process.py process-group=other\n"
        "WSGIScriptAlias /embedded ${apps}/hello.py\n"
    );
    const std::string pid = entries_of(server.get("/other").body)["pid"];
    for (int seed = 0; seed < 20; ++seed) {
        Client client = server.connect();
        client.send(fmt::format("GET /hostile?{} HTTP/1.0\r\n\r\n", seed));
        client.read_until_close();  // whatever it is
        EXPECT_EQ(entries_of(server.get("/other").body)["pid"], pid) << "seed " << seed;
        EXPECT_EQ(server.get("/embedded").status, 200) << "seed " << seed;
    }
    EXPECT_FALSE(server.has_exited());
    // A process takes the place of the one that did not keep to the protocol.
    EXPECT_TRUE(eventually([&] { return server.get("/hostile?1").status != 503; }));
}

// Whoever receives one has to close it, and that can take as long as the sender likes.
TEST_F(HostileDaemon, CannotPassADescriptorToTheSupervisor) {
    write_file(
        tmp() / "passes_descriptor.py",
        "import os, socket, stat\n"
        "def is_refused(number, descriptor):\n"
        "    with socket.socket(fileno=os.dup(number)) as link:\n"
        "        try:\n"
        "            socket.send_fds(link, [b''], [descriptor])\n"
        "        except BrokenPipeError:\n"
        "            return True\n"
        "    return False\n"
        "def application(environ, start_response):\n"
        "    sockets = 0\n"
        "    refused = 0\n"
        "    reading, writing = os.pipe()\n"
        "    for number in [int(name) for name in os.listdir('/proc/self/fd')]:\n"
        "        try:\n"
        "            is_socket = stat.S_ISSOCK(os.fstat(number).st_mode)\n"
        "        except OSError:\n"
        "            continue\n"
        "        if is_socket:\n"
        "            sockets += 1\n"
        "            refused += is_refused(number, reading)\n"
        "    os.close(reading)\n"
        "    os.close(writing)\n"
        "    start_response('200 OK', [])\n"
        "    return [b'sockets=%d\\nrefused=%d\\n' % (sockets, refused)]\n"
    );
    Server& server = start(
        "ServerThreads 1\nWSGIDaemonProcess hostile\n"
        "WSGIScriptAlias / ${tmp}/passes_descriptor.py process-group=hostile\n"
    );
    auto facts = entries_of(server.get("/").body);
    EXPECT_EQ(facts["sockets"], "2") << "to the supervisor, and to the event loop";
    EXPECT_EQ(facts["refused"], "1");
}

class SharedProcess : public OnLane {};
INSTANTIATE_TEST_SUITE_P(, SharedProcess, testing::ValuesIn(both_modes()), name_of);

TEST_P(SharedProcess, T03NeverMixesAnswers) {
    for (const char* type : {"one", "two"}) {
        write_file(
            tmp() / (std::string(type) + ".py"),
            fmt::format(
                "def application(environ, start_response):\n"
                "    start_response('200 OK', [('Content-Type', 'x/{0}'), ('Content-Length', "
                "'3')])\n"
                "    return [b'{0}']\n",
                type
            )
        );
    }
    Server& server = start(
        "WSGIScriptAlias /one ${tmp}/one.py\nWSGIScriptAlias /two ${tmp}/two.py\n"
        "WSGIApplicationGroup %{RESOURCE}\n"
    );
    constexpr int kRounds = 40;
    constexpr int kPipelined = 100;
    std::vector<std::thread> clients;
    for (const std::string type : {"one", "two", "one", "two"}) {
        clients.emplace_back([&server, type] {
            Client client = server.connect();
            const std::string request = "GET /" + type + " HTTP/1.1\r\nHost: a\r\n\r\n";
            for (int round = 0; round < kRounds; ++round) {
                client.send(repeat(request, kPipelined));
                for (int i = 0; i < kPipelined; ++i) {
                    const Response response = client.read_response();
                    ASSERT_EQ(response.header("Content-Type"), "x/" + type);
                    ASSERT_EQ(response.body, type);
                }
            }
        });
    }
    for (std::thread& client : clients) {
        client.join();
    }
}

}  // namespace
}  // namespace test
