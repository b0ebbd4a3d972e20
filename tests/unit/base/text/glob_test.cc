#include "core/base/text/glob.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace {

struct Case {
    std::string_view text;
    std::string_view pattern;
    bool matches;
};

void check(const std::vector<Case>& cases, base::GlobRules rules) {
    for (const Case& c : cases) {
        EXPECT_EQ(
            base::glob_match(c.pattern, c.text, rules),
            c.matches ? base::Match::kYes : base::Match::kNo
        ) << c.text
          << " and " << c.pattern;
    }
}

// What Apache 2.4.71 answered to -strmatch.
TEST(Glob, MatchesAsApacheDoes) {
    check(
        {
            {"", "", true},          {"", "*", true},         {"a", "", false},
            {"abc", "a*", true},     {"ABC", "a*", false},    {"abc", "*c", true},
            {"abc", "*b", false},    {"ab", "a**b", true},    {"ab", "a?b", false},
            {"aXXb", "a*?b", true},  {"a/b", "a*", true},     {"a/b", "a[/]b", true},
            {"abc", "[ab]bc", true}, {"abc", "[!b]bc", true}, {"abc", "[^a]bc", false},
            {"b", "[a-c]", true},    {"B", "[a-c]", false},   {"b", "[c-a]", false},
            {"-", "[a-]", true},     {"b", "[!a-]", true},    {"a]b", "a[]]b", true},
            {"b", "[]b]", true},     {"ax", "a[!]b]", true},  {"_", "[A-z]", true},
            {"a*c", "a\\*c", true},  {"abc", "a\\*c", false}, {"\\", "\\\\", true},
            {"\\", "\\", true},      {"abc", "a\\", false},   {"a", "[\\a]", true},
            {"]", "[\\]]", true},    {"-", "[a\\-z]", true},  {"m", "[a\\-z]", false},
        },
        {}
    );
}

TEST(Glob, TakesABracketThatIsNotClosedAsItIs) {
    check(
        {
            {"[ab", "[ab", true},
            {"a[b", "a[b", true},
            {"[]", "[]", true},
            {"a", "[]", false},
            {"a[!]", "a[!]", true},
            {"a]", "a[!]", false},
            {"b", "[a-", false},
        },
        {}
    );
}

TEST(Glob, MayIgnoreCase) {
    check(
        {
            {"ABC", "a*", true},
            {"ABC", "[a]bc", true},
            {"B", "[a-c]", true},
            {"b", "[A-C]", true},
            {"B", "[!b]", false},
            {"_", "[A-z]", true},
        },
        {.is_case_blind = true}
    );
}

TEST(Glob, OfAPathStopsAtASlash) {
    check(
        {
            {"a/b", "a*", false},
            {"a/b", "a/*", true},
            {"a/", "a/*", true},
            {"a/b", "*/*", true},
            {"a/b/c", "a/*", false},
            {"a/b/c", "a*c", false},
            {"a/b", "a?b", false},
            {"a/b", "a[/]b", false},
            {"a/b", "a[!x]b", false},
            {"a/.b", "a/*", true},
            {"/", "*", false},
        },
        {.is_path = true}
    );
}

TEST(Glob, GivesUpInsteadOfTakingForever) {
    const std::string text(100'000, 'a');
    const std::string pattern = "*" + std::string(50'000, 'a') + "b";
    EXPECT_EQ(base::glob_match(pattern, text), base::Match::kGaveUp);
    std::string stars;
    for (int i = 0; i < 1000; ++i) {
        stars += "*a";
    }
    EXPECT_EQ(base::glob_match(stars + "*b", std::string(1500, 'a')), base::Match::kNo);
}

}  // namespace
