#include "core/server/dispatch/aside/name_queue.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace test {
namespace {

using server::NameQueue;
using Added = NameQueue::Added;

constexpr std::size_t kMost = 64;

TEST(NameQueue, SendersOfAHostTakeTurns) {
    NameQueue queue(kMost);
    EXPECT_EQ(queue.add(0, "2001:db8::1"), Added::kTurn);
    EXPECT_EQ(queue.add(0, "2001:db8::2"), Added::kBehind) << "of the same network";
    EXPECT_EQ(queue.add(0, "192.0.2.1"), Added::kTurn);
    const auto first = queue.take(0);
    EXPECT_EQ(first.address, "2001:db8::1");
    EXPECT_TRUE(queue.end(first)) << "there is another one";
    const auto second = queue.take(0);
    EXPECT_EQ(second.address, "192.0.2.1");
    EXPECT_FALSE(queue.end(second));
    const auto third = queue.take(0);
    EXPECT_EQ(third.address, "2001:db8::2");
    EXPECT_FALSE(queue.end(third));
    EXPECT_EQ(queue.size(), 0U);
}

TEST(NameQueue, ASenderHasOneLookUpAtATime) {
    NameQueue queue(kMost);
    EXPECT_EQ(queue.add(0, "2001:db8::1"), Added::kTurn);
    const auto first = queue.take(0);
    EXPECT_EQ(queue.add(0, "2001:db8::2"), Added::kBehind);
    EXPECT_EQ(queue.add(1, "2001:db8::2"), Added::kTurn) << "another host asks";
    EXPECT_TRUE(queue.end(first));
    EXPECT_FALSE(queue.end(queue.take(0)));
    EXPECT_FALSE(queue.end(queue.take(1)));
}

TEST(NameQueue, HasRoomForWhoeverHasLittle) {
    NameQueue queue(kMost);
    int of_network = 0;
    while (queue.add(0, fmt::format("2001:db8::{}", of_network)) != Added::kRefused) {
        ++of_network;
    }
    EXPECT_EQ(of_network, kMost / 4) << "half of what its host may have, which is half";
    int of_host = of_network;
    while (queue.add(0, fmt::format("192.0.2.{}", of_host)) != Added::kRefused) {
        ++of_host;
    }
    EXPECT_EQ(of_host, kMost / 2);
    EXPECT_EQ(queue.add(1, "192.0.2.1"), Added::kTurn) << "another host";
}

TEST(NameQueue, ForgetsWhatNobodyTakes) {
    NameQueue queue(kMost);
    EXPECT_EQ(queue.add(0, "192.0.2.1"), Added::kTurn);
    EXPECT_EQ(queue.add(0, "192.0.2.2"), Added::kTurn);
    queue.take_back(0);
    EXPECT_EQ(queue.size(), 1U);
    EXPECT_EQ(queue.add(0, "192.0.2.2"), Added::kTurn);
    EXPECT_EQ(queue.take(0).address, "192.0.2.1");
}

}  // namespace
}  // namespace test
