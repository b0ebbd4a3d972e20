// What rules look up elsewhere than in the configuration: whoever has to wait for that is the one
// whose rules ask for it.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/deadline.h"
#include "tests/support/e2e.h"
#include "tests/support/hung_file_system.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

class SlowLookups : public OnLane {
protected:
    void SetUp() override {
        OnLane::SetUp();
        std::filesystem::create_directories(tmp() / "hung");
        std::filesystem::create_directories(tmp() / "site");
        write_file(tmp() / "site/page.txt", "a page");
        allow_log(".");
    }
    Server& server(const std::string& rules) {
        return start(
            "ServerThreads 1\n"
            "<VirtualHost *>\nServerName tenant\nDocumentRoot ${tmp}/site\n" +
            rules +
            "</VirtualHost>\n"
            "<VirtualHost *>\nServerName neighbour\nDocumentRoot ${tmp}/site\n</VirtualHost>\n"
        );
    }
    static std::string request_to(const std::string& host) {
        return "GET /page.txt HTTP/1.1\r\nHost: " + host + "\r\n\r\n";
    }
    static Response ask(Server& server, const std::string& host) {
        Client client = server.connect();
        client.send(request_to(host));
        return client.read_response();
    }
};
INSTANTIATE_TEST_SUITE_P(, SlowLookups, testing::ValuesIn(both_rings()), name_of);

TEST_P(SlowLookups, InAMapThatCannotBeReadHoldUpItsOwnHostOnly) {
    HungFileSystem hung(tmp() / "hung");
    if (!hung.is_mounted()) {
        GTEST_SKIP() << "no FUSE here";
    }
    Server& its = server(
        "RewriteEngine On\nRewriteMap names txt:${tmp}/hung/file\n"
        "RewriteRule ^ - [E=NAME:${names:a}]\n"
    );
    std::vector<Client> clients;
    for (int i = 0; i < 10; ++i) {
        clients.push_back(its.connect());
        clients.back().send(request_to("tenant"));
    }
    ASSERT_TRUE(eventually([&] { return hung.has_waiter(); }));
    for (int i = 0; i < 20; ++i) {
        ASSERT_EQ(ask(its, "neighbour").body, "a page");
    }
    EXPECT_TRUE(clients.front().is_silent());
    hung.release();
    for (Client& client : clients) {
        EXPECT_EQ(client.read_response().status, 200) << "no key is found in such a map";
    }
}

TEST_P(SlowLookups, InAMapAreSeenWhenItsFileHasChanged) {
    write_file(tmp() / "names", "a /page.txt\n");
    Server& its = server(
        "RewriteEngine On\nRewriteMap names txt:${tmp}/names\n"
        "RewriteRule ^/page.txt$ ${names:a|/none} [PT]\n"
    );
    EXPECT_EQ(ask(its, "tenant").status, 200);
    write_file(tmp() / "names", "a /another.txt\n");
    EXPECT_TRUE(eventually([&] { return ask(its, "tenant").status == 404; }));
}

}  // namespace
}  // namespace test
