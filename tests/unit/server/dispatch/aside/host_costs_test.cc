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
        costs.charge(1, 80us, kNow);
    }
    EXPECT_FALSE(costs.is_beyond(1, kNow)) << "many clients ask, and that is all";
}

// A crowd of requests comes in one turn, and what each costs by itself looks like little.
TEST(HostCosts, OfManyThatAreSlowTogetherAreTheirs) {
    HostCosts costs(3);
    for (int i = 0; i < 50; ++i) {
        costs.charge(1, 350us, kNow);  // 18 ms in all, during which nobody else is answered
    }
    EXPECT_TRUE(costs.is_beyond(1, kNow));
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
