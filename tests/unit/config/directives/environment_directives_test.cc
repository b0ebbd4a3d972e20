// SetEnv, SetEnvIf and their kin: what they accept, what they refuse and how they are merged.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/config/values/environment_values.h"
#include "tests/unit/config/section_lines.h"

namespace test {
namespace {

using Lines = std::vector<std::string>;

const std::vector<std::string_view> kPlaces = {
    "SetEnv",
    "UnsetEnv",
    "PassEnv",
    "SetEnvIf",
    "SetEnvIfExpr",
    "SetEnvIfNoCase",
    "BrowserMatch",
    "BrowserMatchNoCase"};

TEST(EnvironmentDirectives, AreShownAsTheyWereMeant) {
    SectionLines lines;
    EXPECT_EQ(
        lines.read("SetEnv A\n"
                   "SetEnv B \"two words\"\n"
                   "SetEnv A=1 b\n"  // Apache warns, and does as it is told
                   "UnsetEnv C D\n"
                   "PassEnv PATH NO_SUCH_VARIABLE\n"
                   "SetEnvIf Host ^x$ a b=2 !c \"d=two words\" e= f=!\n"
                   "SetEnvIf request_uri \"^/a b\" a\n"
                   "SetEnvIf ^X-.*$ . a\n"
                   "SetEnvIfExpr \"%{HTTP_HOST} == 'x'\" a=$1 !b\n"
                   "SetEnvIfNoCase Referer x\\.y a\n"
                   "BrowserMatch ^Mozilla a=$0\n"
                   "BrowserMatchNoCase bot a\n"),
        ""
    );
    EXPECT_EQ(
        lines.shown(kPlaces),
        (Lines{
            "SetEnv A \"\"",
            "SetEnv B \"two words\"",
            "SetEnv A=1 b",
            "UnsetEnv C",
            "UnsetEnv D",
            "PassEnv PATH",
        })
    );
    // In their order, whatever their names.
    EXPECT_EQ(
        config::show_mixed_conditions(lines.settings().environment),
        (Lines{
            "SetEnvIf Host ^x$ a b=2 !c \"d=two words\" e= f=!",
            "SetEnvIf request_uri \"^/a b\" a",
            "SetEnvIf ^X-.*$ . a",
            "SetEnvIfExpr \"%{HTTP_HOST} == 'x'\" a=$1 !b",
            "SetEnvIfNoCase Referer \"x\\\\.y\" a",
            "BrowserMatch ^Mozilla a=$0",
            "BrowserMatchNoCase bot a",
        })
    );
}

TEST(EnvironmentDirectives, SayWhatIsWrong) {
    const std::vector<std::pair<const char*, const char*>> cases = {
        {"SetEnv \"\" x", "\"\": expected the name of a variable"},
        {"PassEnv \"\"", "\"\": expected the name of a variable"},
        {"UnsetEnv A \"\"", "\"\": expected the name of a variable"},
        {"SetEnvIf \"\" x a", "\"\": expected an attribute such as Request_URI, or a header field"},
        {"SetEnvIf Host \"\" a",
         "\"\": expected a regular expression; \"^$\" is an empty or missing field"},
        {"SetEnvIf Host x =a", "\"=a\": expected name, name=value or !name"},
        {"SetEnvIf Host x !", "\"\": expected the name of a variable"},
        {"BrowserMatch foo \"\"", "\"\": expected the name of a variable"},
        {"SetEnvIf OID(1.2.3) x a",
         "\"OID(1.2.3)\": extensions of client certificates are implemented later, with TLS"},
        {"SetEnvIf Host ( a",
         "\"(\": Regular expression could not be compiled: missing closing parenthesis at "
         "character 2"},
        {"SetEnvIf ^X( x a",
         "\"^X(\": Regular expression could not be compiled: missing closing parenthesis at "
         "character 4"},
        {"SetEnv A b c", "wrong number of words"},
        {"SetEnvIf Host foo", "wrong number of words"},
        {"BrowserMatch foo", "wrong number of words"},
        {"PassEnv", "wrong number of words"},
    };
    for (const auto& [line, sentence] : cases) {
        EXPECT_EQ(SectionLines().read(line), sentence) << line;
    }
}

TEST(EnvironmentDirectives, OfOneSectionCountInTheirOrder) {
    SectionLines lines;
    EXPECT_EQ(lines.read("SetEnv A 1\nUnsetEnv a\nUnsetEnv B\nSetEnv B 1\nSetEnv b 2\n"), "");
    EXPECT_EQ(lines.shown(kPlaces), (Lines{"SetEnv b 2", "UnsetEnv a"}));
}

TEST(EnvironmentDirectives, OfAnInnerSectionCountLast) {
    SectionLines outer;
    EXPECT_EQ(outer.read("SetEnv A 1\nSetEnv B 1\nSetEnvIf Host . a\n"), "");
    SectionLines inner;
    EXPECT_EQ(inner.read("UnsetEnv A\nSetEnv B 2\nSetEnv C 2\nSetEnvIf Host . !a\n"), "");
    outer.settings().overlay(inner.settings());
    EXPECT_EQ(
        outer.shown(kPlaces),
        (Lines{
            "SetEnv B 2",
            "SetEnv C 2",
            "UnsetEnv A",
            "SetEnvIf Host . a",
            "SetEnvIf Host . !a",
        })
    );
}

TEST(EnvironmentDirectives, MayStandAnywhere) {
    for (const auto name : kPlaces) {
        const auto* const row = config::find(name);
        ASSERT_NE(row, nullptr) << name;
        EXPECT_EQ(row->where, config::kAnywhere) << name;
        EXPECT_EQ(row->override, config::override_class::kFileInfo) << name;
    }
}

}  // namespace
}  // namespace test
