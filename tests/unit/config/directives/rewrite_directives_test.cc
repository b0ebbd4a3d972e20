// mod_rewrite's directives: what they accept, what they refuse and say about it, and how they are
// merged. What Apache accepts and refuses is Apache's; the sentences are ours.
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "core/config/rewriting/rewrite_values.h"
#include "tests/unit/config/section_lines.h"

namespace test {
namespace {

using Kind = SectionLines::Kind;

// "" or the sentence about `line`.
std::string sentence_about(const std::string& line, Kind kind = Kind::kDirectory) {
    return SectionLines(kind).read(line);
}

const char* const kAccepted[] = {
    "RewriteEngine On",
    "RewriteEngine off",
    "RewriteBase /",
    "RewriteBase /app/",
    "RewriteOptions Inherit",
    "RewriteOptions inheritbefore AllowNoSlash",
    "RewriteOptions InheritDown IgnoreInherit",
    "RewriteOptions InheritDownBefore AllowAnyURI MergeBase",
    "RewriteOptions IgnoreContextInfo LegacyPrefixDocRoot LongURLOptimization",
    "RewriteOptions MaxRedirects=10",
    "RewriteCond %{HTTP_HOST} x",
    "RewriteCond a !b [NC]",
    "RewriteCond \"a b\" \"c d\" \"[nocase, OR,NV]\"",
    "RewriteCond a -f",
    "RewriteCond a !-d",
    "RewriteCond a -s [ornext]",
    "RewriteCond a -l",
    "RewriteCond a -L",
    "RewriteCond a -h",
    "RewriteCond a -x",
    "RewriteCond a <b",
    "RewriteCond a >=b [NC]",
    "RewriteCond a =",
    "RewriteCond a =\"\"",
    "RewriteCond a -eq5",
    "RewriteCond a \"-ne -5\"",
    "RewriteCond a -lt",  // an expression
    "RewriteCond expr \"%{HTTP_HOST} == 'a'\"",
    "RewriteCond ${m:a|b} c",
    "RewriteCond a b [NC] # comment",
    "RewriteRule ^/a /b",
    "RewriteRule a -",
    "RewriteRule !a - [F]",
    "RewriteRule a b [L,END,R,NC,NE]",
    "RewriteRule \"a b\" 'c d' \"[ R=301 , L ]\"",
    "RewriteRule a\\ b c",
    "RewriteRule a b [R=301] # comment",
    "RewriteRule a b [R=permanent]",
    "RewriteRule a - [R=404]",
    "RewriteRule a - [G]",
    "RewriteRule a b [PT,QSA,QSD,QSL,C,S=2,NS,DPI]",
    "RewriteRule a b [E=A:b,E=!C,E=D,env=X:y]",
    "RewriteRule a b [CO=a:b:c,CO=;a;b;c,CO=$1]",
    "RewriteRule a b [N,QSA]",
    "RewriteRule a b [N=32000]",
    "RewriteRule a b [B]",
    "RewriteRule a b [B=?#,BNP]",
    "RewriteRule a b [BNE=/,B]",
    "RewriteRule a b [BCTLS]",
    "RewriteRule a - [H=wsgi-script,T=text/plain]",
    "RewriteRule a b [UnsafeAllow3F,UnsafePrefixStat]",
    "RewriteRule a b [last,nocase,noescape,redirect,qsappend,discardpath]",
    "RewriteRule a b [passthrough]",
    "RewriteRule a b []",
    "RewriteRule a ${m:$1|d}",
};

TEST(RewriteDirectives, AcceptWhatApacheAccepts) {
    for (const auto* const line : kAccepted) {
        EXPECT_EQ(sentence_about(line), "") << line;
        EXPECT_EQ(sentence_about(line, Kind::kHtaccess), "") << line;
        if (!std::string_view(line).starts_with("RewriteBase")) {
            EXPECT_EQ(sentence_about(line, Kind::kServer), "") << line;
        }
    }
    for (const auto* const source :
         {"txt:/a",
          "rnd:a",
          "dbm:/a",
          "dbm=sdbm:/a",
          "dbm=SDBM:/a",
          "int:toupper",
          "INT:tolower",
          "int:escape",
          "int:unescape"}) {
        const auto line = std::string("RewriteMap m ") + source;
        EXPECT_EQ(sentence_about(line, Kind::kServer), "") << line;
    }
}

struct Refused {
    const char* line;
    const char* sentence;  // its start
};

const Refused kRefused[] = {
    {"RewriteEngine yes", "must be one of: Off | On"},
    {"RewriteBase app/", "expected a URL path that starts with \"/\""},
    {"RewriteOptions Inherits", "\"Inherits\": unknown option; did you mean \"Inherit\"?"},
    {"RewriteOptions None", "\"None\": expected one of AllowAnyURI, "},
    {"RewriteOptions MaxRedirects=x", "expected a number"},
    {"RewriteCond a", "requires two arguments; there is only one"},
    {"RewriteCond a (", "\"(\": Regular expression could not be compiled: "},
    {"RewriteCond a b NC", "\"NC\": the third argument is flags in brackets, as in [L]; "},
    {"RewriteCond a -ne -5", "\"-5\": the third argument is flags in brackets, as in [L]; "},
    {"RewriteCond a b [NC", "\"[NC\": flags end with \"]\"; "},
    {"RewriteCond a b [NC, OR]", "\"[NC,\": flags end with \"]\"; write them without blanks, or "},
    {"RewriteCond a b [L]", "unknown flag \"L\"; the flags are NC, NV, OR"},
    {"RewriteCond a b [nocas]", "unknown flag \"nocas\"; did you mean \"nocase\"?"},
    {"RewriteCond a b [NC=1]", "flag \"NC\" takes no value; write [NC]"},
    {"RewriteCond a -F", "\"-F\": asking what another request would be answered is not "},
    {"RewriteCond a !-U", "\"!-U\": asking what another request would be answered is not "},
    {"RewriteCond %{LA-U:REMOTE_USER} b", "%{LA-U:...}: looking ahead at what a variable will be "},
    {"RewriteCond %{LA-F:REMOTE_USER} b", "%{LA-F:...}: looking ahead at what a variable will be "},
    {"RewriteCond expr \"%{HTTP_HOST} =\"", "\"%{HTTP_HOST} =\": "},
    {"RewriteRule a", "requires two arguments; there is only one"},
    {"RewriteRule ( b", "\"(\": Regular expression could not be compiled: "},
    {"RewriteRule a b c", "\"c\": the third argument is flags in brackets, as in [L]; put an "},
    {"RewriteRule a b [L", "\"[L\": flags end with \"]\""},
    {"RewriteRule a b [R=301, L]",
     "\"[R=301,\": flags end with \"]\"; write them without blanks, "},
    {"RewriteRule a b [XYZ]", "unknown flag \"XYZ\"; the flags are B, BCTLS, "},
    {"RewriteRule a b [qsapend]", "unknown flag \"qsapend\"; did you mean \"qsappend\"?"},
    {"RewriteRule a b [=1]", "\"=1\": a flag without a name"},
    {"RewriteRule a b [P]", "flag \"P\": passing requests to another server is not implemented; "},
    {"RewriteRule a b [proxy]", "flag \"proxy\": passing requests to another server is not "},
    {"RewriteRule a b [L=1]", "flag \"L\" takes no value; write [L]"},
    {"RewriteRule a b [R=200]", "flag \"R=200\": expected a status from 300 to 599, temp, "},
    {"RewriteRule a b [R=600]", "flag \"R=600\": expected a status from 300 to 599, temp, "},
    {"RewriteRule a b [R=gone]", "flag \"R=gone\": expected a status from 300 to 599, temp, "},
    {"RewriteRule a - [R]", "flag \"R\" redirects to the second argument; write a URL instead "},
    {"RewriteRule a b [R,F]", "flag \"F\": a rule has one answer; leave one of R, F and G out"},
    {"RewriteRule a b [F,G]", "flag \"G\": a rule has one answer; leave one of R, F and G out"},
    {"RewriteRule a b [R,R=301]", "flag \"R=301\": a rule has one answer; leave one of R, F and "},
    {"RewriteRule a b [R,PT]", "flag \"R\" answers and PT passes the request on; leave one out"},
    {"RewriteRule a b [N,L]", "flag \"N\" starts again and L, END and PT stop; leave one out"},
    {"RewriteRule a b [N,END]", "flag \"N\" starts again and L, END and PT stop; leave one out"},
    {"RewriteRule a b [N=0]", "flag \"N=0\": expected a number from 1 to 32000"},
    {"RewriteRule a b [N=32001]", "flag \"N=32001\": expected a number from 1 to 32000"},
    {"RewriteRule a b [S]", "flag \"S\" needs a value, as in [S=1]"},
    {"RewriteRule a b [S=x]", "flag \"S=x\": expected a number of rules from 0 to 100000"},
    {"RewriteRule a b [E]", "flag \"E\" needs a value, as in [E=NAME:value]"},
    {"RewriteRule a b [E=]", "flag \"E\" needs a value, as in [E=NAME:value]"},
    {"RewriteRule a b [E=:x]", "flag \"E=:x\": expected a variable's name, as in [E=NAME:value] "},
    {"RewriteRule a b [E=!]", "flag \"E=!\": expected a variable's name"},
    {"RewriteRule a b [CO]", "flag \"CO\" needs a value, as in [CO=lang:en:example.com]"},
    {"RewriteRule a b [CO=a:b]", "flag \"CO=a:b\": expected a name, a value and a domain, as in "},
    {"RewriteRule a b [H]", "flag \"H\" needs a value, as in [H=wsgi-script]"},
    {"RewriteRule a b [T=]", "flag \"T\" needs a value, as in [T=text/plain]"},
    {"RewriteRule a b [BNE]", "flag \"BNE\" needs a value, as in [BNE=/]"},
    {"RewriteRule a b [BNP]", "flag \"BNP\" says how B escapes a blank; write [B,BNP]"},
    {"RewriteRule a %{LA-U:REMOTE_USER}", "%{LA-U:...}: looking ahead at what a variable will be "},
};

const Refused kRefusedMaps[] = {
    {"RewriteMap m:n txt:/a",
     "\"m:n\": expected a name without blanks and without any of : | { } "},
    {"RewriteMap \"\" txt:/a", "\"\": expected a name without blanks"},
    {"RewriteMap m /a", "\"/a\": expected txt:FILE, rnd:FILE, dbm:FILE, int:toupper, "},
    {"RewriteMap m txt:", "\"txt:\": expected a file behind the colon"},
    {"RewriteMap m dbm:", "\"dbm:\": expected a file behind the colon"},
    {"RewriteMap m dbm=:/a", "\"dbm=:/a\": expected dbm:FILE or dbm=sdbm:FILE"},
    {"RewriteMap m dbm=sdbm", "\"dbm=sdbm\": expected dbm:FILE or dbm=sdbm:FILE"},
    {"RewriteMap m dbm=gdbm:/a", "\"dbm=gdbm:/a\": files of type \"gdbm\" are not read; write "},
    {"RewriteMap m int:length",
     "\"int:length\": expected int:toupper, int:tolower, int:escape or "},
    {"RewriteMap m prg:/bin/x", "prg: is not implemented, because programs are not started for "},
    {"RewriteMap m dbd:select",
     "dbd: is not implemented; write what the query yields to a txt: or "},
    {"RewriteMap m fastdbd:select", "fastdbd: is not implemented; write what the query yields "},
    {"RewriteMap m ftp:/a", "\"ftp:/a\": expected txt:FILE, rnd:FILE, "},
};

TEST(RewriteDirectives, SayWhatIsWrong) {
    for (const auto& [line, sentence] : kRefused) {
        EXPECT_NE(sentence_about(line).find(sentence), std::string::npos) << line << "\n"
                                                                          << sentence_about(line);
    }
    for (const auto& [line, sentence] : kRefusedMaps) {
        EXPECT_NE(sentence_about(line, Kind::kServer).find(sentence), std::string::npos)
            << line << "\n"
            << sentence_about(line, Kind::kServer);
    }
    const auto deep = std::string(21, '{');
    EXPECT_NE(
        sentence_about("RewriteRule a $" + deep).find("more than 20 deep"), std::string::npos
    );
}

TEST(RewriteDirectives, AreShownInTheirOrder) {
    SectionLines lines;
    ASSERT_EQ(
        lines.read("RewriteRule a b [L]\n"
                   "RewriteCond %{HTTP_HOST} \"x y\" [NC]\n"
                   "RewriteCond b !c\n"
                   "RewriteRule ^c\\.d$ - [F]\n"
                   "RewriteOptions inherit\n"
                   "RewriteOptions ALLOWNOSLASH\n"
                   "RewriteBase /x\n"
                   "RewriteEngine on\n"
                   "RewriteCond last one\n"),
        ""
    );
    EXPECT_EQ(
        lines.shown({"RewriteBase", "RewriteCond", "RewriteEngine", "RewriteOptions", "RewriteRule"}
        ),
        (std::vector<std::string>{
            "RewriteBase /x",
            "RewriteEngine On",
            "RewriteOptions AllowNoSlash Inherit",
            "RewriteRule a b [L]\n"
            "RewriteCond %{HTTP_HOST} \"x y\" [NC]\n"
            "RewriteCond b !c\n"
            "RewriteRule ^c\\.d$ - [F]\n"
            "RewriteCond last one"})
    );
    SectionLines other;
    ASSERT_EQ(other.read("RewriteCond a b\nRewriteRule c d\n"), "");
    EXPECT_EQ(
        other.shown({"RewriteCond", "RewriteRule"}),
        std::vector<std::string>{"RewriteCond a b\nRewriteRule c d"}
    );
}

config::RewriteRules rules_of(const std::string& text, Kind kind = Kind::kDirectory) {
    SectionLines lines(kind);
    EXPECT_EQ(lines.read(text), "") << text;
    return text.empty() ? config::RewriteRules() : lines.settings().rewriting;
}

// The substitutions of `inner` over `outer`, "!" in front where the engine is off.
std::string merged(const std::string& outer, const std::string& inner, Kind kind) {
    auto rules = rules_of(outer, kind);
    rules.overlay(rules_of(inner, kind));
    std::string all = rules.is_on() ? "" : "!";
    for (const auto& rule : rules.rules) {
        all += rule.substitution;
    }
    return all + rules.base.value_or("");
}

TEST(RewriteDirectives, AnInnerSectionReplacesTheRulesOfTheOuterOne) {
    const std::string outer = "RewriteEngine On\nRewriteRule x a\nRewriteBase /o\n";
    for (const auto& [inner, result] : std::vector<std::pair<std::string, std::string>>{
             {"", "a/o"},
             {"RewriteRule x b\n", "b"},
             {"RewriteEngine Off\n", "!"},
             {"RewriteRule x b\nRewriteOptions Inherit\n", "ba"},
             {"RewriteRule x b\nRewriteOptions InheritBefore\n", "ab"},
             {"RewriteRule x b\nRewriteOptions MergeBase\n", "b/o"},
             {"RewriteRule x b\nRewriteOptions MergeBase\nRewriteBase /i\n", "b/i"},
         }) {
        EXPECT_EQ(merged(outer, inner, Kind::kDirectory), result) << inner;
    }
    const std::string down = outer + "RewriteOptions InheritDown\n";
    EXPECT_EQ(merged(down, "RewriteRule x b\n", Kind::kDirectory), "ba");
    // Its own options replace those that it would have inherited, but not what the outer one asks.
    EXPECT_EQ(
        merged(down, "RewriteRule x b\nRewriteOptions AllowNoSlash\n", Kind::kDirectory), "ba"
    );
    EXPECT_EQ(
        merged(down, "RewriteRule x b\nRewriteOptions IgnoreInherit\n", Kind::kDirectory), "b"
    );
    EXPECT_EQ(
        merged(outer + "RewriteOptions InheritDownBefore\n", "RewriteRule x b\n", Kind::kDirectory),
        "ab"
    );
}

TEST(RewriteDirectives, ADirectoryTakesTheEngineButNoRulesFromItsServer) {
    auto rules =
        rules_of("RewriteEngine On\nRewriteRule x a\nRewriteMap m int:escape\n", Kind::kServer);
    EXPECT_TRUE(rules.is_of_server);
    rules.overlay(rules_of("RewriteOptions Inherit\nRewriteRule x b\n"));
    EXPECT_TRUE(rules.is_on());
    EXPECT_FALSE(rules.is_of_server);
    ASSERT_EQ(rules.rules.size(), 1U);
    EXPECT_EQ(rules.rules[0].substitution, "b");
    EXPECT_TRUE(rules.maps.empty());
}

TEST(RewriteDirectives, AVirtualHostHasItsOwnRulesUnlessItInherits) {
    const std::string main = "RewriteEngine On\nRewriteRule x a\nRewriteMap m int:escape\n";
    const auto host = [&](const std::string& own, bool says_anything = true) {
        SectionLines first(Kind::kServer);
        EXPECT_EQ(first.read(main), "");
        config::Config config;
        config.hosts.resize(2);
        config.sections.resize(2);
        config.hosts[0].defaults = 0;
        config.hosts[1].defaults = says_anything ? 1 : config::VirtualHost::kNoSection;
        config.sections[0].settings = first.settings();
        config.sections[1].settings.rewriting = rules_of(own, Kind::kServer);
        return config::rewriting_of_host(config, 1);
    };
    EXPECT_FALSE(host("", false).is_given);
    EXPECT_TRUE(host("RewriteRule x b\n").is_on());
    EXPECT_EQ(host("RewriteRule x b\n").rules.size(), 1U);
    EXPECT_TRUE(host("RewriteRule x b\n").maps.empty());
    EXPECT_EQ(host("RewriteOptions Inherit\n").rules.size(), 1U);
    EXPECT_EQ(host("RewriteOptions InheritBefore\nRewriteRule x b\n").rules.size(), 2U);
    EXPECT_EQ(host("RewriteOptions InheritBefore\nRewriteRule x b\n").maps.size(), 1U);
}

}  // namespace
}  // namespace test
