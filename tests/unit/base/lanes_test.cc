#include "core/base/lanes.h"

#include <gtest/gtest.h>

#include <future>
#include <string>
#include <system_error>
#include <vector>

using base::Lanes;

namespace {

// Work that ends when it is told to.
struct Gate {
    std::promise<void> entered;
    std::promise<void> opened;
    Lanes::Work work() {
        return [this] {
            entered.set_value();
            opened.get_future().wait();
        };
    }
};

TEST(Lanes, OneThatStandsStillHoldsUpNoOther) {
    Lanes lanes({.threads = 2, .threads_per_lane = 1, .waiting_per_lane = 8, .waiting = 16});
    Gate gate;
    ASSERT_TRUE(lanes.submit("hung", gate.work()));
    gate.entered.get_future().wait();
    ASSERT_TRUE(lanes.submit("hung", [] {}));
    std::promise<void> done;
    ASSERT_TRUE(lanes.submit("other", [&done] { done.set_value(); }));
    done.get_future().wait();
    gate.opened.set_value();
}

TEST(Lanes, TakeTurns) {
    Lanes lanes({.threads = 1, .threads_per_lane = 1, .waiting_per_lane = 8, .waiting = 16});
    Gate gate;
    ASSERT_TRUE(lanes.submit("first", gate.work()));
    gate.entered.get_future().wait();
    std::string order;  // one thread writes it
    std::promise<void> done;
    ASSERT_TRUE(lanes.submit("many", [&order] { order += 'm'; }));
    ASSERT_TRUE(lanes.submit("many", [&order] { order += 'm'; }));
    ASSERT_TRUE(lanes.submit("many", [&order, &done] {
        order += 'm';
        done.set_value();
    }));
    ASSERT_TRUE(lanes.submit("few", [&order] { order += 'f'; }));
    gate.opened.set_value();
    done.get_future().wait();
    EXPECT_EQ(order, "mfmm");
}

TEST(Lanes, RefuseWhatIsTooMuch) {
    Lanes lanes({.threads = 1, .threads_per_lane = 1, .waiting_per_lane = 2, .waiting = 3});
    Gate gate;
    ASSERT_TRUE(lanes.submit("a", gate.work()));
    gate.entered.get_future().wait();
    EXPECT_TRUE(lanes.submit("a", [] {}));
    EXPECT_TRUE(lanes.submit("a", [] {}));
    EXPECT_FALSE(lanes.submit("a", [] {})) << "of one lane";
    EXPECT_TRUE(lanes.submit("b", [] {}));
    EXPECT_FALSE(lanes.submit("c", [] {})) << "of all";
    gate.opened.set_value();
}

TEST(Lanes, RefuseWhereThereIsNoThread) {
    Lanes lanes({.threads = 1, .waiting_per_lane = 1}, [](Lanes::Work) -> std::thread {
        throw std::system_error(std::make_error_code(std::errc::resource_unavailable_try_again));
    });
    EXPECT_FALSE(lanes.submit("a", [] {}));
    EXPECT_FALSE(lanes.submit("a", [] {}));
}

}  // namespace
