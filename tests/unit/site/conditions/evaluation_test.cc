#include "core/site/conditions/evaluation.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <string_view>

#include "tests/support/unit/sample_walk.h"

namespace {

using config::Expression;

class ExpressionOnAWalk : public testing::Test {
protected:
    base::Result<bool> result(std::string_view text) {
        const auto condition = Expression::parse_condition(text);
        if (!condition) {
            ADD_FAILURE() << text << ": " << condition.error().what;
            return base::fail(base::Fault::kConfig, "not parsed");
        }
        return site::holds(*condition, sample_.walk, &groups_);
    }
    void expect(bool expected, std::initializer_list<std::string_view> conditions) {
        for (const auto text : conditions) {
            groups_.clear();
            EXPECT_EQ(result(text).value_or(!expected), expected) << text;
        }
    }
    void expect_true(std::initializer_list<std::string_view> conditions) {
        expect(true, conditions);
    }
    void expect_false(std::initializer_list<std::string_view> conditions) {
        expect(false, conditions);
    }
    std::string value(std::string_view text) {
        const auto parsed = Expression::parse_string(text);
        if (!parsed) {
            return parsed.error().what;
        }
        const auto got = site::value_of(*parsed, sample_.walk, &groups_);
        return got ? *got : got.error().what;
    }

    support::SampleWalk sample_;
    site::ExpressionGroups groups_;
};

// What Apache 2.4.71 puts into Vary: what has been looked at, whether the condition holds or not;
// of strings nothing.
TEST_F(ExpressionOnAWalk, NotesTheFieldsThatItLooksAt) {
    std::vector<std::string> vary;
    sample_.walk.vary = &vary;
    const auto noted = [&](std::string_view text) {
        vary.clear();
        EXPECT_TRUE(result(text)) << text;
        return fmt::format("{}", fmt::join(vary, " "));
    };
    EXPECT_EQ(noted("req('X-One') == 'no such value'"), "X-One");
    EXPECT_EQ(noted("-z http('X-One') || -z %{HTTP:X-Two} || -z %{req:x-one}"), "X-One");
    EXPECT_EQ(noted("-n http('X-1') || -n %{HTTP:X-2} || -n %{req:x-1}"), "X-1 X-2");
    EXPECT_EQ(noted("true || req('X-One') == ''"), "");
    EXPECT_EQ(
        noted("%{HTTP_USER_AGENT} . %{HTTP_REFERER} . %{HTTP_ACCEPT} == %{HTTP_COOKIE} . "
              "%{HTTP_FORWARDED} . %{HTTP_PROXY_CONNECTION}"),
        "User-Agent Referer Accept Cookie Forwarded Proxy-Connection"
    );
    EXPECT_EQ(noted("req_novary('X-One') == '' || %{req_novary:X-Two} == ''"), "");
    EXPECT_EQ(noted("-n req('Host') && -n %{HTTP_HOST} && -n %{HTTP:host}"), "");
    // Nothing that a client has made up.
    EXPECT_EQ(
        noted(
            "-z req('a b') . req('a, b') . req('') . req(md5('x') . md5('x') . md5('x') . 'xxxxx')"
        ),
        ""
    );
    vary.clear();
    EXPECT_EQ(value("%{req:X-One}"), value("%{req_novary:X-One}"));
    EXPECT_TRUE(vary.empty());
}

// Whether these hold is what Apache 2.4.71 answered.
TEST_F(ExpressionOnAWalk, BindsNotBeforeAndBeforeOr) {
    expect_true(
        {"true",
         "!false",
         "! ! true",
         "not not true",
         "!(true && false)",
         "! false && true",
         "not false or true",
         "! true || true",
         "! 'a' == 'a' || true",
         "! 'a' == 'b'",
         "!'a'=='b'",
         "! 'a' in {'b'}",
         "!-n ''",
         "! -z 'a' && true",
         "true and true",
         "true or false",
         "true&&true",
         "(true)&&(true)",
         "((((true))))",
         "true\t&&\ttrue",
         "true && ! false || false",
         "'a' == 'a' && 'b' == 'c' || 'd' == 'd'",
         "'d' == 'd' || 'a' == 'a' && 'b' == 'c'",
         "'a' == 'a' or 'b' == 'c' and false",
         "10 gt 9 and not 1 gt 2"}
    );
    expect_false(
        {"false",
         "!true",
         "not true",
         "not(true)",
         "! true && false",
         "!(true)||false",
         "true && false || false",
         "('d' == 'd' || 'a' == 'a') && 'b' == 'c'"}
    );
}

TEST_F(ExpressionOnAWalk, ComparesTexts) {
    expect_true(
        {"'a' = 'a'",
         "'a' == 'a'",
         "\"a\" == 'a'",
         "'a'=='a'",
         "1 == 1",
         "'a' != 'b'",
         "'a'!='A'",
         "'a' < 'b'",
         "'B' < 'a'",
         "'10' < '9'",
         "'a' <= 'a'",
         "'a' >= 'a'",
         "'b' > 'a'",
         "'ab' > 'a'",
         "'a' < '\303\251'"}
    );
    expect_false({"'a' == 'A'", "1 == 01", "'a' > 'b'", "'a' < 'a'", "'\303\251' < 'f'"});
}

TEST_F(ExpressionOnAWalk, ComparesNumbers) {
    expect_true(
        {"1 -eq 01",
         "1 eq 01",
         "1 -eq '01x'",
         "1 -eq '1e2'",
         "'' -eq 0",
         "'0x10' -eq 0",
         "' 7' -eq 7",
         "'\\t5' -eq 5",
         "'+5' -eq 5",
         "'- 5' -eq 0",
         "-1 -lt 0",
         "-5 -eq '-5'",
         "'-3' -lt 2",
         "10 ge 9",
         "9 le 9",
         "3 -gt 2",
         "'a' eq'a'",
         "1 -ne 2",
         "1 ne 2",
         "'99999999999999999999' -eq '9223372036854775807'",
         "'-9223372036854775809' -eq '-9223372036854775808'"}
    );
    expect_false({"10 -lt 9", "3 -lt -2", "'0x10' -eq 16", "'a' -ne 'b'", "'a' lt 'b'"});
}

TEST_F(ExpressionOnAWalk, LooksForAWordInAList) {
    expect_true(
        {"'a' in { 'a', 'b' }",
         "'a' in {'b','a'}",
         "'a'in{'a'}",
         "'a' -in {'a'}",
         "1 in { 1 , 2,3 }",
         "%{REMOTE_USER} in { 'jim', 'j'.'oe' }",
         "'joe' in { 'jim' , %{REMOTE_USER} }"}
    );
    expect_false({"'A' in {'a'}", "'a' in {'b'}"});
}

TEST_F(ExpressionOnAWalk, MatchesRegularExpressions) {
    expect_true({"'abc' =~ /B/i",   "'abc' =~ m#b#",     "'abc' =~ m|B|i",   "'abc' =~ m'b'i",
                 "'abc' =~ m\"b\"", "'abc' =~ m$b$",     "'abc' =~ m,b,",    "'a' =~ m!a!",
                 "'a' =~ m^a^",     "'a' =~ m.a.",       "'a' =~ m;a;",      "'a' =~ m-a-",
                 "'a' =~ m?a?",     "'a' =~ m%a%",       "'a' =~ m:a:",      "'a' =~ m/a/",
                 "'a' =~ //",       "'a/b' =~ m#a\\/b#", "'abc'=~/b/&&true", "'abc' !~ /x/",
                 "'a\\nb' =~ /a.b/"});
    expect_false({"'abc' =~ /B/", "'abc' !~ /b/", "'a\\n' =~ /a$/"});
}

TEST_F(ExpressionOnAWalk, RemembersTheLastRegularExpressionWithGroups) {
    expect_true(
        {"'abc' =~ /(b)/ && $1 == 'b' && $0 == 'b'",
         "'abc' =~ /(b)/ && '$1' == 'b'",
         "'abc' =~ /(b)/ && '%{tolower:x$1}' == 'xb'",
         "'abc' =~ /(?<n>b)/ && $1 == 'b'",
         "'abc' =~ /a(x)?(b)/ && '<$1|$2|$3>' == '<|b|>'",
         "'abc' !~ /(b)/ || $1 == 'b'",
         "'abc' =~ /(b)/ && 'x' =~ /x/ && $1 == 'b'",
         "'abc' =~ /(b)/ && ! 'x' =~ /(y)/ && $1 == ''",
         "%{REQUEST_URI} =~ m#^/(.*?)/# && $1 in {'shop'}",
         "$1 == ''",
         "'$10' == '0'"}
    );
    expect_false({"'abc' =~ /b/ && $0 == 'b'"});

    ASSERT_TRUE(result("'abcd' =~ /(b)(c)/").value_or(false));
    EXPECT_EQ(value("$0-$1-$2-$3"), "bc-b-c-");
    EXPECT_EQ(base::substitute("[$2$1]", groups_.captures()), "[cb]");
    EXPECT_TRUE(groups_.is_set);
    ASSERT_TRUE(result("'abcd' =~ /x/ || true").value_or(false));
    EXPECT_EQ(value("$1"), "b");
    ASSERT_TRUE(result("'abcd' !~ /(x)/").value_or(false));
    EXPECT_FALSE(groups_.is_set);
    EXPECT_EQ(value("$1"), "");
}

TEST_F(ExpressionOnAWalk, MatchesShellPatterns) {
    expect_true(
        {"'abc' -strmatch 'a*'",
         "'abc' -STRMATCH 'a*'",
         "'a/b' -strmatch 'a*'",
         "'ABC' -strcmatch 'a*'",
         "'a/b' -fnmatch 'a/*'",
         "%{HTTP_USER_AGENT} -strmatch 'Sample/*'"}
    );
    expect_false({"'ABC' -strmatch 'a*'", "'a/b' -fnmatch 'a*'", "'a' -fnmatch 'A'"});
}

TEST_F(ExpressionOnAWalk, KnowsNetworks) {
    expect_true(
        {"-R '192.168.7.9'",
         "-R '192.168.0.0/16'",
         "-R '192.168'",
         "-R '192.168.0.0/255.255.0.0'",
         "%{REMOTE_ADDR} -ipmatch '192.0.0.0/8' && true",
         "'10.1.2.3' -ipmatch \"10\"",
         "'2001:db8::5' -ipmatch '2001:db8::/32'",
         "'::ffff:10.1.2.3' -ipmatch '10.0.0.0/8'"}
    );
    expect_false({"-R '10.0.0.0/8'", "'nonsense' -ipmatch '10.0.0.0/8'"});
}

TEST_F(ExpressionOnAWalk, AsksAboutOneWord) {
    expect_true(
        {"-n 'a'",
         "-n'a'",
         "-n'a'&&true",
         "(-n 'a')",
         "-n -5",
         "-n %{HTTP_HOST}",
         "-n%{HTTP_HOST}",
         "-n ''.'b'",
         "-n tolower('a').''",
         "-z ''",
         "-z %{HTTP:X-None}",
         "-T 'x'",
         "-T '00'",
         "-T ' '"}
    );
    expect_false(
        {"-n ''",
         "-z 'a'",
         "-T ''",
         "-T 0",
         "-T '0'",
         "-T 'off'",
         "-T 'OFF'",
         "-T 'no'",
         "-T 'False'"}
    );
}

TEST_F(ExpressionOnAWalk, JoinsWords) {
    expect_true(
        {"'a'.'b' == 'ab'",
         "'a' . 'b' == 'a'.'b'",
         "'a'.5 == 'a5'",
         "1 . 2 == '12'",
         "1.2.3 == '123'",
         "tolower( 'A'.'B' ) == 'ab'",
         "'%{REQUEST_METHOD}y' == %{REQUEST_METHOD}.'y'"}
    );
}

TEST_F(ExpressionOnAWalk, ReadsEscapes) {
    expect_true(
        {"'a\\x' == 'ax'",
         "'\\101' == 'A'",
         "'\\11x' == '\tx'",
         "'\\t' == '\t'",
         "'\\n' -strmatch '?'",
         "'a\\'b' == \"a'b\"",
         "'\\$1' == '$'.'1'",
         "'\\%{HTTP_HOST}' == '%'.'{HTTP_HOST}'",
         "'\\\\' -strmatch '\\\\\\\\'",
         "'%' == '%'",
         "'$' == '$'",
         "'100%' == '100'.'%'",
         "'x' != '}'"}
    );
    expect_false({"'\\b' == 'b'", "'\\f' == 'f'", "'\\r' == 'r'"});
}

TEST_F(ExpressionOnAWalk, HasFunctions) {
    expect_true(
        {"tolower('ABC') == 'abc'",
         "ToLower ('ABC') == 'abc'",
         "toupper(tolower('aBC')) == 'ABC'",
         "tolower(5) == '5'",
         "'%{tolower:ABC}' == 'abc'",
         "%{toupper:abc} == 'ABC'",
         "%{tolower: A } == ' a '",
         "%{tolower:A{B} == 'a{b'",
         "%{tolower:A\\}B} == 'a}b'",
         "%{tolower:%{REQUEST_METHOD}x} == 'getx'",
         "req('x-token') == 'secret'",
         "%{HTTP:X-Token} == 'secret'",
         "%{http:accept} == 'text/html, */*'",
         "%{req_novary:X-Token} == 'secret'",
         "%{REQ:X-None} == ''",
         "reqenv('COLOUR') == 'blue'",
         "%{env:colour} == 'blue'",
         "%{ENV:colour} == 'blue'",
         "reqenv('none') == ''",
         "note('colour') == ''",
         "-n osenv('PATH')",
         "env('PATH') == osenv('PATH')",
         "osenv('') == ''",
         "osenv('colour') == ''"}
    );
}

TEST_F(ExpressionOnAWalk, EscapesAndEncodes) {
    expect_true({"%{escape:a b} == 'a%20b'",   "%{unescape:a%20b%2Fc} == 'a b%2Fc'",
                 "unescape('%5c') == '\\\\'",  "unescape('a+b') == 'a+b'",
                 "unescape('a%00b') == ''",    "unescape('%41%2') == ''",
                 "unescape('%zz') == ''",      "%{base64:abc} == 'YWJj'",
                 "base64('ab') == 'YWI='",     "base64('a') == 'YQ=='",
                 "base64('') == ''",           "%{unbase64:YWJj} == 'abc'",
                 "unbase64('YWI') == 'ab'",    "unbase64('YWI=') == 'ab'",
                 "unbase64('YWJjZ') == 'abc'", "unbase64('YWJj!!') == 'abc'",
                 "unbase64('YW Jj') == 'a'",   "unbase64('Y') == ''",
                 "unbase64('_-8') == ''",      "base64(unbase64('gP8=')) == 'gP8='"});
    EXPECT_EQ(
        value("%{escape:!#&()*+,-./09:;<=>?@AZ[]^_`az{|~\\} \\\"\\\\'%$\303\251}"),
        "!%23&()*+,-./09:;%3c=%3e%3f@AZ%5b%5d%5e_%60az%7b%7c~%7d%20%22%5c'%25$%c3%a9"
    );
}

TEST_F(ExpressionOnAWalk, MayBeAString) {
    EXPECT_EQ(value(""), "");
    EXPECT_EQ(value("a'b\"c"), "a'b\"c");
    EXPECT_EQ(value("a . b"), "a . b");
    EXPECT_EQ(value("a\\tb\\'\\$1\\101"), "a\tb'$1A");
    EXPECT_EQ(value("50% of $"), "50% of $");
    EXPECT_EQ(value("%"), "%");
    EXPECT_EQ(value("a{b}"), "a{b}");
    EXPECT_EQ(value("%%{REQUEST_METHOD}"), "%GET");
    EXPECT_EQ(value("a\\%{REQUEST_METHOD}"), "a%{REQUEST_METHOD}");
    EXPECT_EQ(value("%{tolower:A}}"), "a}");
    EXPECT_EQ(value("$$1"), "$");
    EXPECT_EQ(
        value("https://%{SERVER_NAME}%{REQUEST_URI}x"), "https://www.example.com/shop/~a/list.py/xx"
    );
}

// T-54, T-60: what takes too long or grows too large is an error, neither true nor false.
TEST_F(ExpressionOnAWalk, FailsInsteadOfTakingForever) {
    const std::string many(40, 'a');
    const auto regex = result("'" + many + "' =~ /^(a+)+$/ && false");
    EXPECT_EQ(regex.value_or(true), false);  // this one is quick
    for (const std::string& text :
         {"'" + many + "b' =~ /^(a+)+$/ || true",
          "true && ! '" + many + "b' =~ /^(a+)+$/",
          "false || '" + many + "b' !~ /^(a+)+$/"}) {
        const auto failed = result(text);
        ASSERT_FALSE(failed.has_value()) << text;
        EXPECT_EQ(
            failed.error().what,
            "the regular expression \"^(a+)+$\" took too long on a text of 41 characters"
        );
    }
}

TEST_F(ExpressionOnAWalk, FailsWhereManyComparisonsTakeLongTogether) {
    std::string text;
    for (int i = 0; i < 900; ++i) {
        text += "'aaaaaaaaaaaaaaaab' =~ /^(a+)+$/||";
    }
    const auto failed = result(text + "true");
    ASSERT_FALSE(failed.has_value());
    EXPECT_TRUE(failed.error().what.ends_with("its comparisons took longer than 100 ms"))
        << failed.error().what;
}

TEST_F(ExpressionOnAWalk, FailsInsteadOfGrowingForever) {
    std::string text = "%{REQUEST_URI}";
    for (int i = 0; i < 60; ++i) {
        text = "base64(" + (i == 0 ? "'" + text + "'" : text) + ")";
    }
    const auto grown = result("-n " + text);
    ASSERT_FALSE(grown.has_value());
    EXPECT_EQ(grown.error().what, "a text grew beyond 262144 characters");
}

// RFC 9112 section 3.2.2: the authority of the target replaces the field.
TEST_F(ExpressionOnAWalk, TakesTheHostThatTheVirtualHostWasChosenBy) {
    sample_.request.authority = "abs.example:99";
    expect_true(
        {"%{HTTP_HOST} == 'abs.example:99'",
         "%{HTTP:Host} == 'abs.example:99'",
         "req('host') == 'abs.example:99'",
         "%{SERVER_NAME} == 'abs.example'",
         "%{SERVER_PORT} == '99'"}
    );
}

TEST_F(ExpressionOnAWalk, WorksWithoutHeaderFields) {
    sample_.request.headers = nullptr;
    expect_true({"%{HTTP:X-Token} == ''", "%{HTTP_USER_AGENT} == ''", "%{HTTP_HOST} != ''"});
}

}  // namespace
