// A script that hangs while it is imported holds whoever asks for it, and cannot say so itself.
#include <gtest/gtest.h>

#include <string>

#include "tests/support/deadline.h"
#include "tests/support/e2e.h"
#include "tests/support/fifo.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

class HangingImport : public OnLane {
protected:
    HangingImport() {
        write_file(
            tmp() / "hangs.py",
            "with open('" + gate_.path() +
                "', 'rb', buffering=0) as gate:\n    gate.read(1)\n"
                "def application(environ, start_response):\n"
                "    start_response('200 OK', [])\n    return [b'at last']\n"
        );
    }

    Fifo gate_{tmp() / "gate"};
};
INSTANTIATE_TEST_SUITE_P(, HangingImport, testing::ValuesIn(both_modes()), name_of);

TEST_P(HangingImport, IsToldWhileARequestWaitsForIt) {
    Server& server = start(
        "LogLevel warn\nWSGIScriptAlias /hangs ${tmp}/hangs.py\n"
        "WSGIScriptAlias / ${apps}/hello.py\n"
    );
    Client client = server.connect();
    client.get("/hangs");
    wait_for_log(
        R"(wsgi:warn\] .*the import of script '.*/hangs\.py' into .* has not ended for 1\d s; )"
        R"(requests wait for it)"
    );
    EXPECT_EQ(server.get("/").body, "Hello, World!");
    gate_.put(".");
    EXPECT_EQ(client.read_response().body, "at last");
}

// Whoever waits for it, or loads it, is told after Timeout, and why.
TEST_P(HangingImport, IsAnErrorAfterTimeout) {
    in_daemon("threads=2");
    Server& server = start("Timeout 1\nWSGIScriptAlias / ${tmp}/hangs.py\n");
    Client first = server.connect();
    Client second = server.connect();
    first.get("/");
    second.get("/");
    const int status = is_daemon() ? 504 : 503;
    EXPECT_EQ(first.read_response().status, status);
    EXPECT_EQ(second.read_response().status, status);
    expect_log(
        is_daemon()
            ? "Timeout when reading response headers from daemon process"
            : "nothing to run within Timeout: script '.*/hangs.py' has not been loaded into .*; "
              R"(the import of script '.*/hangs.py' into .* has not ended for \d+ s)"
    );
    gate_.put(".");
    EXPECT_TRUE(eventually([&] { return server.get("/").body == "at last"; }));
}

class ImportLock : public E2e {};

// Up to Python 3.11 all interpreters of a process have one.
TEST_F(ImportLock, ThatAnotherApplicationKeepsIsToldWithItsName) {
    const Fifo gate(tmp() / "gate");
    copy_app("tenants/keeps_import_lock.py", "locks.py");
    Server& server = start(
        "Timeout 1\nWSGIScriptAlias /locks ${tmp}/locks.py application-group=one\n"
        "WSGIScriptAlias / ${apps}/hello.py application-group=two\n"
    );
    EXPECT_EQ(server.get("/locks").body, "imported");
    const int status = server.get("/").status;
    gate.put(".");
    if (status == 200) {
        GTEST_SKIP() << "here each interpreter has a lock of its own";
    }
    EXPECT_EQ(status, 503);
    expect_log(
        "nothing to run within Timeout: script '.*/hello.py' has not been loaded into .*two'; "
        "when the import of script '.*/locks.py' into .*'one.* ended, a thread held Python's "
        "import lock"
    );
    EXPECT_TRUE(eventually([&] { return server.get("/").body == "Hello, World!"; }));
}

}  // namespace
}  // namespace test
