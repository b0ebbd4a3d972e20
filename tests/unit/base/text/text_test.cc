#include "core/base/text/text.h"

#include <gtest/gtest.h>

#include <cstdint>

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

TEST(Text, TrimsWhatItIsTold) {
    EXPECT_EQ(trimmed(" \ta b\t", " \t"), "a b");
    EXPECT_EQ(trimmed("\na ", " "), "\na");
    EXPECT_EQ(trimmed(" \t", " \t"), "");
    EXPECT_EQ(trimmed("", " "), "");
}

TEST(Text, HexadecimalDigitsHaveEitherCase) {
    EXPECT_EQ(hex_digit('0'), 0);
    EXPECT_EQ(hex_digit('9'), 9);
    EXPECT_EQ(hex_digit('a'), 10);
    EXPECT_EQ(hex_digit('F'), 15);
    for (const char none : {'/', ':', '@', 'G', '`', 'g', '\0', '\x11', '\xC1', '\xE1'}) {
        EXPECT_EQ(hex_digit(none), -1) << static_cast<int>(none);
    }
}

TEST(Text, ReadsAnEscapedByte) {
    EXPECT_EQ(escaped_byte("%2F", 0), '/');
    EXPECT_EQ(escaped_byte("a%ff", 1), 255);
    EXPECT_EQ(escaped_byte("%00", 0), 0);
    EXPECT_EQ(escaped_byte("%2", 0), -1);
    EXPECT_EQ(escaped_byte("%", 0), -1);
    EXPECT_EQ(escaped_byte("", 0), -1);
    EXPECT_EQ(escaped_byte("%2g", 0), -1);
    EXPECT_EQ(escaped_byte("%-1", 0), -1);
}

TEST(Text, ReadsTheNumberThatATextStartsWith) {
    EXPECT_EQ(leading_number("42"), 42);
    EXPECT_EQ(leading_number(" \t+7 apples"), 7);
    EXPECT_EQ(leading_number("-3.9"), -3);
    EXPECT_EQ(leading_number(""), 0);
    EXPECT_EQ(leading_number("apples 7"), 0);
    EXPECT_EQ(leading_number("+-1"), 0);
    EXPECT_EQ(leading_number("- 1"), 0);
    EXPECT_EQ(leading_number("99999999999999999999"), INT64_MAX);
    EXPECT_EQ(leading_number("-99999999999999999999"), INT64_MIN);
}

}  // namespace
}  // namespace base
