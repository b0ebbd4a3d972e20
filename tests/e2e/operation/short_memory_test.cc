// A process that has no further memory, in the middle of its work: a request for which there is
// none fails, and the process goes on.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <deque>
#include <string>

#include "core/base/system/fd.h"
#include "tests/support/deadline.h"
#include "tests/support/e2e.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

class ShortMemory : public E2e {};

// New threads of the pool and new interpreters are what CPython itself would end the process for.
TEST_F(ShortMemory, IsTheRequestsMisfortune) {
    if (is_sanitized()) {
        GTEST_SKIP() << "an allocator of its own, which ends the process";
    }
    allow_log(".");  // memory is missing in many places
    Server& server = start(
        "StartServers 1\nServerThreads 1\n"
        "WSGIDaemonProcess app threads=4\nWSGIProcessGroup app\n"
        "WSGIScriptAlias /fill ${apps}/operation/fills_memory.py application-group=one\n"
        "WSGIScriptAlias /new ${apps}/hello.py application-group=two\n"
    );
    const std::string pid = server.get("/fill").body;
    const std::string pipe = tmp() / "pipe";
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    ASSERT_EQ(server.get("/fill?" + pipe).body, pid);
    EXPECT_EQ(server.get("/new").status, 500) << "there is no interpreter for it";
    // Each of them wants a thread.
    std::deque<Client> clients;
    for (int i = 0; i < 4; ++i) {
        clients.push_back(server.connect());
        clients.back().get("/new");
    }
    for (Client& client : clients) {
        EXPECT_EQ(client.read_response().status, 500);
    }
    // Nobody waits for a reader here: the process may be gone.
    const base::Fd gate(::open(pipe.c_str(), O_RDWR | O_CLOEXEC));
    EXPECT_EQ(::write(gate.get(), "x", 1), 1);
    EXPECT_TRUE(eventually([&] { return server.get("/new").status == 200; }));
    EXPECT_EQ(server.get("/fill").body, pid) << "the process has gone on";
    expect_log("sub-interpreter 'two'.* cannot be created.*RLIMIT_AS|no memory for a place in an");
}

// An interpreter that there is already, and in which no thread has worked yet.
TEST_F(ShortMemory, HasNoPlaceForAThreadInAnotherInterpreter) {
    if (is_sanitized()) {
        GTEST_SKIP() << "an allocator of its own, which ends the process";
    }
    allow_log(".");
    Server& server = start(
        "StartServers 1\nServerThreads 1\n"
        "WSGIDaemonProcess app threads=1\nWSGIProcessGroup app\n"
        "WSGIImportScript ${apps}/hello.py process-group=app application-group=two\n"
        "WSGIScriptAlias /fill ${apps}/operation/fills_memory.py application-group=one\n"
        "WSGIScriptAlias /two ${apps}/hello.py application-group=two\n"
    );
    const std::string pid = server.get("/fill").body;
    const std::string pipe = tmp() / "pipe";
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    ASSERT_EQ(server.get("/fill?" + pipe).body, pid);
    EXPECT_EQ(server.get("/two").status, 500);
    const base::Fd gate(::open(pipe.c_str(), O_RDWR | O_CLOEXEC));
    EXPECT_EQ(::write(gate.get(), "x", 1), 1);
    EXPECT_TRUE(eventually([&] { return server.get("/two").status == 200; }));
    EXPECT_EQ(server.get("/fill").body, pid) << "the process has gone on";
    expect_log("there is no memory for a place in an interpreter: /two");
}

}  // namespace
}  // namespace test
