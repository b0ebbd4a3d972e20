// Access by the name of the client's host, which has to be looked up while the request waits. The
// name of 127.0.0.1 comes from /etc/hosts, so nobody else is asked.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netdb.h>

#include "tests/support/deadline.h"
#include "tests/support/e2e.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

class RemoteHost : public OnLane {
protected:
    void SetUp() override {
        OnLane::SetUp();
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        char name[NI_MAXHOST];
        if (::getnameinfo(
                reinterpret_cast<const sockaddr*>(&address),
                sizeof address,
                name,
                sizeof name,
                nullptr,
                0,
                NI_NAMEREQD
            ) != 0 ||
            std::string(name) != "localhost") {
            GTEST_SKIP() << "127.0.0.1 is not called localhost here";
        }
    }
    Server& start_two() {
        return start(
            "WSGIScriptAlias /size ${apps}/digests_body.py\n"
            "WSGIScriptAlias / ${apps}/shows_environ.py\n"
            "<Location /me>\nRequire host nowhere.example localhost\n</Location>\n"
            "<Location /size>\nRequire host nowhere.example localhost\n</Location>\n"
            "<Location /others>\nRequire host nowhere.example\n</Location>\n"
        );
    }
};
INSTANTIATE_TEST_SUITE_P(, RemoteHost, testing::ValuesIn(both_modes()), name_of);

TEST_P(RemoteHost, LetsItInAndIsInEnviron) {
    Server& server = start_two();
    Client client = server.connect();
    for (int i = 0; i < 3; ++i) {  // the first waits for the name, the others find it
        client.get("/me");
        const Response response = client.read_response();
        EXPECT_EQ(response.status, 200);
        EXPECT_EQ(entries_of(response.body)["REMOTE_HOST"], "'localhost'");
    }
    EXPECT_EQ(entries_of(server.get("/").body).count("REMOTE_HOST"), 0U);
}

TEST_P(RemoteHost, KeepsOthersOut) {
    Server& server = start_two();
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(server.get("/others").status, 403);
    }
    expect_log("denied by Require host nowhere.example");
}

TEST_P(RemoteHost, LosesNothingOfABody) {
    Server& server = start_two();
    Client client = server.connect();
    const std::string body(200 * 1024, 'x');
    client.send(fmt::format(
        "POST /size?size HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n", body.size()
    ));
    client.send(body);
    EXPECT_EQ(client.read_response().body, std::to_string(body.size()));
}

TEST_P(RemoteHost, IsAskedForManyAtOnce) {
    Server& server = start_two();
    std::vector<Client> clients;
    for (int i = 0; i < 50; ++i) {
        clients.push_back(server.connect());
        clients.back().get(i % 2 == 0 ? "/me" : "/others");
    }
    clients[2].reset();  // who has gone harms nobody
    for (std::size_t i = 0; i < clients.size(); ++i) {
        if (i != 2) {
            EXPECT_EQ(clients[i].read_response().status, i % 2 == 0 ? 200 : 403);
        }
    }
    expect_log("denied by Require host nowhere.example");
}

}  // namespace
}  // namespace test
