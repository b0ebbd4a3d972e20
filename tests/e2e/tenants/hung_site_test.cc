// A site on a file system that does not answer any more: its own requests wait and get an error
// after Timeout, and nobody else's do.
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

class HungSite : public OnLane {
protected:
    void SetUp() override {
        OnLane::SetUp();
        std::filesystem::create_directories(tmp() / "hung");
        std::filesystem::create_directories(tmp() / "site");
        std::filesystem::create_directories(tmp() / "linked");
        write_file(tmp() / "site/page.txt", "a page");
        write_file(tmp() / "linked/page.txt", "a page");
        allow_log(".");
    }
    Server& server(const std::string& more = "") {
        return start(
            "ServerThreads 1\n" + more +
            "<Directory ${tmp}>\nAllowOverride All\n</Directory>\n"
            "Alias /hung ${tmp}/hung\nAlias /site ${tmp}/site\nAlias /linked ${tmp}/linked\n"
            "WSGIScriptAlias /hello ${apps}/hello.py\n"
        );
    }
    static void expect_others_are_served(Server& server) {
        for (int i = 0; i < 20; ++i) {
            ASSERT_EQ(server.get("/site/page.txt").body, "a page");
            ASSERT_EQ(server.get("/hello").status, 200);
        }
    }
    // More than there are threads for it.
    static std::vector<Client> ask_often(Server& server, const std::string& path) {
        std::vector<Client> clients;
        for (int i = 0; i < 40; ++i) {
            clients.push_back(server.connect());
            clients.back().get(path);
        }
        return clients;
    }
};
INSTANTIATE_TEST_SUITE_P(, HungSite, testing::ValuesIn(both_rings()), name_of);

TEST_P(HungSite, ThatDoesNotFindItsNamesHoldsUpItselfOnly) {
    HungFileSystem hung(tmp() / "hung", HungFileSystem::Hangs::kNames);
    if (!hung.is_mounted()) {
        GTEST_SKIP() << "no FUSE here";
    }
    Server& its = server();
    std::vector<Client> clients = ask_often(its, "/hung/file");
    ASSERT_TRUE(eventually([&] { return hung.has_waiter(); }));
    expect_others_are_served(its);
    EXPECT_TRUE(clients.front().is_silent());
    hung.release();
    for (Client& client : clients) {
        EXPECT_GE(client.read_response().status, 400);
    }
}

TEST_P(HungSite, MountedWhileTheServerRunsHoldsUpItselfOnly) {
    if (!HungFileSystem::has_own_mounts()) {
        GTEST_SKIP() << "no mounts here";
    }
    Server& its = server();
    expect_others_are_served(its);
    HungFileSystem hung(tmp() / "hung", HungFileSystem::Hangs::kNames);
    if (!hung.is_mounted()) {
        GTEST_SKIP() << "no FUSE here";
    }
    std::vector<Client> clients = ask_often(its, "/hung/file");
    ASSERT_TRUE(eventually([&] { return hung.has_waiter(); }));
    expect_others_are_served(its);
    hung.release();
    for (Client& client : clients) {
        EXPECT_GE(client.read_response().status, 400);
    }
}

TEST_P(HungSite, BehindASymbolicLinkHoldsUpItselfOnly) {
    HungFileSystem hung(tmp() / "hung", HungFileSystem::Hangs::kNames);
    if (!hung.is_mounted()) {
        GTEST_SKIP() << "no FUSE here";
    }
    std::filesystem::create_symlink(tmp() / "hung/file", tmp() / "linked/file");
    Server& its = server();
    std::vector<Client> clients = ask_often(its, "/linked/file");
    ASSERT_TRUE(eventually([&] { return hung.has_waiter(); }));
    expect_others_are_served(its);
    hung.release();
    for (Client& client : clients) {
        EXPECT_GE(client.read_response().status, 400);
    }
}

TEST_P(HungSite, WithAnAccessFileThereHoldsUpItselfOnly) {
    HungFileSystem hung(tmp() / "hung", HungFileSystem::Hangs::kNames);
    if (!hung.is_mounted()) {
        GTEST_SKIP() << "no FUSE here";
    }
    std::filesystem::create_symlink(tmp() / "hung/file", tmp() / "linked/.htaccess");
    Server& its = server();
    std::vector<Client> clients = ask_often(its, "/linked/page.txt");
    ASSERT_TRUE(eventually([&] { return hung.has_waiter(); }));
    expect_others_are_served(its);
    EXPECT_TRUE(clients.front().is_silent());
    hung.release();
    for (Client& client : clients) {
        EXPECT_TRUE(client.read_response().is_complete);
    }
}

TEST_P(HungSite, ThatDoesNotReadItsFilesHoldsUpItselfOnly) {
    HungFileSystem hung(tmp() / "hung");
    if (!hung.is_mounted()) {
        GTEST_SKIP() << "no FUSE here";
    }
    Server& its = server();
    Client first = its.connect();
    first.get("/hung/file");
    EXPECT_EQ(first.read_head().status, 200);
    ASSERT_TRUE(eventually([&] { return hung.has_waiter(); }));
    expect_others_are_served(its);
    std::vector<Client> more = ask_often(its, "/hung/file");
    expect_others_are_served(its);
    hung.release();
    first.drain_body();
    EXPECT_FALSE(first.is_body_complete());
}

TEST_P(HungSite, WhoseFileIsNotReadBreaksTheAnswerAfterTimeout) {
    HungFileSystem hung(tmp() / "hung");
    if (!hung.is_mounted()) {
        GTEST_SKIP() << "no FUSE here";
    }
    Server& its = server("Timeout 1\n");
    EXPECT_FALSE(its.get("/hung/file").is_complete);
    expect_others_are_served(its);
    hung.release();
}

TEST_P(HungSite, IsAnErrorAfterTimeout) {
    HungFileSystem hung(tmp() / "hung", HungFileSystem::Hangs::kNames);
    if (!hung.is_mounted()) {
        GTEST_SKIP() << "no FUSE here";
    }
    Server& its = server("Timeout 1\n");
    EXPECT_EQ(its.get("/hung/file").status, 503);
    expect_others_are_served(its);
    hung.release();
}

}  // namespace
}  // namespace test
