// Who is beyond its share of a loop, with a clock that the test turns.
#include "core/server/dispatch/aside/host_costs.h"

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using server::HostCosts;

constexpr HostCosts::Time kNow = HostCosts::Time{} + 1000h;

TEST(HostCosts, AreNobodysFaultWhereRulesAreOrdinary) {
    HostCosts costs(3);
    for (int i = 0; i < 100'000; ++i) {
        costs.charge(1, 200us, kNow);
    }
    EXPECT_FALSE(costs.is_beyond(1, kNow)) << "many clients ask, and that is all";
}

TEST(HostCosts, OfSlowRulesAreMadeUpForLater) {
    HostCosts costs(3);
    for (int i = 0; i < 3; ++i) {
        costs.charge(1, 5ms, kNow);
    }
    EXPECT_TRUE(costs.is_beyond(1, kNow));
    EXPECT_FALSE(costs.is_beyond(2, kNow));
    EXPECT_FALSE(costs.is_beyond(1, kNow + 2s));
}

TEST(HostCosts, OfAHostAloneHoldUpNobody) {
    HostCosts costs(1);
    for (int i = 0; i < 100; ++i) {
        costs.charge(0, 5ms, kNow);
    }
    EXPECT_FALSE(costs.is_beyond(0, kNow));
}

}  // namespace
