#include "core/config/language/line_tokenizer.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace {

using config::Line;
using config::LineKind;
using config::LineTokenizer;

std::vector<Line> lines_of(std::string_view text) {
    LineTokenizer tokenizer(text);
    std::vector<Line> lines;
    for (Line line; tokenizer.next(line);) {
        lines.push_back(line);
    }
    return lines;
}

using Words = std::vector<std::string>;

// The arguments of the only line of `text`.
Words arguments_of(std::string_view text) {
    const auto lines = lines_of(text);
    EXPECT_EQ(lines.size(), 1U) << text;
    return lines.empty() ? Words() : lines.front().arguments;
}

TEST(LineTokenizer, SplitsNameAndArgumentsAtBlanks) {
    const auto lines = lines_of("  Listen\t 80   http \n");
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_EQ(lines[0].name, "Listen");
    EXPECT_EQ(lines[0].arguments, (Words{"80", "http"}));
    EXPECT_EQ(lines[0].kind, LineKind::kDirective);
    EXPECT_EQ(lines[0].problem, "");
}

TEST(LineTokenizer, SkipsBlankLinesAndComments) {
    const auto lines = lines_of("\n# one\n   \t# two\nA 1\n\r\nB 2\n");
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_EQ(lines[0].number, 4);
    EXPECT_EQ(lines[1].number, 6);
}

TEST(LineTokenizer, TakesAHashForACommentOnlyAtTheStart) {
    EXPECT_EQ(arguments_of("User #1000"), (Words{"#1000"}));
    EXPECT_EQ(arguments_of("A b # c"), (Words{"b", "#", "c"}));
}

TEST(LineTokenizer, JoinsContinuedLines) {
    const auto lines = lines_of("A one \\\n  two\\\nthree\nB\n");
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_EQ(lines[0].arguments, (Words{"one", "twothree"}));
    EXPECT_EQ(lines[0].number, 1);
    EXPECT_EQ(lines[1].number, 4);
}

TEST(LineTokenizer, JoinsContinuedLinesOfOtherSystems) {
    EXPECT_EQ(arguments_of("A one \\\r\n two\r\n"), (Words{"one", "two"}));
}

TEST(LineTokenizer, ContinuesCommentsToo) { EXPECT_TRUE(lines_of("# a \\\nListen 80\n").empty()); }

TEST(LineTokenizer, NeedsNoNewlineAtTheEnd) {
    EXPECT_EQ(arguments_of("A b"), (Words{"b"}));
    EXPECT_EQ(arguments_of("A b \\"), (Words{"b"}));
}

TEST(LineTokenizer, KeepsBlanksInQuotes) {
    EXPECT_EQ(arguments_of("A \"one two\" 'three # four'"), (Words{"one two", "three # four"}));
    EXPECT_EQ(arguments_of("A \"\" ''"), (Words{"", ""}));
}

TEST(LineTokenizer, LetsABackslashEscapeTheQuoteInsideQuotes) {
    EXPECT_EQ(arguments_of(R"(A "say \"hi\"")"), (Words{R"(say "hi")"}));
    EXPECT_EQ(arguments_of(R"(A 'it\'s')"), (Words{"it's"}));
    EXPECT_EQ(arguments_of(R"(A "it\'s")"), (Words{R"(it\'s)"}));
    EXPECT_EQ(arguments_of(R"(A "a\\" b)"), (Words{R"(a\)", "b"}));
}

TEST(LineTokenizer, KeepsOtherBackslashes) {
    EXPECT_EQ(arguments_of(R"(A a\b "c\d")"), (Words{R"(a\b)", R"(c\d)"}));
    EXPECT_EQ(arguments_of(R"(A a\\b)"), (Words{R"(a\b)"}));
}

TEST(LineTokenizer, KnowsQuotesBehindTheEqualsOfAnOption) {
    EXPECT_EQ(
        arguments_of("A g display-name='two words' b=\"c\""),
        (Words{"g", "display-name=two words", "b=c"})
    );
    EXPECT_EQ(arguments_of("A x'y z'"), (Words{"x'y", "z'"}));
    EXPECT_EQ(arguments_of("A a= b"), (Words{"a=", "b"}));
}

TEST(LineTokenizer, RefusesAQuoteThatIsNeverClosed) {
    const auto lines = lines_of("A \"b c\nB d\n");
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_EQ(lines[0].problem, "a \" is opened and never closed");
    EXPECT_EQ(lines[1].problem, "");
}

TEST(LineTokenizer, ReadsSections) {
    const auto lines = lines_of("<VirtualHost *:80 [::1]:80>\n < A >\n</VirtualHost>\n");
    ASSERT_EQ(lines.size(), 3U);
    EXPECT_EQ(lines[0].kind, LineKind::kOpen);
    EXPECT_EQ(lines[0].name, "VirtualHost");
    EXPECT_EQ(lines[0].arguments, (Words{"*:80", "[::1]:80"}));
    EXPECT_EQ(lines[1].name, "A");
    EXPECT_EQ(lines[2].kind, LineKind::kClose);
    EXPECT_EQ(lines[2].name, "VirtualHost");
}

TEST(LineTokenizer, RefusesBrokenSections) {
    for (const char* text : {"<", "<>", "</>", "< >", "<VirtualHost", "<VirtualHost *:80> x"}) {
        const auto lines = lines_of(text);
        ASSERT_EQ(lines.size(), 1U) << text;
        EXPECT_NE(lines[0].problem, "") << text;
    }
}

TEST(LineTokenizer, RefusesZeroBytes) {
    EXPECT_EQ(
        lines_of(std::string_view("A b\0c", 5)).at(0).problem,
        "a zero byte; this is not a text file"
    );
}

TEST(LineTokenizer, ReadsLongWords) {
    const std::string word(100'000, 'x');
    EXPECT_EQ(arguments_of("A " + word), (Words{word}));
}

TEST(LineTokenizer, ReadsBackWhatItQuotes) {
    for (const char* word :
         {"",
          "a",
          "a b",
          "it's",
          R"(say "hi")",
          R"(a\)",
          R"(\")",
          "#x",
          "<x>",
          "a=\"b",
          "/srv/a"}) {
        EXPECT_EQ(arguments_of("A " + config::in_quotes(word)), (Words{word}));
        EXPECT_EQ(
            arguments_of("A n=" + config::in_quotes(word)), (Words{std::string("n=") + word})
        );
    }
}

}  // namespace
