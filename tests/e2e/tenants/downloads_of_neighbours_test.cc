// Descriptors that unread downloads hold: those of one virtual host leave some to the others, and
// no error becomes another one because its page is a file.
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/e2e.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

class DownloadsOfNeighbours : public E2e {
protected:
    Server& start_it() {
        std::filesystem::create_directories(tmp() / "site");
        write_file(tmp() / "site/large", std::string(8 << 20, 'x'));
        write_file(tmp() / "site/small", "small");
        write_file(tmp() / "site/missing.html", "a page about nothing");
        expect_log("too many open files are being sent already");
        allow_log("only .* open files are allowed");
        ServerOptions options;
        options.descriptor_limit = 256;
        return start(
            "ServerThreads 1\n"
            "<VirtualHost *>\nServerName crowded\nDocumentRoot ${tmp}/site\n"
            "ErrorDocument 404 /missing.html\n</VirtualHost>\n"
            "<VirtualHost *>\nServerName quiet\nDocumentRoot ${tmp}/site\n"
            "ErrorDocument 404 /missing.html\n</VirtualHost>\n"
            "<Directory ${tmp}/site>\nRequire all granted\n</Directory>\n",
            options
        );
    }
    static std::string request(const std::string& host, const std::string& path) {
        return "GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n";
    }
    static Response ask(Server& server, const std::string& host, const std::string& path) {
        Client client = server.connect();
        client.send(request(host, path));
        return client.read_response();
    }
    // Until one is refused; they are not read.
    static std::vector<Client> crowd(Server& server) {
        std::vector<Client> clients;
        int status = 200;
        while (status == 200 && clients.size() < 100) {
            clients.push_back(server.connect({.receive_buffer = 4096}));
            clients.back().send(request("crowded", "/large"));
            status = clients.back().read_head().status;
        }
        EXPECT_EQ(status, 503);
        return clients;
    }
};

TEST_F(DownloadsOfNeighbours, LeaveFilesToTheOthers) {
    Server& server = start_it();
    const std::vector<Client> clients = crowd(server);
    EXPECT_GT(clients.size(), 10U);
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(ask(server, "quiet", "/small").body, "small");
        EXPECT_EQ(ask(server, "quiet", "/none").body, "a page about nothing");
    }
    EXPECT_EQ(ask(server, "crowded", "/small").status, 503);
}

TEST_F(DownloadsOfNeighbours, DoNotChangeTheStatusOfAnError) {
    Server& server = start_it();
    EXPECT_EQ(ask(server, "crowded", "/none").body, "a page about nothing");
    const std::vector<Client> clients = crowd(server);
    const Response missing = ask(server, "crowded", "/none");
    EXPECT_EQ(missing.status, 404);
    EXPECT_NE(missing.body, "a page about nothing");
}

}  // namespace
}  // namespace test
