// What the readers of values have in common: addresses with a port.
#include "core/config/values/readers.h"

#include <gtest/gtest.h>

namespace config {
namespace {

TEST(HostAndPort, AnIpv6AddressStandsInBrackets) {
    EXPECT_EQ(join_host_and_port("::1", 8000), "[::1]:8000");
    EXPECT_EQ(join_host_and_port("127.0.0.1", 80), "127.0.0.1:80");
    EXPECT_EQ(join_host_and_port("*", 80), "*:80");
}

TEST(HostAndPort, WhatHasBeenJoinedIsSplitIntoTheSame) {
    const HostAndPort v6 = split_host_and_port("[fe80::1]:443");
    EXPECT_EQ(v6.host, "[fe80::1]");
    EXPECT_EQ(v6.port, "443");
    EXPECT_EQ(join_host_and_port("fe80::1", 443), "[fe80::1]:443");
    EXPECT_FALSE(split_host_and_port("[fe80::1]").has_port);
}

}  // namespace
}  // namespace config
