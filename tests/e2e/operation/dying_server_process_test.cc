// An application in embedded mode ends its server process, again and again: the others wait for the
// next process as long as that takes to start, and no longer.
#include <gtest/gtest.h>

#include <string>

#include "tests/support/e2e.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

class DyingServerProcess : public E2e {
protected:
    DyingServerProcess() {
        write_file(tmp() / "page.txt", "neighbour");
        // "/kill?9" ends the process; the others are a file and a daemon process.
        mounts_ =
            "WSGIDaemonProcess well\nAlias /page ${tmp}/page.txt\n<Directory ${tmp}>\n"
            "Require all granted\n</Directory>\n"
            "WSGIScriptAlias /kill ${apps}/kills_itself.py\n"
            "WSGIScriptAlias /daemon ${apps}/hello.py process-group=well\n";
    }
    std::string mounts_;
};

TEST_F(DyingServerProcess, IsReplacedAtOnceHoweverOftenItDies) {
    Server& server = start(mounts_);
    constexpr int kDeaths = 9;  // doubled each time, a pause would be a minute by then
    for (int i = 0; i < kDeaths; ++i) {
        EXPECT_EQ(server.get("/kill?9").status, 0);
        EXPECT_EQ(server.get("/page").body, "neighbour");
        EXPECT_EQ(server.get("/daemon").body, "Hello, World!");
    }
    EXPECT_EQ(count_of(log(), "next attempt"), 0U) << "nobody waits for a pause";
    expect_log(R"(server process 0 .*SIGKILL.* while serving GET /kill\?9)");
}

}  // namespace
}  // namespace test
