// <VirtualHost>: who answers for which name and address.
#include <gtest/gtest.h>

#include "tests/support/e2e.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

class VirtualHosts : public E2e {
protected:
    void SetUp() override {
        E2e::SetUp();
        for (const char* name : {"first.py", "second.py", "wild.py", "main.py", "v4.py", "v6.py"}) {
            copy_app("answers_by_name.py", name);
        }
    }
    static std::string script_for(const Server& server, const std::string& host) {
        Client client = server.connect();
        client.send("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
        const std::string body = client.read_response().body;
        return body.substr(0, body.find('\n'));
    }
};

constexpr const char* kThreeHosts =
    "WSGIScriptAlias / ${tmp}/main.py\n"
    "<VirtualHost *:*>\nServerName first.example.com\nWSGIScriptAlias / "
    "${tmp}/first.py\n</VirtualHost>\n"
    "<VirtualHost *:*>\nServerName second.example.com\nServerAlias two.example.com 2.example.com\n"
    "WSGIScriptAlias / ${tmp}/second.py\n</VirtualHost>\n"
    "<VirtualHost *:*>\nServerName wild.example.org\nServerAlias *.example.org\nWSGIScriptAlias / "
    "${tmp}/wild.py\n"
    "</VirtualHost>\n";

TEST_F(VirtualHosts, AreChosenByName) {
    Server& server = start(kThreeHosts);
    EXPECT_EQ(script_for(server, "second.example.com"), "second.py");
    EXPECT_EQ(script_for(server, "first.example.com"), "first.py");
}

TEST_F(VirtualHosts, AreChosenByAlias) {
    Server& server = start(kThreeHosts);
    EXPECT_EQ(script_for(server, "2.example.com"), "second.py");
    EXPECT_EQ(script_for(server, "deep.below.example.org"), "wild.py");
}

TEST_F(VirtualHosts, IgnoreCasePortAndTrailingDot) {
    Server& server = start(kThreeHosts);
    EXPECT_EQ(script_for(server, "SECOND.Example.COM"), "second.py");
    EXPECT_EQ(script_for(server, "second.example.com:4444"), "second.py");
    EXPECT_EQ(script_for(server, "second.example.com."), "second.py");
}

TEST_F(VirtualHosts, LetTheFirstAnswerForUnknownNames) {
    Server& server = start(kThreeHosts);
    EXPECT_EQ(script_for(server, "unknown.example.net"), "first.py");
    EXPECT_EQ(script_for(server, "127.0.0.1"), "first.py");
}

TEST_F(VirtualHosts, AreChosenByAddress) {
    Server& server = start(
        "Listen 127.0.0.1:0\nListen [::1]:0\nWSGIScriptAlias / ${tmp}/main.py\n"
        "<VirtualHost 127.0.0.1:*>\nServerName a\nWSGIScriptAlias / ${tmp}/v4.py\n</VirtualHost>\n"
        "<VirtualHost [::1]:*>\nServerName a\nWSGIScriptAlias / ${tmp}/v6.py\n</VirtualHost>\n"
    );
    for (const std::string& address : server.addresses()) {
        Client client(address);
        client.get("/");
        const std::string script = address.starts_with('[') ? "v6.py" : "v4.py";
        EXPECT_TRUE(client.read_response().body.starts_with(script)) << address;
    }
}

TEST_F(VirtualHosts, LeaveOtherAddressesToTheMainServer) {
    Server& server = start(
        "WSGIScriptAlias / ${tmp}/main.py\n"
        "<VirtualHost 127.0.0.2:*>\nServerName a\nWSGIScriptAlias / "
        "${tmp}/first.py\n</VirtualHost>\n"
    );
    EXPECT_EQ(script_for(server, "a"), "main.py");
}

// RFC 9112 section 3.2.2: the authority of an absolute target replaces the Host field.
TEST_F(VirtualHosts, AreChosenByTheAuthorityOfAnAbsoluteTarget) {
    Client client = start(kThreeHosts).connect();
    client.send("GET http://second.example.com/x HTTP/1.1\r\nHost: first.example.com\r\n\r\n");
    EXPECT_EQ(client.read_response().body, "second.py\n\n/x\n");
}

TEST_F(VirtualHosts, ServeTwoNamesOnOneConnection) {
    Client client = start(kThreeHosts).connect();
    for (const char* name : {"first", "second", "first"}) {
        client.send(std::string("GET / HTTP/1.1\r\nHost: ") + name + ".example.com\r\n\r\n");
        EXPECT_TRUE(client.read_response().body.starts_with(name));
    }
}

TEST_F(VirtualHosts, WithoutAMountAnswerNotFound) {
    Server& server = start(
        "<VirtualHost *:*>\nServerName empty\n</VirtualHost>\n"
        "<VirtualHost *:*>\nServerName full\nWSGIScriptAlias / ${tmp}/first.py\n</VirtualHost>\n"
    );
    Client client = server.connect();
    client.send("GET / HTTP/1.1\r\nHost: empty\r\n\r\n");
    EXPECT_EQ(client.read_response().status, 404);
    EXPECT_EQ(script_for(server, "full"), "first.py");
}

}  // namespace
}  // namespace test
