// Clients who would rather not be seen: the access log has them.
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "tests/support/deadline.h"
#include "tests/support/e2e.h"
#include "tests/support/fifo.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

class HostileClients : public OnLane {
protected:
    void expect_logged(const std::string& line) {
        EXPECT_TRUE(eventually([&] {
            return any_line_matches(read_file(tmp() / "access.log"), line);
        })) << line
            << " in:\n"
            << read_file(tmp() / "access.log");
    }
};
INSTANTIATE_TEST_SUITE_P(, HostileClients, testing::ValuesIn(both_modes()), name_of);

TEST_P(HostileClients, AreLoggedThoughTheyResetBeforeTheAnswer) {
    Fifo tell(tmp() / "tell");
    const Fifo gate(tmp() / "gate");
    Server& server = start(
        "CustomLog ${tmp}/access.log \"%r %>s %X\"\n"
        "WSGIScriptAlias / ${apps}/waits_at_gate.py\n"
    );
    Client client = server.connect();
    client.get("/?tell=" + tell.path() + "&gate=" + gate.path());
    EXPECT_TRUE(tell.take_line().starts_with("begun "));
    client.reset();
    expect_logged("^GET /\\?tell=.* HTTP/1\\.1 - X$");
    gate.put(".");
}

TEST_P(HostileClients, AreLoggedWithTheLineThatIsRefused) {
    Server& server =
        start("CustomLog ${tmp}/access.log \"'%r' %>s\"\nWSGIScriptAlias / ${apps}/hello.py\n");
    const std::pair<std::string, std::string> lines[] = {
        {"G\x01T /here HTTP/1.1\r\n", "'G\\\\x01T /here HTTP/1\\.1' 400"},
        {"GET /there HTTP/3.0\r\n", "'GET /there HTTP/3\\.0' 505"},
        {"\x16\x03\x01", "'\\\\x16' 400"},
    };
    for (const auto& [line, logged] : lines) {
        Client client = server.connect();
        client.send(line);
        EXPECT_GE(client.read_response().status, 400);
        expect_logged("^" + logged + "$");
    }
}

}  // namespace
}  // namespace test
