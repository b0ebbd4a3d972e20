// When the server is said to serve: every process that is waited for has become ready, or failed.
#include "core/server/supervisor/announcement.h"

#include <gtest/gtest.h>

#include <vector>

#include "core/config/model/config.h"

namespace test {
namespace {

using server::Child;
using namespace std::chrono_literals;

class Announcement : public testing::Test {
protected:
    Announcement() {
        children_[1].group = &group_;
        announcement_.begin(now_);
    }
    bool is_due() { return announcement_.is_due(children_, now_); }

    config::DaemonGroup group_;
    std::vector<Child> children_ = std::vector<Child>(2);  // a server and a daemon process
    Child::Clock::time_point now_{1h};
    server::Announcement announcement_{{}};
};

TEST_F(Announcement, WaitsForEverybodyAndIsMadeOnce) {
    EXPECT_FALSE(is_due());
    children_[0].restart.settle();
    EXPECT_FALSE(is_due());
    EXPECT_EQ(announcement_.next(now_), now_ + server::Announcement::kSettleTime);
    children_[1].restart.settle();
    EXPECT_TRUE(is_due());
    EXPECT_FALSE(is_due());
    EXPECT_FALSE(announcement_.next(now_).has_value());
}

TEST_F(Announcement, DoesNotWaitForADaemonProcessForEver) {
    children_[0].restart.settle();
    now_ += server::Announcement::kSettleTime - 1ms;
    EXPECT_FALSE(is_due());
    now_ += 1ms;
    EXPECT_TRUE(is_due());
}

TEST_F(Announcement, IsNeverMadeWithoutAServerProcess) {
    children_[1].restart.settle();
    now_ += 1h;
    EXPECT_FALSE(is_due());
    EXPECT_FALSE(announcement_.next(now_).has_value()) << "only an event changes that";
}

}  // namespace
}  // namespace test
