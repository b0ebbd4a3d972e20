#include "core/base/text/text.h"

#include <gtest/gtest.h>

namespace base {
namespace {

TEST(Text, KnowsTheCaseOfAsciiLettersOnly) {
    EXPECT_EQ(lower('A'), 'a');
    EXPECT_EQ(lower('['), '[');
    EXPECT_EQ(lower('@'), '@');
    EXPECT_EQ(upper('z'), 'Z');
    EXPECT_EQ(upper('{'), '{');
    EXPECT_EQ(lower('\xC4'), '\xC4');
    EXPECT_EQ(lower_case("Host-\xC4-9"), "host-\xC4-9");
}

TEST(Text, ComparesWholeNames) {
    EXPECT_TRUE(equal_case_blind("Content-Type", "content-TYPE"));
    EXPECT_FALSE(equal_case_blind("Content-Type", "Content-Typ"));
    EXPECT_FALSE(equal_case_blind("a[", "A{"));
    EXPECT_TRUE(equal_case_blind("", ""));
}

TEST(Text, LettersAndDigitsAreThoseOfAscii) {
    for (int c = 0; c < 256; ++c) {
        const bool is_word =
            (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        EXPECT_EQ(is_letter_or_digit(static_cast<char>(c)), is_word) << c;
    }
}

}  // namespace
}  // namespace base
