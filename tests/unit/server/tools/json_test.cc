// JSON (RFC 8259): what has to be escaped is, and whatever bytes come in, UTF-8 goes out.
#include "core/server/tools/json.h"

#include <gtest/gtest.h>

namespace {

using server::json_string;

TEST(Json, EscapesQuotesBackslashesAndControls) {
    EXPECT_EQ(json_string("a\"b\\c"), R"("a\"b\\c")");
    EXPECT_EQ(json_string(std::string_view("\n\0\x7f", 3)), R"("\u000a\u0000\u007f")");
}

TEST(Json, KeepsUtf8) {
    EXPECT_EQ(
        json_string("\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\x8d"),
        "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\x8d\""
    );
}

TEST(Json, MakesOtherBytesTheCharactersOfTheirNumbers) {
    EXPECT_EQ(json_string("\xe9"), R"("\u00e9")");
    EXPECT_EQ(json_string("\xc3"), R"("\u00c3")");                      // cut off
    EXPECT_EQ(json_string("\xc0\xaf"), R"("\u00c0\u00af")");            // longer than it needs
    EXPECT_EQ(json_string("\xed\xa0\x80"), R"("\u00ed\u00a0\u0080")");  // a surrogate
    EXPECT_EQ(json_string("\xf4\x90\x80\x80"), R"("\u00f4\u0090\u0080\u0080")");
}

}  // namespace
