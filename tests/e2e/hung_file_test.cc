// Files whose reads never come back: whoever asked for one waits, and nobody else does.
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/deadline.h"
#include "tests/support/e2e.h"
#include "tests/support/hung_file_system.h"
#include "tests/support/text.h"

namespace test {
namespace {

class HungFile : public OnLane {
protected:
    void SetUp() override {
        OnLane::SetUp();
        std::filesystem::create_directories(tmp() / "hung");
        std::filesystem::create_directories(tmp() / "site");
        write_file(tmp() / "site/page.txt", "a page");
        // Its end is an error for the application, and for a server that stops.
        allow_log(".");
        allow_tracebacks();
    }
    // One loop, so that all clients share it.
    Server& server() {
        return start(
            "WSGIScriptAlias /file ${apps}/wraps_file.py\n"
            "WSGIScriptAlias /hello ${apps}/hello.py\nAlias /site ${tmp}/site\n"
        );
    }
    static void expect_others_are_served(Server& server) {
        for (int i = 0; i < 20; ++i) {
            ASSERT_EQ(server.get("/site/page.txt").body, "a page");
            ASSERT_EQ(server.get("/hello").status, 200);
        }
    }
};
INSTANTIATE_TEST_SUITE_P(, HungFile, testing::ValuesIn(both_rings()), name_of);

TEST_P(HungFile, OfAnApplicationHoldsUpItsOwnThreadOnly) {
    HungFileSystem hung(tmp() / "hung");
    if (!hung.is_mounted()) {
        GTEST_SKIP() << "no FUSE here";
    }
    Server& its = server();
    Client client = its.connect();
    client.get("/file?path=" + hung.file());
    ASSERT_TRUE(eventually([&] { return hung.has_waiter(); }));
    expect_others_are_served(its);
    hung.release();
    client.read_until_close();
}

}  // namespace
}  // namespace test
