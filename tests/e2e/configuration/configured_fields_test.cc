// Fields that rules of the configuration give to answers, as Apache 2.4 sends them: cookies are in
// every answer to the request, whoever gives it in the end.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/e2e.h"
#include "tests/support/fifo.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

class ConfiguredFields : public OnLane {
protected:
    void SetUp() override {
        OnLane::SetUp();
        write_file(tmp() / "doc.txt", "doc\n");
        write_file(tmp() / "page.txt", "page\n");
    }
    Server& server(const std::string& more = "") {
        return start(
            "RewriteEngine On\nRewriteRule ^ - [CO=first:1:x.example]\n"
            "RewriteRule ^/doc - [CO=second:2:x.example]\nRewriteRule ^/gone - [G]\n"
            "DocumentRoot ${tmp}\n<Directory ${tmp}>\nRequire all granted\n</Directory>\n"
            "ErrorDocument 405 /doc.txt\nErrorDocument 410 /doc.txt\nErrorDocument 500 /doc.txt\n" +
            more
        );
    }
};
INSTANTIATE_TEST_SUITE_P(, ConfiguredFields, testing::ValuesIn(both_modes()), name_of);

const std::vector<std::string> kBoth = {
    "first=1; path=/; domain=x.example", "second=2; path=/; domain=x.example"};

TEST_P(ConfiguredFields, OfTheRequestAndOfItsErrorDocumentAreBothSent) {
    const Response gone = server().get("/gone");
    EXPECT_EQ(gone.status, 410);
    EXPECT_EQ(gone.body, "doc\n");
    EXPECT_EQ(gone.all("Set-Cookie"), kBoth);
}

TEST_P(ConfiguredFields, OfTheErrorDocumentOfAnApplicationThatRaisesAreSent) {
    Server& its = server("WSGIScriptAlias /app ${apps}/raises.py\n");
    const Response late = its.get("/app?at_call");
    EXPECT_EQ(late.status, 500);
    EXPECT_EQ(late.body, "doc\n");
    EXPECT_EQ(late.all("Set-Cookie"), kBoth);
    expect_traceback("ValueError: raised in the call");
}

// RFC 9110 section 15.5.6: a 405 says which methods there are.
TEST_P(ConfiguredFields, TellTheMethodsThoughA405HasADocument) {
    Client client = server().connect();
    client.send("DELETE /page.txt HTTP/1.1\r\nHost: a\r\n\r\n");
    const Response refused = client.read_response();
    EXPECT_EQ(refused.status, 405);
    EXPECT_EQ(refused.body, "doc\n");
    EXPECT_EQ(refused.header("Allow"), "GET, HEAD, POST, OPTIONS");
    EXPECT_EQ(refused.all("Set-Cookie"), kBoth);
}

TEST_P(ConfiguredFields, AreInTheErrorThatABrokenBodyGets) {
    Fifo tell(tmp() / "tell");
    Client client =
        server("RequestReadTimeout body=0\nWSGIScriptAlias /app ${apps}/http/reads_at_gate.py\n")
            .connect();
    client.send(
        "POST /app?tell=" + tell.path() +
        " HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
    );
    // Only then is the error the application's too: a body known to be broken begins nothing.
    ASSERT_EQ(tell.take_line(), "begun");
    client.send("no size\r\n");
    const Response refused = client.read_response();
    EXPECT_EQ(refused.status, 400);
    EXPECT_EQ(refused.header("Set-Cookie"), "first=1; path=/; domain=x.example");
    expect_traceback("OSError: mod_wsgi request data read error");
}

TEST_P(ConfiguredFields, HaveABound) {
    allow_log("become too large");
    const Response refused =
        start(
            "LimitRequestFieldSize 40000\nRewriteEngine On\nDocumentRoot ${tmp}\n"
            "RewriteCond %{HTTP:X-A} (.*)\nRewriteRule ^/page - [CO=first:%1%1%1%1%1:x.example]\n"
        )
            .get("/page.txt", "X-A: " + std::string(33000, 'a') + "\r\n");
    EXPECT_EQ(refused.status, 500);
}

}  // namespace
}  // namespace test
