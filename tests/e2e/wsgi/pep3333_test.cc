// The contract as the standard library checks it.
#include <gtest/gtest.h>

#include "tests/support/e2e.h"

namespace test {
namespace {

IN_BOTH_MODES(Pep3333);

TEST_P(Pep3333, HoldsBehindWsgirefValidate) {
    Client client = start("WSGIScriptAlias / ${apps}/wsgi/validated.py\n").connect();
    client.get("/?a=b", "Cookie: c=d\r\n");
    EXPECT_EQ(client.read_response().body, "ok ");
    client.send(
        "POST /x HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\nbody"
    );
    EXPECT_EQ(client.read_response().body, "ok body");
    client.send(
        "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n"
    );
    EXPECT_EQ(client.read_response().body, "ok body");
    client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(client.read_response(true).status, 200);
}

}  // namespace
}  // namespace test
