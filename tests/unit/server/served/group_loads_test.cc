// What a group may have at once.
#include "core/server/served/group_loads.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <utility>
#include <vector>

namespace {

using server::GroupLoads;

constexpr std::uint64_t kMebibyte = 1024 * 1024;

constexpr std::uint64_t kClient1 = 0x010200c0;  // as network_of() has them
constexpr std::uint64_t kClient2 = 0x020200c0;
constexpr std::uint64_t kClient3 = 0x030200c0;

// Each time another client: what it has counts for nobody else.
std::uint64_t somebody() {
    static std::uint64_t last = 0;
    return ++last;
}

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
        holds.push_back(loads.admit(0, somebody(), 10));
        EXPECT_TRUE(holds.back());
    }
    EXPECT_FALSE(loads.admit(0, somebody(), 10));
    EXPECT_TRUE(loads.admit(1, somebody(), 10)) << "another group";
    EXPECT_TRUE(loads.admit(loads.embedded(), somebody(), 10));
    holds.pop_back();
    EXPECT_TRUE(loads.admit(0, somebody(), 10));
}

TEST(GroupLoads, GiveAVirtualHostHalfOfWhatTheOthersLeave) {
    GroupLoads loads(0, 40, 3);
    ASSERT_EQ(loads.requests_max(), 20U);
    const auto take = [&loads](std::uint32_t host) {
        std::vector<GroupLoads::Hold> holds;
        for (auto hold = loads.admit_embedded(host, somebody(), 10); hold;
             hold = loads.admit_embedded(host, somebody(), 10)) {
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
        first.push_back(alone.admit_embedded(0, somebody(), 10));
        EXPECT_TRUE(first.back());
    }
    first.clear();
}

TEST(GroupLoads, GiveAGroupItsShareOfBytesAndNoMore) {
    GroupLoads loads(1, 1000);
    GroupLoads::Hold most = loads.admit(0, somebody(), 60 * kMebibyte);
    EXPECT_TRUE(most);
    EXPECT_FALSE(loads.admit(0, somebody(), 5 * kMebibyte));
    EXPECT_TRUE(loads.admit(0, somebody(), 4 * kMebibyte));
    most.release();
    EXPECT_TRUE(loads.admit(0, somebody(), 5 * kMebibyte));
}

TEST(GroupLoads, CountWhatClientsHaveNotTaken) {
    GroupLoads loads(1, 1000);
    GroupLoads::Hold hold = loads.admit(0, somebody(), 1);
    hold.hold_answer(300 * kMebibyte);
    EXPECT_FALSE(loads.admit(0, somebody(), 1));
    EXPECT_TRUE(loads.admit(1, somebody(), 1));
    GroupLoads::Hold moved = std::move(hold);
    EXPECT_FALSE(loads.admit(0, somebody(), 1));
    moved.hold_answer(200 * kMebibyte);
    EXPECT_TRUE(loads.admit(0, somebody(), 1));
    moved.hold_answer(300 * kMebibyte);
    moved = {};
    EXPECT_TRUE(loads.admit(0, somebody(), 1));
}

TEST(GroupLoads, GiveASenderHalfOfWhatTheOthersLeave) {
    GroupLoads loads(1, 80);
    ASSERT_EQ(loads.requests_max(), 40U);
    const auto take = [&loads](std::uint64_t network) {
        std::vector<GroupLoads::Hold> holds;
        for (auto hold = loads.admit(0, network, 1); hold; hold = loads.admit(0, network, 1)) {
            holds.push_back(std::move(hold));
        }
        return holds;
    };
    std::vector<GroupLoads::Hold> crowd = take(kClient1);
    EXPECT_EQ(crowd.size(), 20U);
    std::vector<GroupLoads::Hold> next = take(kClient2);
    EXPECT_EQ(next.size(), 10U);
    EXPECT_EQ(take(kClient3).size(), 5U);
    EXPECT_FALSE(loads.admit(0, kClient1, 1));
    crowd.clear();
    EXPECT_EQ(take(kClient2).size(), 10U) << "and so it has twenty";
}

TEST(GroupLoads, GiveASenderInEmbeddedModeHalfOfWhatTheOthersOfItsHostLeave) {
    GroupLoads loads(0, 160, 2);
    ASSERT_EQ(loads.requests_max(), 80U);
    std::vector<GroupLoads::Hold> crowd;
    for (auto hold = loads.admit_embedded(0, kClient1, 1); hold;
         hold = loads.admit_embedded(0, kClient1, 1)) {
        crowd.push_back(std::move(hold));
    }
    EXPECT_EQ(crowd.size(), 20U);
    EXPECT_TRUE(loads.admit_embedded(0, kClient2, 1)) << "another client of this host";
    EXPECT_TRUE(loads.admit_embedded(1, kClient1, 1)) << "the same of another host";
}

// It is the client that has not taken the answer who is waited for, and not the group.
TEST(GroupLoads, CountNoRequestWhoseApplicationHasEnded) {
    GroupLoads loads(1, 80);
    std::vector<GroupLoads::Hold> ended;
    for (int i = 0; i < 100; ++i) {
        ended.push_back(loads.admit(0, kClient1, 1));
        ASSERT_TRUE(ended.back()) << i;
        ended.back().hold_answer(kMebibyte);
        ended.back().end_request();
    }
    EXPECT_TRUE(loads.admit(0, kClient2, 1));
    ended.back().hold_answer(30 * kMebibyte);
    EXPECT_FALSE(loads.admit(0, kClient1, 1)) << "half of what all may have";
    EXPECT_TRUE(loads.admit(0, kClient2, 1));
    ended.clear();
    EXPECT_TRUE(loads.admit(0, kClient1, 1));
}

}  // namespace
