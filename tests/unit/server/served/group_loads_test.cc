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

TEST(GroupLoads, GiveAVirtualHostHalfOfWhatTheOthersLeave) {
    GroupLoads loads(0, 40, 3);
    ASSERT_EQ(loads.requests_max(), 20U);
    const auto take = [&loads](std::uint32_t host) {
        std::vector<GroupLoads::Hold> holds;
        for (auto hold = loads.admit_embedded(host, 10); hold;
             hold = loads.admit_embedded(host, 10)) {
            holds.push_back(std::move(hold));
        }
        return holds;
    };
    std::vector<GroupLoads::Hold> first = take(0);
    EXPECT_EQ(first.size(), 10U);
    EXPECT_EQ(take(1).size(), 5U);
    EXPECT_EQ(take(2).size(), 5U) << "the other's are given back";
    first.clear();
    EXPECT_EQ(take(1).size(), 10U);
    GroupLoads alone(0, 40, 1);
    for (int i = 0; i < 20; ++i) {
        first.push_back(alone.admit_embedded(0, 10));
        EXPECT_TRUE(first.back());
    }
    first.clear();
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
