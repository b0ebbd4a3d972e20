#include "core/base/regex.h"

#include <gtest/gtest.h>

#include <string>

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

}  // namespace
