// What a group may have at once.
#include "core/server/served/group_loads.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace {

using server::GroupLoads;

constexpr std::uint64_t kMebibyte = 1024 * 1024;

TEST(GroupLoads, ShareConnectionsAmongGroups) {
    EXPECT_EQ(GroupLoads(0, 1000).requests_max(), 500U) << "some are left for files";
    EXPECT_EQ(GroupLoads(1, 1000).requests_max(), 500U);
    EXPECT_EQ(GroupLoads(3, 1000).requests_max(), 250U);
    EXPECT_EQ(GroupLoads(10'000, 1000).requests_max(), 125U);
    EXPECT_EQ(GroupLoads(1, 10).requests_max(), 16U);
    EXPECT_EQ(GroupLoads(1, 1'000'000).requests_max(), 8192U);
}

TEST(GroupLoads, GiveAGroupItsShareOfRequestsAndNoMore) {
    GroupLoads loads(2, 60);
    std::vector<GroupLoads::Hold> holds;
    for (std::uint32_t i = 0; i < loads.requests_max(); ++i) {
        holds.push_back(loads.admit(0, 10));
        EXPECT_TRUE(holds.back());
    }
    EXPECT_FALSE(loads.admit(0, 10));
    EXPECT_TRUE(loads.admit(1, 10)) << "another group";
    EXPECT_TRUE(loads.admit(loads.embedded(), 10));
    holds.pop_back();
    EXPECT_TRUE(loads.admit(0, 10));
}

TEST(GroupLoads, GiveAGroupItsShareOfBytesAndNoMore) {
    GroupLoads loads(1, 1000);
    GroupLoads::Hold most = loads.admit(0, 60 * kMebibyte);
    EXPECT_TRUE(most);
    EXPECT_FALSE(loads.admit(0, 5 * kMebibyte));
    EXPECT_TRUE(loads.admit(0, 4 * kMebibyte));
    most.release();
    EXPECT_TRUE(loads.admit(0, 5 * kMebibyte));
}

TEST(GroupLoads, CountWhatClientsHaveNotTaken) {
    GroupLoads loads(1, 1000);
    GroupLoads::Hold hold = loads.admit(0, 1);
    hold.hold_answer(300 * kMebibyte);
    EXPECT_FALSE(loads.admit(0, 1));
    EXPECT_TRUE(loads.admit(1, 1));
    GroupLoads::Hold moved = std::move(hold);
    EXPECT_FALSE(loads.admit(0, 1));
    moved.hold_answer(200 * kMebibyte);
    EXPECT_TRUE(loads.admit(0, 1));
    moved.hold_answer(300 * kMebibyte);
    moved = {};
    EXPECT_TRUE(loads.admit(0, 1));
}

}  // namespace
