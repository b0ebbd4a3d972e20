// PEP 3333, "Handling the Content-Length Header": the server stops iterating when enough has been
// sent, and write() past that point raises.
#include <gtest/gtest.h>

#include <string>

#include "tests/support/deadline.h"
#include "tests/support/e2e.h"

namespace test {
namespace {

IN_BOTH_MODES(EndlessResponse);

TEST_P(EndlessResponse, EndsBehindItsContentLength) {
    Server& server = start("WSGIScriptAlias / ${apps}/wsgi/never_ends.py\n");
    allow_log("longer than its Content-Length");
    std::string ended;
    for (const std::string how : {"iterable", "file"}) {
        const Response response = server.get("/?" + how);
        EXPECT_EQ(response.body.size(), 5U) << how;
        EXPECT_TRUE(response.is_complete) << how;
        ended += (ended.empty() ? "" : " ") + how;
        EXPECT_TRUE(eventually([&] { return server.get("/?ended").body == ended; })) << how;
    }
}

TEST_P(EndlessResponse, EndsWithAnErrorWhereItIsWritten) {
    Server& server = start("WSGIScriptAlias / ${apps}/wsgi/never_ends.py\n");
    allow_log("longer than its Content-Length");
    EXPECT_EQ(server.get("/?write").body, "xxxxx");
    EXPECT_TRUE(eventually([&] { return server.get("/?ended").body == "write"; }));
    expect_traceback(R"(RuntimeError: write\(\) called past the Content-Length of the response)");
}

// Its only thread is free again: the next request gets it.
TEST_P(EndlessResponse, OfNothingEndsWhenItsClientHasGone) {
    in_daemon("processes=1 threads=1");
    Server& server = start("ThreadsPerChild 1\nWSGIScriptAlias / ${apps}/wsgi/never_ends.py\n");
    for (const std::string how : {"nothing", "written+nothing"}) {
        Client client = server.connect();
        client.get("/?" + how);
        EXPECT_EQ(client.read_head().status, 200) << how;
        client.reset();
        EXPECT_EQ(server.get("/?ended").status, 200) << how;
    }
    EXPECT_EQ(server.get("/?ended").body, "nothing written nothing");
    expect_traceback("OSError: mod_wsgi client connection closed");
}

TEST_P(EndlessResponse, ToAHeadRequestEndsToo) {
    Server& server = start("WSGIScriptAlias / ${apps}/wsgi/never_ends.py\n");
    allow_log("longer than its Content-Length");
    Client client = server.connect();
    client.send("HEAD /?iterable HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(client.read_response(true).status, 200);
    EXPECT_TRUE(eventually([&] { return server.get("/?ended").body == "iterable"; }));
    client.send("HEAD /?unknown HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(client.read_head(true).status, 200);
    client.close();
    EXPECT_TRUE(eventually([&] { return server.get("/?ended").body == "iterable unknown"; }));
}

}  // namespace
}  // namespace test
