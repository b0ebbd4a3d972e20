// The main thread is woken for each link that a loop has lost, and when the last loop has ended.
#include "core/server/loops/loop_reports.h"

#include <gtest/gtest.h>
#include <poll.h>

namespace {

class LoopReports : public testing::Test {
protected:
    LoopReports() { EXPECT_TRUE(reports_.open().has_value()); }
    [[nodiscard]] bool is_woken() const {
        pollfd bell{reports_.fd(), POLLIN, 0};
        return ::poll(&bell, 1, 0) == 1;
    }

    server::LoopReports reports_;
};

TEST_F(LoopReports, GivesEachLostLinkOnce) {
    EXPECT_FALSE(is_woken());
    reports_.add_lost({7, 0, 0, 0, 1});
    reports_.add_lost({8, 0, 0, 0, 1});
    EXPECT_TRUE(is_woken());
    const auto lost = reports_.take_lost();
    ASSERT_EQ(lost.size(), 2U);
    EXPECT_EQ(lost[0].group, 7U);
    EXPECT_EQ(lost[1].group, 8U);
    EXPECT_FALSE(is_woken());
    EXPECT_TRUE(reports_.take_lost().empty());
}

TEST_F(LoopReports, TellsWhenTheLastLoopHasEnded) {
    reports_.begin_loops(2);
    EXPECT_TRUE(reports_.has_loops());
    reports_.end_loop();
    EXPECT_FALSE(is_woken());
    EXPECT_TRUE(reports_.has_loops());
    reports_.end_loop();
    EXPECT_TRUE(is_woken());
    EXPECT_FALSE(reports_.has_loops());
}

}  // namespace
