#include "core/config/expression/expression.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "core/config/expression/expression_nodes.h"
#include "tests/support/test_text.h"

namespace {

using config::Expression;
using test::repeat;

std::string error_of_expression(std::string_view text) {
    const auto parsed = Expression::parse_condition(text);
    EXPECT_FALSE(parsed.has_value()) << text;
    return parsed ? std::string() : parsed.error().what;
}

std::string error_of_string(std::string_view text) {
    const auto parsed = Expression::parse_string(text);
    EXPECT_FALSE(parsed.has_value()) << text;
    return parsed ? std::string() : parsed.error().what;
}

struct RefusedExpression {
    std::string_view text;
    std::string_view sentence;
};

TEST(Expression, SaysWhatItExpectedAndWhere) {
    constexpr std::string_view kNeedsOperator =
        "expected an operator such as ==, !=, =~, -eq, -strmatch or in, because a string alone is "
        "no condition, not ";
    for (const auto& [text, sentence] : {
             RefusedExpression{
                 "",
                 "character 1: expected a condition such as %{HTTP_HOST} == 'example.com', "
                 "not the end"},
             RefusedExpression{
                 "   ",
                 "character 4: expected a condition such as %{HTTP_HOST} == "
                 "'example.com', not the end"},
             RefusedExpression{
                 "true &&",
                 "character 8: expected a condition such as %{HTTP_HOST} == "
                 "'example.com', not the end"},
             RefusedExpression{
                 "&& true",
                 "character 1: expected a string in quotes, a number, %{NAME}, $1 or "
                 "a function, not \"&&\""},
             RefusedExpression{
                 "true true", "character 6: expected \"&&\", \"||\" or the end, not \"true\""},
             RefusedExpression{
                 "true # x", "character 6: expected \"&&\", \"||\" or the end, not \"#\""},
             RefusedExpression{
                 "true )", "character 6: expected \"&&\", \"||\" or the end, not \")\""},
             RefusedExpression{
                 "( true", "character 7: expected \"&&\", \"||\" or \")\", not the end"},
             RefusedExpression{
                 "()",
                 "character 2: expected a string in quotes, a number, %{NAME}, $1 or a "
                 "function, not \")\""},
             RefusedExpression{
                 "a == 'a'",
                 "character 1: expected a string or a function with \"(\", not "
                 "\"a\"; a text needs quotes: 'a'"},
             RefusedExpression{
                 "TRUE",
                 "character 1: expected a string or a function with \"(\", not "
                 "\"TRUE\"; a text needs quotes: 'TRUE'"},
             RefusedExpression{
                 "'a' ==",
                 "character 7: expected a string in quotes, a number, %{NAME}, $1 or "
                 "a function, not the end"},
             RefusedExpression{"'a", "character 1: expected a ' that ends what begins here"},
             RefusedExpression{
                 "'a' == \"b'", "character 8: expected a \" that ends what begins here"},
             RefusedExpression{
                 "'a' in { 'b' 'a' }",
                 "character 14: expected \",\" or \"}\" in the list, not "
                 "\"'\""},
             RefusedExpression{
                 "'a' in 'a'",
                 "character 8: expected a list { 'a', 'b' } behind \"in\", not "
                 "\"'\""},
             RefusedExpression{
                 "'a' in split('x')",
                 "character 8: expected a list { 'a', 'b' }: there are no "
                 "functions that return one, not \"split\""},
             RefusedExpression{
                 "'a' == 'a' == 'a'",
                 "character 12: expected \"&&\", \"||\" or the end, not "
                 "\"==\""},
             RefusedExpression{
                 "-y 'a'",
                 "character 1: unknown operator \"-y\" in front of a word; there are "
                 "-n, -z, -T and -R"},
             RefusedExpression{
                 "'a' -foo 'b'",
                 "character 5: unknown operator \"-foo\" between two words; "
                 "there are -eq, -ne, -lt, -le, -gt, -ge, -in, -strmatch, "
                 "-strcmatch, -fnmatch and -ipmatch"},
         }) {
        EXPECT_EQ(error_of_expression(text), sentence) << text;
    }
    EXPECT_EQ(
        error_of_expression("%{HTTP_HOST}"),
        "character 13: " + std::string(kNeedsOperator) + "the end"
    );
    EXPECT_EQ(
        error_of_expression("'a' && 'b'"), "character 5: " + std::string(kNeedsOperator) + "\"&&\""
    );
    EXPECT_EQ(
        error_of_expression("(('a') == 'a')"),
        "character 6: " + std::string(kNeedsOperator) + "\")\""
    );
}

TEST(Expression, KnowsItsVariables) {
    EXPECT_EQ(
        error_of_expression("%{REQUEST_URL} == 'x'"),
        "character 3: unknown variable \"REQUEST_URL\"; did you mean \"REQUEST_URI\"?"
    );
    EXPECT_EQ(
        error_of_expression("-n %{HTTP_X_FORWARDED_FOR}"),
        "character 6: unknown variable \"HTTP_X_FORWARDED_FOR\"; the field X-Name of a request is "
        "%{HTTP:X-Name}"
    );
    EXPECT_EQ(
        error_of_expression("-n %{colour}"),
        "character 6: unknown variable \"colour\"; an environment variable is %{ENV:colour}"
    );
    EXPECT_EQ(
        error_of_expression("-n %{SCRIPT_USER}"),
        "character 6: the variable \"SCRIPT_USER\" is refused: expressions here do not look at "
        "files"
    );
    EXPECT_EQ(
        error_of_expression("-n %{SSL_PROTOCOL}"),
        "character 6: the variable \"SSL_PROTOCOL\" is refused: there is no TLS here yet"
    );
    EXPECT_EQ(
        error_of_expression("-n '%{HTTP HOST}'"),
        "character 11: expected \"}\" or \":\" behind the name in \"%{\", not \" \""
    );
    EXPECT_EQ(
        error_of_expression("-n %{}"),
        "character 6: expected the name of a variable or function behind \"%{\", not \"}\""
    );
    EXPECT_TRUE(Expression::parse_condition("-n %{http_host}").has_value());
}

TEST(Expression, KnowsItsFunctions) {
    EXPECT_EQ(
        error_of_expression("tolowr('x') == 'x'"),
        "character 1: unknown function \"tolowr\"; did you mean \"tolower\"?"
    );
    EXPECT_EQ(
        error_of_expression("-n %{resp:Location}"),
        "character 6: the function \"resp\" is refused: there is no response yet when expressions "
        "are evaluated"
    );
    EXPECT_EQ(
        error_of_expression("tolower('a','b') == 'a'"),
        "character 12: expected \")\" behind the argument of tolower, not \",\""
    );
    EXPECT_EQ(
        error_of_expression("-n %{HTTP:}"),
        "character 11: expected something behind \"%{HTTP:\", not \"}\""
    );
    EXPECT_EQ(
        error_of_expression("-n %{HTTP:x"), "character 10: expected a } that ends what begins here"
    );
}

// T-56: nothing here reads a file.
TEST(Expression, RefusesWhateverReadsFiles) {
    for (const std::string name : {"d", "e", "f", "s", "L", "h", "F", "U", "A", "x"}) {
        EXPECT_EQ(
            error_of_expression("-" + name + " '/etc/passwd'"),
            "character 1: the operator \"-" + name + "\" is refused: expressions here read no files"
        );
    }
    for (const std::string name : {"file", "filesize", "FILE"}) {
        const auto sentence =
            "the function \"" + name + "\" is refused: expressions here read no files";
        EXPECT_EQ(
            error_of_expression("-n " + name + "('/etc/passwd')"), "character 4: " + sentence
        );
        EXPECT_EQ(
            error_of_expression("-n '%{" + name + ":/etc/passwd}'"), "character 7: " + sentence
        );
        EXPECT_EQ(error_of_string("%{" + name + ":/etc/passwd}"), "character 3: " + sentence);
    }
}

TEST(Expression, WantsARegularExpressionInItsPlace) {
    EXPECT_EQ(
        error_of_expression("'a' =~ 'b'"),
        "character 8: expected a regular expression: /regex/ or m#regex#, with an \"i\" behind to "
        "ignore "
        "case"
    );
    for (const std::string_view text :
         {"'a' =~ m{b}", "'a' =~ m(b)", "'a' =~ mxbx", "'a' =~ m~b~", "'a' =~ $1", "'a' =~"}) {
        EXPECT_NE(
            error_of_expression(text).find("expected a regular expression"), std::string::npos
        ) << text;
    }
    EXPECT_EQ(
        error_of_expression("'a' =~ /b"),
        "character 8: this regular expression is not closed: expected "
        "another /"
    );
    for (const std::string_view flags : {"s", "m", "g", "ii", "is", "x"}) {
        EXPECT_NE(
            error_of_expression("'a' =~ /b/" + std::string(flags))
                .find("expected only the flag \"i\" behind a regular expression"),
            std::string::npos
        ) << flags;
    }
    EXPECT_NE(error_of_expression("'a' =~ /(/").find("Regular expression"), std::string::npos);
    EXPECT_NE(
        error_of_expression("'a/b' =~ /a\\/b/")
            .find("expected another delimiter, such as m#regex#"),
        std::string::npos
    );
    EXPECT_TRUE(Expression::parse_condition("'a' =~ /b/and true").has_value());
}

TEST(Expression, WantsAConstantNetwork) {
    for (const std::string_view text :
         {"-R %{REMOTE_ADDR}", "-R \"%{REMOTE_ADDR}\"", "-R $1", "'x' -ipmatch %{REMOTE_ADDR}"}) {
        EXPECT_NE(
            error_of_expression(text).find("expected a network without variables"),
            std::string::npos
        ) << text;
    }
    EXPECT_EQ(
        error_of_expression("-R 'bogus'").find("character 4: \"bogus\": expected an IP address"), 0U
    );
}

TEST(Expression, RefusesEscapesThatAreNone) {
    for (const std::string_view text : {"'\\8' == '8'", "'\\400' == ''", "'\\0' == ''"}) {
        EXPECT_EQ(
            error_of_expression(text),
            "character 2: expected an octal number from \\1 to \\377 behind the backslash"
        ) << text;
    }
    EXPECT_EQ(
        error_of_expression(std::string_view("'\0'", 3)),
        "character 2: a zero byte has no meaning in an expression"
    );
}

// T-56: neither stack nor memory.
TEST(Expression, IsLimitedInDepthAndSize) {
    constexpr int kDeep = config::kExpressionDepthMax;
    const auto nested = [](int depth) { return repeat("(", depth) + "true" + repeat(")", depth); };
    EXPECT_TRUE(Expression::parse_condition(nested(kDeep)).has_value());
    EXPECT_NE(
        error_of_expression(nested(kDeep + 1))
            .find("more than 100 parentheses and functions in each other"),
        std::string::npos
    );
    const auto calls = [](int depth) {
        return "-n " + repeat("tolower(", depth) + "'x'" + repeat(")", depth);
    };
    EXPECT_TRUE(Expression::parse_condition(calls(kDeep)).has_value());
    EXPECT_FALSE(Expression::parse_condition(calls(kDeep + 1)).has_value());
    const auto variables = [](int depth) {
        return repeat("%{tolower:", depth) + "x" + repeat("}", depth);
    };
    EXPECT_TRUE(Expression::parse_string(variables(kDeep)).has_value());
    EXPECT_FALSE(Expression::parse_string(variables(kDeep + 1)).has_value());

    // Neither of these is deep.
    EXPECT_TRUE(Expression::parse_condition(repeat("!", 30'000) + "true").has_value());
    EXPECT_TRUE(Expression::parse_condition(repeat("true||", 5000) + "true").has_value());
    EXPECT_TRUE(Expression::parse_condition("-n " + repeat("'a'.", 8000) + "'a'").has_value());

    const auto large = repeat("true && ", 5000) + "true";
    EXPECT_NE(error_of_expression(large).find("at most 32768 characters"), std::string::npos);
    EXPECT_NE(
        error_of_string(repeat("x", 32'769)).find("at most 32768 characters"), std::string::npos
    );
}

TEST(Expression, RemembersItsText) {
    const auto parsed = Expression::parse_condition(" 'a' == 'a' ");
    ASSERT_TRUE(parsed.has_value());
    EXPECT_EQ(parsed->text(), " 'a' == 'a' ");
}

}  // namespace
