#include "core/site/rewrite/text_table.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

namespace {

using site::TextTable;

TEST(TextTable, FindsTheFirstLineOfEachKey) {
    const TextTable table("b two\nb later\n  a\t\tone more\r\n# b comment\nlonely\nlast three");
    EXPECT_EQ(table.find("a"), "one");
    EXPECT_EQ(table.find("b"), "two");
    EXPECT_EQ(table.find("last"), "three");
    for (const char* key : {"lonely", "#", "", "las", "lastt", "two", "later"}) {
        EXPECT_EQ(table.find(key), "") << key;
    }
    EXPECT_EQ(TextTable().find("a"), "");
}

// The shortest lines are four bytes, and so is what each adds.
TEST(TextTable, TakesTwiceAsMuchAsItsTextAtMost) {
    std::string text;
    for (int i = 0; i < 100'000; ++i) {
        text += fmt::format("{:x} {}\n", i * 7919 % 100'003, i % 10);
    }
    text.shrink_to_fit();
    const auto size = text.capacity();
    const TextTable table(std::move(text));
    EXPECT_LE(table.bytes(), 2 * size);
    for (int i = 0; i < 100'000; i += 97) {
        EXPECT_EQ(table.find(fmt::format("{:x}", i * 7919 % 100'003)), fmt::format("{}", i % 10));
    }
}

}  // namespace
