// Networks: what is one, and which addresses are in it. The forms are those of Apache's "Require
// ip"; what it refuses beyond ours is noted.
#include "core/base/network.h"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

#include "core/base/process_environment.h"

namespace base {
namespace {

struct Membership {
    std::string_view network;
    std::vector<std::string_view> inside;
    std::vector<std::string_view> outside;
};

const std::vector<Membership> kMemberships = {
    {"10.1.2.3", {"10.1.2.3", "::ffff:10.1.2.3"}, {"10.1.2.4", "::1", "::10.1.2.3"}},
    {"10", {"10.0.0.0", "10.255.255.255"}, {"11.0.0.0", "9.255.255.255", "a00::"}},
    {"10.", {"10.4.5.6"}, {"1.0.4.5"}},
    {"10.1", {"10.1.0.1"}, {"10.10.0.1", "10.2.0.1"}},
    {"10.1.2.", {"10.1.2.255"}, {"10.1.3.0", "10.1.20.1"}},
    {"1.2.3.4.", {"1.2.3.4"}, {"1.2.3.5"}},
    {"10.1.2.3/8", {"10.9.9.9"}, {"11.1.2.3"}},
    {"192.168.1.128/25", {"192.168.1.128", "192.168.1.255"}, {"192.168.1.127"}},
    {"192.168.1.1/32", {"192.168.1.1"}, {"192.168.1.0"}},
    {"10.1.0.0/255.255.0.0", {"10.1.9.9"}, {"10.2.0.0"}},
    {"10.1.2.3/255.0.255.0", {"10.9.2.9"}, {"10.1.3.3"}},
    {"0.0.0.0/0", {"1.2.3.4", "::ffff:255.1.1.1"}, {"::1", "2001:db8::1"}},  // Apache wants 1 bit
    {"::/0", {"::1", "2001:db8::1"}, {"1.2.3.4"}},
    {"::1", {"::1", "0:0:0:0:0:0:0:1"}, {"127.0.0.1", "::2"}},
    {"2001:db8::/32", {"2001:db8:ffff::1", "2001:0DB8::"}, {"2001:db9::"}},
    {"2001:db8::/33", {"2001:db8:7fff::1"}, {"2001:db8:8000::1"}},
    {"fe80::/10", {"fe80::1%eth0", "febf::"}, {"fec0::1"}},
    {"::ffff:10.0.0.1", {"10.0.0.1", "::ffff:a00:1"}, {"10.0.0.2"}},  // Apache refuses it
    {"::ffff:10.0.0.0/104", {"10.9.9.9"}, {"11.0.0.0", "::1"}},
};

TEST(Network, ContainsItsAddresses) {
    for (const auto& row : kMemberships) {
        const auto network = Network::parse(row.network);
        ASSERT_TRUE(network) << row.network;
        for (const auto address : row.inside) {
            ASSERT_TRUE(Address::parse(address)) << address;
            EXPECT_TRUE(network->contains(*Address::parse(address))) << row.network << address;
        }
        for (const auto address : row.outside) {
            ASSERT_TRUE(Address::parse(address)) << address;
            EXPECT_FALSE(network->contains(*Address::parse(address))) << row.network << address;
        }
    }
}

TEST(Network, IsNothingElse) {
    for (const char* text :
         {"",
          "foo",
          "10/8",
          "10.1/16",
          "300.1.1.1",
          "10.256",
          "10..1",
          "1.2.3.4.5",
          ".10",
          "10.1.2.3/33",
          "10.1.2.3/",
          "10.1.2.3/-1",
          "10.1.2.3/8x",
          "10.1.2.3/255.0.0",
          "10.1.2.3/::1",
          "2001:db8",
          "[::1]",
          "::1/129",
          "::1/255.0.0.0",
          "/8",
          "10.1.2.3 ",
          "+10",
          "0x10",
          "fe80::1%eth0"}) {
        EXPECT_FALSE(Network::parse(text)) << text;
    }
}

TEST(Address, KnowsItsOwnMachine) {
    EXPECT_TRUE(Address::parse("127.0.0.1")->is_loopback());
    EXPECT_TRUE(Address::parse("127.9.9.9")->is_loopback());
    EXPECT_TRUE(Address::parse("::ffff:127.0.0.1")->is_loopback());
    EXPECT_TRUE(Address::parse("::1")->is_loopback());
    EXPECT_FALSE(Address::parse("128.0.0.1")->is_loopback());
    EXPECT_FALSE(Address::parse("::127.0.0.1")->is_loopback());
    EXPECT_FALSE(Address::parse("localhost"));
    EXPECT_EQ(Address::parse("10.0.0.1"), Address::parse("::ffff:10.0.0.1"));
}

TEST(Network, IsToldFromTheNameOfAHost) {
    for (const char* text : {"10", "10.1.", "10.0.0.0/8", "::1", "2001:db8::/32", "300.1"}) {
        EXPECT_TRUE(looks_like_address(text)) << text;
    }
    for (const char* text : {"", "localhost", ".example.org", "a10", "10.example.org"}) {
        EXPECT_FALSE(looks_like_address(text)) << text;
    }
}

TEST(ProcessEnvironment, IsThatOfTheStart) {
    const auto path = process_variable("PATH");
    ASSERT_TRUE(path);
    EXPECT_NE(*path, "");
    EXPECT_FALSE(process_variable("path"));
    EXPECT_FALSE(process_variable("PATH="));
}

}  // namespace
}  // namespace base
