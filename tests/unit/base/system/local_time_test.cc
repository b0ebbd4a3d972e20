// The zone of the process, which stays that of its start.
#include "core/base/system/local_time.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>
#include <optional>
#include <string>

namespace {

class LocalTime : public testing::Test {
protected:
    void SetUp() override {
        if (const char* const zone = std::getenv("TZ")) {
            before_ = zone;
        }
    }
    void TearDown() override {
        if (before_) {
            set_zone(before_->c_str());
        } else {
            ::unsetenv("TZ");
            ::tzset();
        }
    }
    static void set_zone(const char* zone) {
        ::setenv("TZ", zone, 1);
        ::tzset();
    }

private:
    std::optional<std::string> before_;
};

// The rules are in the name, so that the test needs no files of the system.
TEST_F(LocalTime, IsThatOfTheZone) {
    for (const char* zone :
         {"UTC0",
          "CET-1CEST,M3.5.0,M10.5.0/3",
          "EST5EDT,M3.2.0,M11.1.0",
          "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0",
          "IST-5:30"}) {
        SCOPED_TRACE(zone);
        set_zone(zone);
        const base::TimeZone ours;
        const std::time_t now = std::time(nullptr);
        for (std::time_t at = now; at < now + 4L * 366 * 24 * 60 * 60; at += 30L * 60) {
            std::tm local{};
            ::localtime_r(&at, &local);
            const std::tm said = ours.at(at);
            ASSERT_EQ(said.tm_hour, local.tm_hour) << at;
            ASSERT_EQ(said.tm_min, local.tm_min) << at;
            ASSERT_EQ(said.tm_yday, local.tm_yday) << at;
            ASSERT_EQ(said.tm_isdst, local.tm_isdst) << at;
            ASSERT_EQ(said.tm_gmtoff, local.tm_gmtoff) << at;
            ASSERT_STREQ(said.tm_zone, local.tm_zone) << at;
        }
    }
}

TEST_F(LocalTime, StaysWhenAnybodySetsAnotherZone) {
    set_zone("CET-1");
    const base::TimeZone ours;
    set_zone("JST-9");
    EXPECT_EQ(ours.at(0).tm_hour, 1);
    EXPECT_EQ(ours.at(0).tm_gmtoff, 3600);
    EXPECT_STREQ(ours.at(0).tm_zone, "CET");
}

}  // namespace
