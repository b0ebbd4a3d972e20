#include "core/site/names/host_table.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "core/config/configuration_parser.h"

namespace {

using site::HostTable;

config::Config parsed(const std::string& text) {
    auto config = config::parse_text("Listen 80\n" + text, "site.conf");
    EXPECT_TRUE(config) << config.error().what;
    return *std::move(config);
}

std::string virtual_host(std::string_view addresses, std::string_view lines) {
    return std::string("<VirtualHost ")
        .append(addresses)
        .append(">\n")
        .append(lines)
        .append("\n</VirtualHost>\n");
}

HostTable table_of(const std::string& text) { return HostTable(parsed(text)); }

TEST(HostTable, IsTheMainServerWithoutVirtualHosts) {
    EXPECT_EQ(table_of("ServerName a\n").find("127.0.0.1", 80, "b"), 0U);
}

TEST(HostTable, FindsNamesWhateverCasePortOrFinalDot) {
    const auto table = table_of(
        virtual_host("*:80", "ServerName first") +
        virtual_host("*:80", "ServerName www.Example.com\nServerAlias Other")
    );
    for (const char* host :
         {"www.example.com",
          "WWW.EXAMPLE.COM",
          "www.example.com:80",
          "www.example.com:4444",
          "www.example.com.",
          "www.example.com.:80",
          "other",
          "OTHER:80"}) {
        EXPECT_EQ(table.find("10.0.0.1", 80, host), 2U) << host;
    }
}

TEST(HostTable, AnswersUnknownNamesWithTheFirstOfTheAddress) {
    const auto table = table_of(
        virtual_host("10.0.0.1:80", "ServerName a") + virtual_host("*:80", "ServerName b") +
        virtual_host("*:80", "ServerName c")
    );
    for (const char* host : {"", "nobody", "www.c", "c.", ".", ":80"}) {
        EXPECT_EQ(table.find("10.0.0.2", 80, host), std::string_view(host) == "c." ? 3U : 2U)
            << host;
    }
}

TEST(HostTable, AnswersOtherAddressesWithTheMainServer) {
    const auto table = table_of("ServerName main\n" + virtual_host("10.0.0.1:80", "ServerName a"));
    EXPECT_EQ(table.find("10.0.0.1", 80, "x"), 1U);
    EXPECT_EQ(table.find("10.0.0.1", 81, "a"), 0U);
    EXPECT_EQ(table.find("10.0.0.2", 80, "a"), 0U);
}

// An address that somebody claimed is served by its own virtual hosts alone, whatever names "*"
// has.
TEST(HostTable, PrefersTheOwnAddressToAnyAddress) {
    const auto table = table_of(
        virtual_host("*:80", "ServerName any") +
        virtual_host("_default_:80", "ServerName default") +
        virtual_host("10.0.0.1:80", "ServerName own")
    );
    EXPECT_EQ(table.find("10.0.0.1", 80, "any"), 3U);
    EXPECT_EQ(table.find("10.0.0.2", 80, "any"), 1U);
    EXPECT_EQ(table.find("10.0.0.2", 80, "default"), 2U);
}

TEST(HostTable, PrefersAWrittenPortToAnyPort) {
    const auto table = table_of(
        virtual_host("*", "ServerName none") + virtual_host("*:*", "ServerName star") +
        virtual_host("*:81", "ServerName p") + virtual_host("10.0.0.1:*", "ServerName own")
    );
    // "*" has the port of the last Listen before it, 80.
    EXPECT_EQ(table.find("10.0.0.2", 80, "x"), 1U);
    EXPECT_EQ(table.find("10.0.0.2", 80, "star"), 1U);
    EXPECT_EQ(table.find("10.0.0.2", 82, "none"), 2U);
    EXPECT_EQ(table.find("10.0.0.2", 81, "star"), 3U);
    EXPECT_EQ(table.find("10.0.0.1", 81, "p"), 4U);
}

TEST(HostTable, LetsAVirtualHostHaveSeveralAddresses) {
    const auto table = table_of(
        virtual_host("10.0.0.1:80 10.0.0.2:81", "ServerName a") +
        virtual_host("10.0.0.2:81", "ServerName b")
    );
    EXPECT_EQ(table.find("10.0.0.1", 80, "b"), 1U);
    EXPECT_EQ(table.find("10.0.0.2", 81, "b"), 2U);
    EXPECT_EQ(table.find("10.0.0.2", 80, "b"), 0U);
}

TEST(HostTable, KnowsIPv6Addresses) {
    const auto table = table_of(
        virtual_host("[2001:DB8:0::1]:80", "ServerName six") +
        virtual_host("10.0.0.1:80", "ServerName four")
    );
    EXPECT_EQ(table.find("2001:db8::1", 80, "x"), 1U);
    EXPECT_EQ(table.find("::ffff:10.0.0.1", 80, "x"), 2U);
    EXPECT_EQ(table.find("2001:db8::2", 80, "x"), 0U);
}

TEST(HostTable, FindsAnIPv6AddressAsAName) {
    const auto table =
        table_of(virtual_host("*", "ServerName a") + virtual_host("*", "ServerName [::1]:80"));
    EXPECT_EQ(table.find("::1", 80, "[::1]:4444"), 2U);
    EXPECT_EQ(table.find("::1", 80, "[::1]"), 2U);
    EXPECT_EQ(table.find("::1", 80, "[::1"), 1U);
}

TEST(HostTable, PrefersExactNamesToWildcardsAndTheFirstOfEqualNames) {
    const auto table = table_of(
        virtual_host("*", "ServerName first\nServerAlias *.example.com") +
        virtual_host("*", "ServerName www.example.com\nServerAlias *.www.example.com") +
        virtual_host("*", "ServerName www.example.com\nServerAlias m?.org")
    );
    EXPECT_EQ(table.find("10.0.0.1", 80, "www.example.com"), 2U);
    EXPECT_EQ(table.find("10.0.0.1", 80, "a.www.example.com"), 1U);
    EXPECT_EQ(table.find("10.0.0.1", 80, "A.EXAMPLE.COM:80"), 1U);
    EXPECT_EQ(table.find("10.0.0.1", 80, "m1.org"), 3U);
    EXPECT_EQ(table.find("10.0.0.1", 80, "m12.org"), 1U);
}

TEST(HostTable, GivesAVirtualHostWithoutNameThatOfTheMainServer) {
    const auto table =
        table_of("ServerName main\n" + virtual_host("*", "ServerName a") + virtual_host("*", ""));
    EXPECT_EQ(table.find("10.0.0.1", 80, "main"), 2U);
}

TEST(HostTable, FindsOneOfThousands) {
    std::string text;
    for (int i = 1; i <= 5000; ++i) {
        text += virtual_host("*:80", "ServerName host" + std::to_string(i) + ".example.com");
    }
    const auto table = table_of(text);
    for (const unsigned i : {1U, 2500U, 5000U}) {
        EXPECT_EQ(table.find("10.0.0.1", 80, "HOST" + std::to_string(i) + ".example.com:80"), i);
    }
}

TEST(HostWildcard, MatchesWholeNames) {
    using site::matches_wildcard;
    for (const char* pattern :
         {"a.b", "*", "**", "a*", "*b", "a?b", "???", "*.*", "A.B", "a*.b*", "*a*.*b*"}) {
        EXPECT_TRUE(matches_wildcard("a.b", pattern)) << pattern;
    }
    for (const char* pattern :
         {"", "?", "??", "????", "a", "a.", "*.", "*c", "b*", "a.b?", "?a.b", "*x*"}) {
        EXPECT_FALSE(matches_wildcard("a.b", pattern)) << pattern;
    }
    EXPECT_TRUE(matches_wildcard("", "*"));
    EXPECT_TRUE(matches_wildcard("", ""));
}

TEST(HostWildcard, IsNotSlowWithManyStars) {
    std::string pattern;
    for (int i = 0; i < 100; ++i) {
        pattern += "*a";
    }
    EXPECT_FALSE(site::matches_wildcard(std::string(255, 'a') + "b", pattern));
}

}  // namespace
