// How long requests take, and when answers that lie about are handed over.
#include "interp/pace.h"

#include <gtest/gtest.h>

namespace test {
namespace {

using interp::AnswerBatch;
using interp::Pace;
using std::chrono::microseconds;
using std::chrono::milliseconds;

TEST(Pace, IsNotSlowForOneLongRequestAmongShortOnes) {
    Pace pace;
    EXPECT_FALSE(pace.is_slower_than(microseconds(200)));
    for (int i = 0; i < 20; ++i) {
        pace.add(microseconds(10));
    }
    pace.add(milliseconds(1));
    EXPECT_FALSE(pace.is_slower_than(microseconds(200)));
}

TEST(Pace, IsSlowAfterSomeLongRequestsAndNotForEver) {
    Pace pace;
    for (int i = 0; i < 8; ++i) {
        pace.add(milliseconds(1));
    }
    EXPECT_TRUE(pace.is_slower_than(microseconds(200)));
    for (int i = 0; i < 16; ++i) {
        pace.add(microseconds(10));
    }
    EXPECT_FALSE(pace.is_slower_than(microseconds(200)));
}

TEST(Pace, HasMovedOncePerLook) {
    Pace pace;
    EXPECT_FALSE(pace.has_moved());
    pace.add(microseconds(1));
    pace.add(microseconds(1));
    EXPECT_TRUE(pace.has_moved());
    EXPECT_FALSE(pace.has_moved());
}

class Answers : public testing::Test {
protected:
    const std::chrono::steady_clock::time_point start_{std::chrono::hours(1)};
    AnswerBatch batch_;
};

TEST_F(Answers, AreHandedOverWhenThereAreMany) {
    for (int i = 0; i < 31; ++i) {
        EXPECT_FALSE(batch_.add(start_, microseconds(1)));
    }
    EXPECT_TRUE(batch_.add(start_, microseconds(1)));
    EXPECT_TRUE(batch_.take());
    EXPECT_TRUE(batch_.is_empty());
    EXPECT_FALSE(batch_.take());
    EXPECT_FALSE(batch_.add(start_, microseconds(1))) << "they are counted anew";
}

TEST_F(Answers, AreHandedOverWhenTheFirstHasWaited) {
    EXPECT_FALSE(batch_.add(start_, microseconds(1)));
    EXPECT_FALSE(batch_.add(start_ + microseconds(50), microseconds(1)));
    EXPECT_TRUE(batch_.add(start_ + microseconds(51), microseconds(1)));
    EXPECT_TRUE(batch_.take());
    EXPECT_FALSE(batch_.add(start_ + microseconds(80), microseconds(1)));
}

TEST_F(Answers, AreHandedOverAtOnceAfterALongRequest) {
    EXPECT_TRUE(batch_.add(start_, microseconds(51)));
}

}  // namespace
}  // namespace test
