// ErrorDocument for errors that show themselves only when a request has reached whoever is to
// answer it; url_mapping_test.cc has those that the configuration itself finds.
#include <gtest/gtest.h>

#include "tests/support/e2e.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

IN_BOTH_MODES(LateErrorDocument);

TEST_P(LateErrorDocument, IsATextForAnApplicationThatRaises) {
    Server& server =
        start("ErrorDocument 500 \"come back later\"\nWSGIScriptAlias / ${apps}/raises.py\n");
    for (const char* when : {"at_call", "after_start", "before_first"}) {
        const Response response = server.get(std::string("/?") + when);
        EXPECT_EQ(response.status, 500) << when;
        EXPECT_EQ(response.body, "come back later") << when;
        EXPECT_TRUE(response.is_complete) << when;
    }
    expect_traceback("ValueError: raised ");
    // What has begun cannot be taken back (T-24).
    const Response begun = server.get("/?after_first");
    EXPECT_EQ(begun.status, 200);
    EXPECT_EQ(begun.body, "part1");
    EXPECT_FALSE(begun.is_complete);
}

TEST_P(LateErrorDocument, IsAScriptThatSeesWhatHappened) {
    Server& server = start(
        "ErrorDocument 500 /sorry/page?x=1\nWSGIScriptAlias /sorry ${apps}/shows_environ.py\n"
        "WSGIScriptAlias / ${apps}/raises.py\n"
    );
    Client client = server.connect();
    client.get("/a/b?at_call");
    auto environ = entries_of(client.read_response().body);
    EXPECT_EQ(environ["PATH_INFO"], "'/page'");
    EXPECT_EQ(environ["QUERY_STRING"], "'x=1'");
    EXPECT_EQ(environ["REDIRECT_STATUS"], "'500'");
    EXPECT_EQ(environ["REDIRECT_URL"], "'/a/b'");
    EXPECT_EQ(environ["REDIRECT_QUERY_STRING"], "'at_call'");
    client.get("/sorry");  // and the connection lives on
    EXPECT_EQ(client.read_response().status, 200);
    expect_traceback("ValueError: raised in the call");
}

TEST_P(LateErrorDocument, IsAFile) {
    write_file(tmp() / "sorry.html", "<p>sorry</p>");
    Server& server = start(
        "ErrorDocument 500 /sorry.html\nAlias /sorry.html ${tmp}/sorry.html\n"
        "WSGIScriptAliasMatch ^/(?!sorry) ${apps}/raises.py\n"
    );
    const Response response = server.get("/?at_call");
    EXPECT_EQ(response.status, 500);
    EXPECT_EQ(response.body, "<p>sorry</p>");
    EXPECT_EQ(response.header("Content-Type"), "text/html");
    expect_traceback("ValueError: raised in the call");
}

TEST_P(LateErrorDocument, ThatFailsItselfIsThePageOfTheFirstError) {
    Server& server = start(
        "ErrorDocument 404 /fails?at_call\nErrorDocument 500 /fails?at_call\n"
        "WSGIScriptAlias /fails ${apps}/raises.py\n"
    );
    EXPECT_EQ(server.get("/fails?at_call").status, 500);
    EXPECT_EQ(server.get("/nowhere").status, 404);
    expect_traceback("ValueError: raised in the call");
}

// The rest of the body was for the application that has failed: the document does not get it.
TEST_P(LateErrorDocument, HasNoBodyOfTheRequest) {
    Server& server = start(
        "RequestReadTimeout body=0\nErrorDocument 500 /size?size\nWSGIScriptAlias /size "
        "${apps}/digests_body.py\n"
        "WSGIScriptAlias / ${apps}/raises.py\n"
    );
    Client client = server.connect();
    client.send("POST /?at_call HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nabc");
    const Response response = client.read_response();
    EXPECT_EQ(response.body, "0");
    client.send(std::string(997, 'd'));
    client.get("/size?size");
    EXPECT_EQ(client.read_response().body, "0");
    expect_traceback("ValueError: raised in the call");
}

TEST_P(LateErrorDocument, OfAScriptThatCannotBeLoaded) {
    Server& server =
        start("ErrorDocument 500 \"no script\"\nWSGIScriptAlias / ${apps}/fails_import.py\n");
    EXPECT_EQ(server.get("/").body, "no script");
    expect_traceback("fails_import");
}

class LostDaemon : public E2e {};

TEST_F(LostDaemon, HasAnErrorDocument) {
    Server& server = start(
        "ErrorDocument 502 \"it has died\"\nWSGIDaemonProcess frail\n"
        "WSGIScriptAlias / ${apps}/kills_itself.py process-group=frail\n"
    );
    const Response response = server.get("/?9");
    EXPECT_EQ(response.status, 502);
    EXPECT_EQ(response.body, "it has died");
    expect_log("frail.*(signal 9|SIGKILL)");
    allow_log("frail");
}

}  // namespace
}  // namespace test
