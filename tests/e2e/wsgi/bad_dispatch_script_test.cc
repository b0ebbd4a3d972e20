// WSGIDispatchScript: a script that does not answer, or says too much, is its request's misfortune.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/support/e2e.h"
#include "tests/support/fifo.h"

namespace test {
namespace {

class BadDispatchScript : public E2e {
protected:
    Server& start_with(const std::string& settings) {
        return start(
            "StartServers 1\n" + settings +
            "WSGIDispatchScript ${apps}/dispatches.py\n"
            "WSGIScriptAlias / ${apps}/hello.py\n"
        );
    }
};

TEST_F(BadDispatchScript, ThatHangsIsA504AfterTimeout) {
    Server& server = start_with("Timeout 1\n");
    Fifo tell(tmp() / "tell");
    Fifo gate(tmp() / "gate");
    const std::string target = fmt::format("/?tell={}&gate={}", tell.path(), gate.path());
    Client client = server.connect();
    client.get(target);
    EXPECT_EQ(tell.take_line(), "asked");
    EXPECT_EQ(client.read_response().status, 504);
    expect_log("the dispatch script has not answered within Timeout: .*dispatches.py");
    // The connection is as good as before, and what the script says late is nobody's.
    gate.put(".");
    client.get("/");
    EXPECT_EQ(client.read_response().body, "Hello, World!");
    client.get(target);
    EXPECT_EQ(tell.take_line(), "asked");
    gate.put(".");
    EXPECT_EQ(client.read_response().body, "Hello, World!");
}

TEST_F(BadDispatchScript, ThatHangsWithABodyOnItsWayIsA504) {
    Server& server = start_with("Timeout 1\n");
    Fifo tell(tmp() / "tell");
    Fifo gate(tmp() / "gate");
    Client client = server.connect();
    client.send(fmt::format(
        "POST /?tell={}&gate={} HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf",
        tell.path(),
        gate.path()
    ));
    EXPECT_EQ(tell.take_line(), "asked");
    const Response response = client.read_response();
    EXPECT_EQ(response.status, 504);
    EXPECT_EQ(response.header("Connection"), "close");
    allow_log("the dispatch script has not answered within Timeout");
    gate.put(".");
    EXPECT_EQ(server.get("/").status, 200);
}

TEST_F(BadDispatchScript, ThatSaysALongNameIsA500) {
    Server& server = start_with("");
    const std::string longest(255, 'n');
    EXPECT_EQ(server.get("/?application_group=" + longest).status, 200);
    for (const std::string name : {"process_group", "application_group", "callable_object"}) {
        EXPECT_EQ(server.get("/?" + name + "=" + longest + "n").status, 500) << name;
        expect_traceback(fmt::format(
            R"(ValueError: {}\(\) of a dispatch script has returned a name of 256 bytes)", name
        ));
    }
}

}  // namespace
}  // namespace test
