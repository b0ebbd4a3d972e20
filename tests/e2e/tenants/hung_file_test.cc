// Files whose reads never come back: whoever asked for one waits, and nobody else does.
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/deadline.h"
#include "tests/support/e2e.h"
#include "tests/support/hung_file_system.h"
#include "tests/support/test_text.h"

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
    // "/hello" has a process of its own, where there are any: what an application does to its own
    // is its own affair.
    Server& server() {
        return start(
            std::string(is_daemon() ? "WSGIDaemonProcess other\n" : "") +
            "WSGIScriptAlias /file ${apps}/wraps_file.py\n"
            "WSGIScriptAlias /swapped ${apps}/tenants/swaps_file.py\n"
            "WSGIScriptAlias /hello ${apps}/hello.py" +
            (is_daemon() ? " process-group=other" : "") + "\nAlias /site ${tmp}/site\n"
        );
    }
    // A head that a daemon process has sent has gone out when its file is looked at; embedded,
    // nothing has.
    static void expect_refused(const Response& response) {
        if (is_daemon()) {
            EXPECT_FALSE(response.is_complete);
            EXPECT_EQ(response.body, "");
        } else {
            EXPECT_EQ(response.status, 500);
        }
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
    EXPECT_EQ(client.read_response().status, 500) << "the application hears of the error";
}

TEST_P(HungFile, ThatWasAnotherWhenItWasLookedAtIsNotSent) {
    HungFileSystem hung(tmp() / "hung");
    if (!hung.is_mounted()) {
        GTEST_SKIP() << "no FUSE here";
    }
    Server& its = server();
    Client client = its.connect();
    client.get("/swapped?path=" + hung.file());
    ASSERT_TRUE(eventually([&] { return hung.has_waiter(); }))
        << "at least the application closes it";
    expect_others_are_served(its);
    hung.release();
    expect_refused(client.read_response());
}

TEST_P(HungFile, ADeviceThatWasAFileWhenItWasLookedAtIsNotSent) {
    Server& its = server();
    Client client = its.connect();
    client.get("/swapped?path=/dev/zero");
    expect_refused(client.read_response());
    expect_others_are_served(its);
}

}  // namespace
}  // namespace test
