// Of lines that a log did not take an operator hears twice: when it begins, and how many they were.
#include "core/server/logs/log_losses.h"

#include <gtest/gtest.h>

#include <string>

namespace {

using server::LogLosses;

TEST(LogLosses, SaysNothingWhereNothingIsLost) {
    LogLosses losses;
    losses.note(0, {});
    EXPECT_EQ(losses.take_news("/l"), "");
}

TEST(LogLosses, TellsTheBeginningOnceAndTheNumberAtTheEnd) {
    LogLosses losses;
    losses.note(2, "no space");
    EXPECT_EQ(
        losses.take_news("/l"),
        "the log /l takes no lines: no space; they are counted until it does"
    );
    losses.note(3, "no space");
    EXPECT_EQ(losses.take_news("/l"), "");
    losses.note(0, {});
    EXPECT_EQ(losses.take_news("/l"), "5 lines did not go into the log /l: no space");
    losses.note(0, {});
    EXPECT_EQ(losses.take_news("/l"), "");
}

TEST(LogLosses, TellsOnlyTheNumberOfWhatIsOverAlready) {
    LogLosses losses;
    losses.note(1, "full");
    losses.note(0, {});
    EXPECT_EQ(losses.take_news("/l"), "1 lines did not go into the log /l: full");
    EXPECT_EQ(losses.take_news("/l"), "");
}

TEST(LogLosses, TellsANewLossAnew) {
    LogLosses losses;
    losses.note(1, "full");
    losses.note(0, {});
    static_cast<void>(losses.take_news("/l"));
    losses.note(1, "broken");
    EXPECT_NE(losses.take_news("/l").find("takes no lines: broken"), std::string::npos);
}

// It fails again before anybody has asked: all are one loss.
TEST(LogLosses, CountsOnWhereItHasGoneForAMomentOnly) {
    LogLosses losses;
    losses.note(1, "full");
    static_cast<void>(losses.take_news("/l"));
    losses.note(0, {});
    losses.note(4, "full");
    EXPECT_EQ(losses.take_news("/l"), "");
    losses.note(0, {});
    EXPECT_EQ(losses.take_news("/l"), "5 lines did not go into the log /l: full");
}

}  // namespace
