// What a request may cost, in the time that the thread itself has worked: however busy the machine.
#include "core/base/text/effort.h"

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using base::Effort;

void work(std::chrono::nanoseconds time) {
    const auto end = base::time_on_processor() + time;
    while (base::time_on_processor() < end) {
    }
}

TEST(Effort, IsSpentByWorkAndNotBefore) {
    Effort effort(500ms);
    effort.measure();
    work(20ms);
    EXPECT_FALSE(Effort::is_spent());
    work(500ms);
    EXPECT_TRUE(Effort::is_spent());
    EXPECT_TRUE(effort.was_exceeded());
    EXPECT_GE(effort.end(), 520ms);
}

TEST(Effort, TightenedCountsFromThere) {
    Effort effort(60s);
    effort.measure();
    work(300ms);
    Effort::tighten(200ms);
    EXPECT_FALSE(Effort::is_spent()) << "what came before is not counted";
    Effort::tighten(60s);
    work(250ms);
    EXPECT_TRUE(Effort::is_spent()) << "and the least that was said holds";
}

TEST(Effort, OfOthersIsNotThatOfTheOneInside) {
    Effort outer(100ms);
    outer.measure();
    work(150ms);
    {
        const Effort inside(60s, Effort::Within::kNothing);
        EXPECT_FALSE(Effort::is_spent());
    }
    EXPECT_TRUE(Effort::is_spent());
}

TEST(Effort, WithoutOneNothingIsLimited) {
    EXPECT_FALSE(Effort::is_spent());
    EXPECT_FALSE(Effort::count());
}

}  // namespace
