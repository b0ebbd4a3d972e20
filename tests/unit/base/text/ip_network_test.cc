#include "core/base/text/ip_network.h"

#include <gtest/gtest.h>

#include <string_view>

namespace {

bool is_in(std::string_view address, std::string_view network) {
    const auto parsed = base::IpNetwork::parse(network);
    EXPECT_TRUE(parsed.has_value()) << network;
    return parsed && parsed->contains(address);
}

TEST(IpNetwork, IsAnAddressOrTheStartOfOne) {
    EXPECT_TRUE(is_in("10.5.5.5", "10.5.5.5"));
    EXPECT_TRUE(is_in("10.5.5.5", "10.5.5.5."));
    EXPECT_FALSE(is_in("10.5.5.6", "10.5.5.5"));
    EXPECT_TRUE(is_in("10.1.2.3", "10.1"));
    EXPECT_TRUE(is_in("10.1.2.3", "10."));
    EXPECT_TRUE(is_in("127.0.0.1", "127"));
    EXPECT_FALSE(is_in("100.1.2.3", "10"));
    EXPECT_TRUE(is_in("::1", "::1"));
    EXPECT_FALSE(is_in("fe80::1", "fe80::"));
}

TEST(IpNetwork, HasBitsOrAMask) {
    EXPECT_TRUE(is_in("10.1.2.3", "10.0.0.0/8"));
    EXPECT_TRUE(is_in("10.5.5.5", "10.1.2.3/8"));
    EXPECT_FALSE(is_in("11.1.2.3", "10.0.0.0/8"));
    EXPECT_TRUE(is_in("10.127.255.255", "10.0.0.0/9"));
    EXPECT_FALSE(is_in("10.128.0.0", "10.0.0.0/9"));
    EXPECT_TRUE(is_in("10.5.5.5", "10.5.5.5/32"));
    EXPECT_TRUE(is_in("10.5.5.5", "0.0.0.0/0"));
    EXPECT_FALSE(is_in("10.1.2.3", "10.0.0.0/255.255.0.0"));
    EXPECT_TRUE(is_in("10.5.5.5", "10.0.5.0/255.0.255.0"));
    EXPECT_TRUE(is_in("2001:db8::5", "2001:db8::/32"));
    EXPECT_FALSE(is_in("2001:db9::5", "2001:db8::/32"));
    EXPECT_TRUE(is_in("2001:dbf::5", "2001:db8::/29"));
}

TEST(IpNetwork, IsOfOneFamily) {
    EXPECT_FALSE(is_in("10.1.2.3", "::/0"));
    EXPECT_FALSE(is_in("2001:db8::5", "0.0.0.0/0"));
    EXPECT_TRUE(is_in("::ffff:10.1.2.3", "10.0.0.0/8"));
    EXPECT_TRUE(is_in("fe80::1%eth0", "fe80::/10"));
    EXPECT_FALSE(is_in("", "10.0.0.0/8"));
    EXPECT_FALSE(is_in("nonsense", "10.0.0.0/8"));
    EXPECT_FALSE(is_in("010.5.5.5", "10.5.5.5"));
}

TEST(IpNetwork, RefusesWhatIsNone) {
    for (const std::string_view text :
         {"",
          ".",
          "bogus",
          "1000",
          "10..5",
          "1.2.3.4.5",
          "10/8",
          "10.5/16",
          "10.5/255.255.0.0",
          "10.5.5.5/33",
          "10.5.5.5/",
          "10.5.5.5/x",
          "10.5.5.5/::1",
          "10.1.2.3 ",
          "fe80",
          "fe80::/129",
          "fe80::%eth0/10",
          "fe80::/255.0.0.0",
          "[::1]",
          "::ffff:10.0.0.0/104"}) {
        const auto parsed = base::IpNetwork::parse(text);
        ASSERT_FALSE(parsed.has_value()) << text;
        EXPECT_NE(parsed.error().what.find("expected an IP address"), std::string::npos) << text;
    }
}

}  // namespace
