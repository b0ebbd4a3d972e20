// What one virtual host makes an event loop do holds up no other: its requests wait, those of its
// neighbours do not.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/deadline.h"
#include "tests/support/e2e.h"
#include "tests/support/hung_file_system.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

class Neighbours : public OnLane {
protected:
    void SetUp() override {
        OnLane::SetUp();
        std::filesystem::create_directories(tmp() / "tenant");
        std::filesystem::create_directories(tmp() / "neighbour");
        std::filesystem::create_directories(tmp() / "hung");
        write_file(tmp() / "tenant/page.txt", "tenant\n");
        write_file(tmp() / "neighbour/page.txt", "neighbour\n");
        write_file(tmp() / "neighbour/.htaccess", "SetEnvIf Host . x\n");
    }
    // One loop: whoever waits for another does so in it.
    Server& server(const std::string& more = "") {
        return start(
            "ServerThreads 1\n" + more +
            "<Directory ${tmp}>\nAllowOverride All\n</Directory>\n"
            "<VirtualHost *>\nServerName tenant\nDocumentRoot ${tmp}/tenant\n</VirtualHost>\n"
            "<VirtualHost *>\nServerName neighbour\nDocumentRoot ${tmp}/neighbour\n"
            "WSGIScriptAlias /app ${apps}/hello.py\n</VirtualHost>\n"
        );
    }
    static std::string request_to(const std::string& host, const std::string& path) {
        return "GET " + path + " HTTP/1.1\r\nHost: " + host +
               "\r\nUser-Agent: " + std::string(200, 'a') + "\r\n\r\n";
    }
    static Response ask(Server& server, const std::string& host, const std::string& path) {
        Client client = server.connect();
        client.send(request_to(host, path));
        return client.read_response();
    }
    static void expect_neighbour_is_served(Server& server) {
        EXPECT_EQ(ask(server, "neighbour", "/page.txt").body, "neighbour\n");
        EXPECT_EQ(ask(server, "neighbour", "/app").status, 200);
    }
};
INSTANTIATE_TEST_SUITE_P(, Neighbours, testing::ValuesIn(both_rings()), name_of);

// Some milliseconds for each request, which is less than one may cost.
std::string slow_rules() {
    std::string rules;
    for (int i = 0; i < 12; ++i) {
        rules += "SetEnvIf User-Agent ^(a|a){13}[bc] x\n";
    }
    return rules;
}

TEST_P(Neighbours, DoNotWaitForTheSlowRulesOfAnother) {
    write_file(tmp() / "tenant/.htaccess", slow_rules());
    allow_log("takes too long");  // where a sanitizer makes them slower still
    Server& its = server();
    expect_neighbour_is_served(its);
    ask(its, "tenant", "/page.txt");
    std::vector<Client> slow;
    for (int i = 0; i < 100; ++i) {
        slow.push_back(its.connect());
    }
    Client neighbour = its.connect();
    for (Client& client : slow) {
        client.send(request_to("tenant", "/page.txt"));
    }
    neighbour.send(request_to("neighbour", "/page.txt"));
    EXPECT_EQ(neighbour.read_response().body, "neighbour\n");
    EXPECT_TRUE(std::ranges::any_of(slow, &Client::is_silent)) << "the neighbour was the last";
    for (Client& client : slow) {
        const int status = client.read_response().status;
        EXPECT_TRUE(status == 200 || (is_sanitized() && status == 500)) << status;
    }
}

}  // namespace
}  // namespace test
