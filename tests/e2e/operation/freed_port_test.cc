// A server that has stopped listens nowhere, whatever its applications have left running.
#include <gtest/gtest.h>

#include <string>

#include "tests/support/e2e.h"
#include "tests/support/fifo.h"

namespace test {
namespace {

ON_BOTH_RINGS(FreedPort);

TEST_P(FreedPort, AlthoughAnOrphanHasTheListeningSocket) {
    if (is_daemon()) {
        GTEST_SKIP() << "a daemon process has none";
    }
    const Fifo gate(tmp() / "gate");
    Server& first = start("StartServers 2\nWSGIScriptAlias / ${apps}/operation/leaves_orphan.py\n");
    const std::string address = first.address();
    EXPECT_EQ(first.get("/?" + gate.path()).body, "left");
    first.stop();
    EXPECT_TRUE(Client::is_refused(address));
    Server& second = start("Listen " + address + "\nWSGIScriptAlias / ${apps}/hello.py\n");
    EXPECT_EQ(second.get("/").body, "Hello, World!");
    gate.put(".");
}

}  // namespace
}  // namespace test
