// What applications are told of where a request came in. Most of it is kept from one request to the
// next, by the connection and by the exchange: each of its parts changes alone here, and what is
// told is what is so.
#include "core/server/dispatch/locator.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "tests/unit/server/loops/loop_under_test.h"

namespace test {
namespace {

constexpr const char* kText =
    "ServerName main.example:8080\n"
    "<VirtualHost *:80>\nServerName first.example\n</VirtualHost>\n"
    "<VirtualHost *:80>\nServerName canonical.example:81\nServerAlias other.example\n"
    "UseCanonicalName On\n</VirtualHost>\n";

// All that is told, as one text.
std::string text_of(const server::Exchange& exchange) {
    const request::Facts& facts = exchange.parcel.facts;
    return fmt::format(
        "host {}, {}:{} of {}:{} [{}] for {}:{}",
        exchange.known.host,
        facts.server_name,
        facts.server_port_name,
        facts.server_addr,
        facts.server_port,
        facts.listener_host,
        facts.remote_addr,
        facts.remote_port
    );
}

class LocatorTest : public testing::Test {
protected:
    // One that is open: `remote_port` tells them apart.
    struct Client {
        Client(
            LocatorTest& its_test,
            const std::string& local,
            const std::string& remote,
            std::uint16_t remote_port,
            const server::Endpoint& endpoint
        )
            : test(its_test),
              settings(
                  its_test.service(), server::Arrival{endpoint, {local, remote, remote_port}}
              ) {}

        // What a request of it is told. All of them have one exchange, one after the other.
        std::string ask(const std::string& authority) {
            settings.renew();
            server::Exchange& exchange = test.service().take_exchange();
            exchange.generation = settings.generation();
            exchange.request().authority = authority;
            test.service().note_begin(exchange);
            test.service().locate(exchange, settings);
            EXPECT_EQ(exchange.known.network, server::network_of(exchange.facts().remote_addr));
            std::string text = text_of(exchange);
            test.numbers.push_back(exchange.facts().number);
            test.service().release_exchange(exchange);
            return text;
        }

        LocatorTest& test;
        server::ConnectionSettings settings;
    };

    server::Service& service() { return loop_->service(); }
    Client client(
        const std::string& local = "192.0.2.1",
        const std::string& remote = "198.51.100.1",
        std::uint16_t remote_port = 1000
    ) {
        return {*this, local, remote, remote_port, endpoint_};
    }

    LoopUnderTest loop_{kText};
    server::Endpoint endpoint_{.address = "0.0.0.0", .port = 80, .is_wildcard = true};
    std::vector<std::uint64_t> numbers;  // Surroundings::number of each request
};

constexpr const char* kFirst = "host 1, first.example:80 of 192.0.2.1:80 [] for 198.51.100.1:1000";

TEST_F(LocatorTest, TellsTheSameForTheSame) {
    Client one = client();
    EXPECT_EQ(one.ask("first.example"), kFirst);
    EXPECT_EQ(one.ask("first.example"), kFirst);
    Client other = client();
    EXPECT_EQ(other.ask("first.example"), kFirst);
    EXPECT_EQ(numbers[0], numbers[1]);
    EXPECT_EQ(numbers[0], numbers[2]) << "of most connections it is one";
    EXPECT_NE(numbers[0], 0U);
}

TEST_F(LocatorTest, TellsWhoTheClientIs) {
    Client one = client();
    EXPECT_EQ(one.ask("first.example"), kFirst);
    Client other = client("192.0.2.1", "198.51.100.2");
    EXPECT_EQ(
        other.ask("first.example"),
        "host 1, first.example:80 of 192.0.2.1:80 [] for 198.51.100.2:1000"
    );
    Client same = client("192.0.2.1", "198.51.100.1", 1001);
    EXPECT_EQ(
        same.ask("first.example"),
        "host 1, first.example:80 of 192.0.2.1:80 [] for 198.51.100.1:1001"
    );
    EXPECT_EQ(one.ask("first.example"), kFirst);
}

TEST_F(LocatorTest, FollowsTheHostField) {
    Client one = client();
    EXPECT_EQ(one.ask("first.example"), kFirst);
    EXPECT_EQ(
        one.ask("FIRST.example.:8000"),
        "host 1, first.example:8000 of 192.0.2.1:80 [] for 198.51.100.1:1000"
    );
    EXPECT_EQ(
        one.ask("other.example"),
        "host 2, canonical.example:81 of 192.0.2.1:80 [] for 198.51.100.1:1000"
    );
    EXPECT_EQ(one.ask(""), kFirst) << "the first one's own name";
    EXPECT_EQ(
        one.ask("unknown.example"),
        "host 1, unknown.example:80 of 192.0.2.1:80 [] for 198.51.100.1:1000"
    );
    EXPECT_EQ(one.ask("first.example"), kFirst);
}

TEST_F(LocatorTest, TellsWhereTheConnectionHasCome) {
    Client one = client();
    Client local = client("192.0.2.9");
    EXPECT_EQ(one.ask("first.example"), kFirst);
    EXPECT_EQ(
        local.ask("first.example"),
        "host 1, first.example:80 of 192.0.2.9:80 [] for 198.51.100.1:1000"
    );
    const server::Endpoint named{.address = "192.0.2.1", .port = 80};
    Client by_name(*this, "192.0.2.1", "198.51.100.1", 1000, named);
    EXPECT_EQ(
        by_name.ask("first.example"),
        "host 1, first.example:80 of 192.0.2.1:80 [192.0.2.1] for 198.51.100.1:1000"
    );
    const server::Endpoint port{.address = "0.0.0.0", .port = 8080, .is_wildcard = true};
    Client by_port(*this, "192.0.2.1", "198.51.100.1", 1000, port);
    EXPECT_EQ(
        by_port.ask("first.example"),
        "host 0, first.example:8080 of 192.0.2.1:8080 [] for 198.51.100.1:1000"
    );
    EXPECT_EQ(one.ask("first.example"), kFirst);
    EXPECT_EQ(
        by_port.ask("first.example"),
        "host 0, first.example:8080 of 192.0.2.1:8080 [] for 198.51.100.1:1000"
    );
}

TEST_F(LocatorTest, TellsWhatTheNewestConfigurationSays) {
    Client one = client();
    EXPECT_EQ(one.ask("first.example"), kFirst);
    EXPECT_EQ(
        one.ask("other.example"),
        "host 2, canonical.example:81 of 192.0.2.1:80 [] for 198.51.100.1:1000"
    );
    loop_.adopt(
        "ServerName main.example\n"
        "<VirtualHost *:80>\nServerName new.example\nServerAlias first.example\n"
        "UseCanonicalName On\n</VirtualHost>\n"
    );
    EXPECT_EQ(
        one.ask("other.example"), "host 1, new.example:80 of 192.0.2.1:80 [] for 198.51.100.1:1000"
    );
    EXPECT_EQ(
        one.ask("first.example"), "host 1, new.example:80 of 192.0.2.1:80 [] for 198.51.100.1:1000"
    );
}

}  // namespace
}  // namespace test
