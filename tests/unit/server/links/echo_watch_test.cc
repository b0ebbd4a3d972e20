// Whether what is said on a link arrives: asked while requests are open, and given up only where
// somebody has taken it and does not answer.
#include "core/server/links/echo_watch.h"

#include <gtest/gtest.h>

namespace {

using server::EchoWatch;
using Step = server::EchoWatch::Step;

TEST(EchoWatch, AsksNothingWhileNoRequestIsOpen) {
    EchoWatch watch;
    for (int i = 0; i < 10; ++i) {
        EXPECT_EQ(watch.look(false, true), Step::kNothing);
    }
}

TEST(EchoWatch, AsksAgainOnlyWhenItHasBeenAnswered) {
    EchoWatch watch;
    EXPECT_EQ(watch.look(true, true), Step::kAsk);
    EXPECT_EQ(watch.look(true, true), Step::kNothing);
    EXPECT_TRUE(watch.on_echo());
    EXPECT_EQ(watch.look(true, true), Step::kAsk);
}

TEST(EchoWatch, LosesALinkWhoseWordsAreTakenAndNotAnswered) {
    EchoWatch watch;
    EXPECT_EQ(watch.look(true, true), Step::kAsk);
    for (int i = 1; i < EchoWatch::kPatience; ++i) {
        EXPECT_EQ(watch.look(true, true), Step::kNothing) << i;
    }
    EXPECT_EQ(watch.look(true, true), Step::kLost);
}

// The requests may have gone meanwhile: the process still owes it.
TEST(EchoWatch, GoesOnWaitingWhereNoRequestIsOpenAnyMore) {
    EchoWatch watch;
    EXPECT_EQ(watch.look(true, true), Step::kAsk);
    for (int i = 1; i < EchoWatch::kPatience; ++i) {
        EXPECT_EQ(watch.look(false, true), Step::kNothing) << i;
    }
    EXPECT_EQ(watch.look(false, true), Step::kLost);
}

TEST(EchoWatch, WaitsAsLongAsTheProcessDoesNotRead) {
    EchoWatch watch;
    EXPECT_EQ(watch.look(true, false), Step::kAsk);
    for (int i = 0; i < 100; ++i) {
        EXPECT_EQ(watch.look(true, false), Step::kNothing);
    }
    for (int i = 1; i < EchoWatch::kPatience; ++i) {
        EXPECT_EQ(watch.look(true, true), Step::kNothing) << i;
    }
    EXPECT_EQ(watch.look(true, false), Step::kNothing);
    EXPECT_EQ(watch.look(true, true), Step::kNothing) << "its time begins anew";
}

TEST(EchoWatch, KnowsAnEchoThatNobodyHasAskedFor) {
    EchoWatch watch;
    EXPECT_FALSE(watch.on_echo());
    EXPECT_EQ(watch.look(true, true), Step::kAsk);
    EXPECT_TRUE(watch.on_echo());
    EXPECT_FALSE(watch.on_echo());
}

}  // namespace
