// Who counts as one sender.
#include "core/server/served/network.h"

#include <gtest/gtest.h>

namespace {

using server::network_of;

TEST(Network, IsAnIpv4Address) {
    EXPECT_EQ(network_of("192.0.2.1"), network_of("192.0.2.1"));
    EXPECT_NE(network_of("192.0.2.1"), network_of("192.0.2.2"));
}

TEST(Network, IsTheUpperHalfOfAnIpv6Address) {
    EXPECT_EQ(network_of("2001:db8:0:1::1"), network_of("2001:db8:0:1:ffff::2"));
    EXPECT_NE(network_of("2001:db8:0:1::1"), network_of("2001:db8:0:2::1"));
}

TEST(Network, OfNoAddressIsOne) {
    EXPECT_EQ(network_of(""), network_of("no address"));
    EXPECT_NE(network_of(""), network_of("192.0.2.1"));
}

}  // namespace
