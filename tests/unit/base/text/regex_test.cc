#include "core/base/text/regex.h"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>

#include "core/base/text/effort.h"

namespace {

base::Regex regex(std::string_view pattern, bool is_case_blind = false) {
    auto compiled = base::Regex::compile(pattern, is_case_blind);
    EXPECT_TRUE(compiled) << compiled.error().what;
    return *std::move(compiled);
}

TEST(Regex, CapturesAndNamesItsGroups) {
    const auto site = regex("^/(?<site>[a-z]+)/(x)?(.*)$");
    base::Captures captures;
    ASSERT_EQ(site.match("/blog/2026", &captures), base::Match::kYes);
    EXPECT_EQ(captures.groups[1], "blog");
    EXPECT_EQ(captures.groups[2], "");
    EXPECT_EQ(captures.groups[3], "2026");
    ASSERT_EQ(site.names().size(), 1U);
    EXPECT_EQ(site.names()[0].name, "site");
    EXPECT_EQ(site.names()[0].group, 1U);
    EXPECT_EQ(site.match("/Blog/"), base::Match::kNo);
}

// Apache's defaults since 2.4.30: DOTALL and DOLLAR_ENDONLY.
TEST(Regex, TakesANewlineForACharacterLikeOthers) {
    EXPECT_TRUE(regex("^a.c$").matches("a\nc"));
    EXPECT_FALSE(regex("^abc$").matches("abc\n"));
    EXPECT_TRUE(regex("ABC", true).matches("xabcx"));
}

TEST(Regex, SaysWhereAPatternIsWrong) {
    const auto wrong = base::Regex::compile("a(b");
    ASSERT_FALSE(wrong);
    EXPECT_TRUE(wrong.error().what.starts_with("Regular expression could not be compiled: "))
        << wrong.error().what;
}

TEST(Regex, T60GivesUpWhereMatchingWouldTakeForever) {
    EXPECT_EQ(regex("^(a+)+$").match(std::string(64, 'a') + "b"), base::Match::kGaveUp);
}

// PCRE2 counts the steps of each place where a match may start by themselves.
TEST(Regex, GivesUpOnATextInWhichEachStartTakesLong) {
    EXPECT_EQ(regex("(?:a|a){13}[bc]").match(std::string(8000, 'a')), base::Match::kGaveUp);
}

TEST(Regex, GivesAPatternThatNeedsItsStepsAtOneStart) {
    // 9 000 steps at the first "x", far more than its share of a long text.
    const std::string text = std::string(400, '-') + "x" + std::string(9000, 'a') + "b";
    base::Captures captures;
    EXPECT_EQ(regex("x(?:a|c)*?b").match(text, &captures), base::Match::kYes);
    EXPECT_EQ(captures.begin, 400U);
    EXPECT_EQ(captures.end, text.size());
}

TEST(Regex, MatchesNothingOnceTheBudgetIsSpent) {
    const base::Effort effort(std::chrono::milliseconds(1));
    const auto slow = regex("^(a|a){13}[bc]");
    const std::string text(100, 'a');
    base::Match match = base::Match::kNo;
    while (match == base::Match::kNo) {
        match = slow.match(text);
    }
    EXPECT_EQ(match, base::Match::kGaveUp);
    EXPECT_TRUE(effort.was_exceeded());
    EXPECT_EQ(regex("^a").match(text), base::Match::kGaveUp);
}

TEST(Regex, SubstitutesUpToABound) {
    base::Captures captures;
    captures.groups[1] = "0123456789";
    EXPECT_EQ(base::substitute("$1-$1", captures, 21), "0123456789-0123456789");
    EXPECT_EQ(base::substitute("$1-$1", captures, 20), std::nullopt);
}

}  // namespace
