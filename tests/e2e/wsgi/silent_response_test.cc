// Applications that yield or write b"" for ever. Nothing of that goes to the client (PEP 3333,
// "Handling the Content-Length Header" and "Buffering and Streaming"), so that no send tells that
// it has gone: they are ended all the same, and their thread serves the next one.
#include <gtest/gtest.h>

#include <string>

#include "tests/support/e2e.h"
#include "tests/support/fifo.h"

namespace test {
namespace {

class SilentResponse : public OnLane {
protected:
    // One thread: what is asked next waits for the end of what was asked before.
    Server& start_with(const std::string& settings) {
        in_daemon("processes=1 threads=1");
        return start(
            "StartServers 1\nThreadsPerChild 1\n" + settings +
            "\nWSGIScriptAlias / ${apps}/wsgi/says_nothing.py\n"
        );
    }
    Client ask(const Server& server, const std::string& how) {
        Client client = server.connect();
        client.get("/?tell=" + tell_.path() + "&how=" + how);
        EXPECT_EQ(tell_.take_line(), "begun") << how;
        return client;
    }
    void expect_end(const std::string& how) { EXPECT_EQ(tell_.take_line(), "closed") << how; }

    Fifo tell_{tmp() / "tell"};
};

INSTANTIATE_TEST_SUITE_P(, SilentResponse, testing::ValuesIn(both_rings()), name_of);

// Closes, as browsers and programs do, and does not reset: it might be one that sends nothing more
// and waits for its answer.
TEST_P(SilentResponse, EndsLongBeforeTimeoutWhenItsClientHasClosed) {
    Server& server = start_with("Timeout 300");
    for (const std::string how : {"generator", "sequence", "sized", "written"}) {
        Client client = ask(server, how);
        client.close();
        expect_end(how);
    }
}

TEST_P(SilentResponse, EndsWhenItsClientHasReset) {
    Server& server = start_with("Timeout 300");
    for (const std::string how : {"generator", "sequence", "sized", "written"}) {
        Client client = ask(server, how);
        client.reset();
        expect_end(how);
    }
}

TEST_P(SilentResponse, IsA504AfterTimeout) {
    Server& server = start_with("Timeout 1");
    for (const std::string how : {"generator", "sequence", "sized"}) {
        Client client = ask(server, how);
        EXPECT_EQ(client.read_response().status, 504) << how;
        expect_end(how);
    }
    expect_log(
        is_daemon() ? "Timeout when reading response headers from daemon process"
                    : "the application yields nothing for longer than Timeout: .*says_nothing.py"
    );
}

TEST_P(SilentResponse, IsBrokenOffAfterTimeoutWhereItHasBegun) {
    Server& server = start_with("Timeout 1");
    for (const std::string how : {"generator", "sequence", "sized", "written"}) {
        Client client = ask(server, how + "&first");
        EXPECT_EQ(client.read_head().status, 200) << how;
        EXPECT_EQ(client.read_body(2), "x") << how;
        EXPECT_FALSE(client.is_body_complete()) << how;
        expect_end(how);
    }
    expect_log(
        is_daemon() ? "Timeout when reading response body from daemon process"
                    : "the application yields nothing for longer than Timeout: .*says_nothing.py"
    );
}

}  // namespace
}  // namespace test
