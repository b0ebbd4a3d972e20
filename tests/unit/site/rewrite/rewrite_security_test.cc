// T-53: what a client sends stays where a rule has put it. T-54: no rule makes a text without
// bounds or runs without end.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>

#include "tests/unit/site/rewrite_world.h"

namespace {

// What captures may hold, encoded: line ends, blank, "?", "%", "#", "&", "..", NEL, DEL.
const char* const kNasty[] = {
    "%0d%0aX:%20y",
    "%0a",
    "%0d",
    "%20",
    "%25",
    "%2525",
    "%25%32%35",
    "%2520",
    "%23",
    "%26",
    "%3b",
    "%01",
    "%7f",
    "%c2%85",
    "%25%30%61",
    "%250d%250aX:%20y",
    "a%25",
    "%25a",
    "%2e%2e%252f"};

bool ends_a_field(std::string_view text) {
    return std::ranges::any_of(text, [](char c) {
        return static_cast<unsigned char>(c) <= ' ' || c == '\x7f';
    });
}

class T53 : public testing::Test {
protected:
    std::string result_of(
        const std::string& rule, const std::string& target, const std::string& directory = ""
    ) {
        world_ = std::make_unique<test::RewriteWorld>();
        EXPECT_EQ(world_->say("RewriteEngine On\n" + rule, directory), "") << rule;
        return world_->ask(target, directory);
    }
    std::unique_ptr<test::RewriteWorld> world_;
};

TEST_F(T53, NothingInALocationEndsAField) {
    for (const auto* const flags : {"[R]", "[R,NE]", "[R,B]", "[R,BNP,B,NE]", "[R,QSA]", "[NE]"}) {
        for (const auto* const nasty : kNasty) {
            for (const std::string substitution :
                 {"http://e/$1",
                  "http://$1.e/",
                  "http://e/x?a=$1",
                  "http://e/?$1",
                  "http:$1",
                  "http://e/%1?%1",
                  "mailto:$1"}) {
                const auto result = result_of(
                    "RewriteCond $1 (.*)\nRewriteRule ^/a/(.*) " + substitution + " " + flags,
                    std::string("/a/") + nasty + "?q=" + nasty
                );
                EXPECT_FALSE(ends_a_field(world_->out.location))
                    << substitution << flags << nasty << result;
            }
        }
    }
}

TEST_F(T53, AnEncodedQuestionMarkStartsNoQuery) {
    // Statuses are Apache's.
    EXPECT_EQ(result_of("RewriteRule ^/f(.*) /g$1", "/f%3fx"), "403");
    EXPECT_NE(world_->out.reason.find("[UnsafeAllow3F]"), std::string::npos);
    EXPECT_EQ(result_of("RewriteRule ^/f(.*) /g$1", "/f%3Fx?q"), "403");
    EXPECT_EQ(result_of("RewriteRule ^/a/(.*) /g$1?q=1", "/a/x%3fy"), "403");
    EXPECT_EQ(result_of("RewriteRule ^/c/(.*) http://e/$1 [R]", "/c/x%3fy"), "403");
    EXPECT_EQ(result_of("RewriteRule ^/k/(.*) http://e/$1 [NE]", "/k/x%3fy"), "403");
    EXPECT_EQ(result_of("RewriteRule ^/k %{REQUEST_URI}", "/k/x%3fy"), "403");
    EXPECT_EQ(result_of("RewriteRule ^a(.*) b$1", "/d/a%3fy", "/srv/www/d"), "403");
    EXPECT_EQ(result_of("RewriteRule ^/lit/ /g?q=1", "/lit/x%3fy"), "file /srv/www/g?q=1");
    EXPECT_EQ(result_of("RewriteRule ^/lit/(.*) /g?q=$1", "/lit/x%3fy"), "file /srv/www/g?q=x?y");
    EXPECT_EQ(result_of("RewriteRule ^/b/(.*) /g$1 [B]", "/b/x%3fy"), "file /srv/www/gx%3fy");
    EXPECT_EQ(
        result_of("RewriteRule ^/e/(.*) /g$1 [UnsafeAllow3F]", "/e/x%3fy"), "file /srv/www/gx?y"
    );
    EXPECT_EQ(
        result_of("RewriteMap up int:toupper\nRewriteRule ^/e/(.*) /${up:$1}", "/e/x%3fy"),
        "file /srv/www/"
    );
    // Nothing is encoded here.
    EXPECT_EQ(
        result_of("RewriteCond %{THE_REQUEST} (\\?z)\nRewriteRule ^/g /m%1", "/g?z"),
        "file /srv/www/m?z"
    );
}

TEST_F(T53, AMapThatChangesOnlyTheCaseGivesAwayNothing) {
    test::RewriteWorld world;
    ASSERT_EQ(
        world.say("RewriteEngine On\nRewriteMap up int:toupper\nRewriteMap un int:unescape\n"
                  "RewriteMap esc int:escape\n"
                  "RewriteRule ^/u/(.*) /${up:$1}\nRewriteRule ^/n/(.*) /${un:$1}\n"
                  "RewriteRule ^/e/(.*) /${esc:$1}"),
        ""
    );
    const site::RewriteMaps maps(config::rewriting_of_host(world.config, 0).maps);
    world.means.maps = &maps;
    EXPECT_EQ(world.ask("/u/x%3fy"), "403");
    EXPECT_EQ(world.ask("/n/x%3fy"), "403");
    EXPECT_EQ(world.ask("/n/x%253fy"), "file /srv/www/x?y");  // Apache: the same
    EXPECT_EQ(world.ask("/e/x%3fy%25"), "file /srv/www/x%3fy%25");
}

TEST_F(T53, BlanksAndControlsAreNoQuery) {
    EXPECT_EQ(result_of("RewriteRule ^/h/(.*) /m?a=$1", "/h/x%20y"), "403");
    EXPECT_EQ(result_of("RewriteRule ^/i/(.*) /m?a=$1", "/i/x%0ay"), "403");
    EXPECT_EQ(result_of("RewriteRule ^/i/(.*) /m?a=$1 [PT]", "/i/x%0ay"), "403");
    EXPECT_EQ(result_of("RewriteRule ^/i/(.*) /m?a=$1 [B]", "/i/x%0ay"), "file /srv/www/m?a=x%0ay");
    EXPECT_EQ(result_of("RewriteRule ^h/(.*) m?a=$1", "/d/h/x%20y", "/srv/www/d"), "403");
    EXPECT_EQ(
        result_of("RewriteRule ^/j/(.*) http://e/?a=$1", "/j/x%20y"), "302 http://e/?a=x%20y"
    );
}

TEST_F(T53, AnInternalRedirectDecodesNothingTwice) {
    // Apache decodes "%41" here.
    EXPECT_EQ(
        result_of("RewriteRule ^a/(.*) b/$1", "/d/a/%2541", "/srv/www/d"),
        "internal nothing /d/b/%41"
    );
    EXPECT_EQ(
        result_of("RewriteRule ^a/(.*) b/$1 [B]", "/d/a/%2541", "/srv/www/d"),
        "internal nothing /d/b/%41"
    );
    EXPECT_EQ(
        result_of("RewriteRule ^a/(.*) b/\\%41$1", "/d/a/%2541", "/srv/www/d"),
        "internal nothing /d/b/A%41"
    );
    EXPECT_EQ(
        result_of("RewriteRule ^a/(.*) /$1/x", "/d/a/%252e%252e", "/srv/www/d"),
        "internal nothing /%2e%2e/x"
    );
}

TEST_F(T53, APathNeverLeadsAboveTheRoot) {
    EXPECT_EQ(result_of("RewriteRule ^/(.)a(.) /$1$2/../x", "/.a."), "400");
    EXPECT_EQ(result_of("RewriteRule ^/(.)a(.) /y/$1$2/x", "/.a."), "file /srv/www/x");
    EXPECT_EQ(result_of("RewriteRule ^/(.)a(.) /$1$2/x [PT]", "/.a."), "400");
    EXPECT_EQ(result_of("RewriteRule ^/(.*) //$1//./x [PT]", "/y"), "uri /y/x");
}

TEST_F(T53, AVariableIsNeverLookedAtAgain) {
    EXPECT_EQ(
        result_of("RewriteRule ^/(.*) /x-$1-%{REQUEST_URI}", "/$0%25{HTTP_HOST}$%7Bm:a|b%7D"),
        "file /srv/www/x-$0%{HTTP_HOST}${m:a|b}-/$0%{HTTP_HOST}${m:a|b}"
    );
    EXPECT_EQ(
        result_of("RewriteRule ^/(.*) /${none:$1|$1}", "/%25%7BHTTP_HOST%7D|x"),
        "file /srv/www/%{HTTP_HOST}|x"
    );
}

class T54 : public testing::Test {
protected:
    T54() { world_.config.limit_request_line = 1 << 20; }
    void say(const std::string& rules, const std::string& directory = "") {
        ASSERT_EQ(world_.say("RewriteEngine On\n" + rules, directory), "") << rules;
    }
    test::RewriteWorld world_;
};

TEST_F(T54, LengthsFromNothingTo64KiBWithEachFlag) {
    const char* const kFlags[] = {
        "[L]",     "[PT]",     "[R]",       "[R,NE]",      "[QSA]",    "[QSD]",
        "[QSL]",   "[B]",      "[B,BNP]",   "[BCTLS]",     "[BNE=/]",  "[B=a]",
        "[END]",   "[NC]",     "[H=x$1]",   "[T=$1,L]",    "[E=V:$1]", "[CO=a:$1:d]",
        "[R,QSA]", "[PT,QSA]", "[B,R,QSA]", "[B,QSA,QSL]", "[DPI]",    "[UnsafeAllow3F]",
        "[B,PT]",  "[B,R,NE]", "[NE,L]",    "[QSD,QSA,R]", "[R,QSL]",  "[UnsafePrefixStat]"};
    std::string capture;
    for (const auto* const flags : kFlags) {
        for (std::size_t length = 0; length <= 65536; length = length * 2 + 1) {
            test::RewriteWorld world;
            world.config.limit_request_line = 1 << 20;
            ASSERT_EQ(
                world.say(fmt::format("RewriteEngine On\nRewriteRule ^/(.*) /x/$1?y=$1 {}", flags)),
                ""
            );
            capture.assign(length, 'a');
            const auto result = world.ask("/" + capture + "?z=" + capture);
            EXPECT_EQ(world.out.reason, "");
            EXPECT_GE(result.size(), 2 * length) << flags;
            EXPECT_LE(result.size(), 12 * length + 200) << flags;
        }
        for (std::size_t length = 0; length <= 16384; length = length * 2 + 1) {
            test::RewriteWorld world;
            world.config.limit_request_line = 1 << 20;
            ASSERT_EQ(
                world.say(
                    fmt::format("RewriteEngine On\nRewriteRule ^/(.*) /x/$1?y={} {}", "$1", flags)
                ),
                ""
            );
            capture.clear();
            for (std::size_t i = 0; i < length; ++i) {
                capture += "%25";
            }
            const auto result = world.ask("/" + capture);
            EXPECT_GE(result.size(), 2 * length) << flags;
            EXPECT_LE(result.size(), 12 * length + 200) << flags;
        }
    }
}

TEST_F(T54, AUrlGrowsToTwiceARequestLine) {
    world_.config.limit_request_line = 8190;
    say("RewriteRule ^/(.*) /$1$1");
    EXPECT_TRUE(world_.ask("/" + std::string(8180, 'a')).starts_with("file "));
    EXPECT_EQ(world_.ask("/" + std::string(8191, 'a')), "500");
    EXPECT_NE(world_.out.reason.find("longer than 16380 bytes"), std::string::npos);
}

TEST_F(T54, AVariableThatDoublesIsStopped) {
    say("RewriteRule . - [E=V:x%{ENV:V}%{ENV:V},N]");
    EXPECT_EQ(world_.ask("/a"), "500");
    EXPECT_NE(world_.out.reason.find("have become too large"), std::string::npos);
    EXPECT_LE(world_.walk.environment.find("V")->size(), 512U << 10);
}

TEST_F(T54, RoundsAreCounted) {
    say("RewriteRule ^/a - [N]");
    EXPECT_EQ(world_.ask("/a"), "500");
    EXPECT_NE(world_.out.reason.find("started again 1000 times"), std::string::npos);
    say("RewriteRule ^/b - [N=32000]\n" + std::string(100, ' '));
    EXPECT_EQ(world_.ask("/b"), "500");
}

TEST_F(T54, ManyRulesThatStartAgainAreStopped) {
    std::string rules;
    for (int i = 0; i < 100; ++i) {
        rules += "RewriteRule ^/x -\n";
    }
    say(rules + "RewriteRule ^/x - [N=32000]");
    EXPECT_EQ(world_.ask("/x"), "500");
    EXPECT_NE(world_.out.reason.find("without end"), std::string::npos);
}

TEST_F(T54, InternalRedirectsAreCounted) {
    say("RewriteRule ^a(.*) ab$1", "/srv/www/d");
    EXPECT_EQ(world_.ask("/d/a", "/srv/www/d"), "internal 500");
    EXPECT_EQ(world_.walk.uri, "/d/abbbbbbbbbb");
    EXPECT_EQ(
        world_.out.reason,
        "more than 10 internal redirects; a rule of /srv/www/d/ probably matches what it yields"
    );
}

TEST_F(T54, AnExpressionThatTakesTooLongAnswersNothing) {
    say("RewriteRule ^/(a+)+$ /x");
    EXPECT_EQ(world_.ask("/" + std::string(64, 'a') + "b"), "500");
    EXPECT_NE(world_.out.reason.find("takes too long"), std::string::npos);
}

TEST_F(T54, AConditionThatTakesTooLongIsNoMatchEither) {
    say("RewriteCond %{REQUEST_URI} !^/(a+)+$\nRewriteRule . - [F]");
    EXPECT_EQ(world_.ask("/" + std::string(64, 'a') + "b"), "500");
    EXPECT_NE(world_.out.reason.find("takes too long"), std::string::npos);
}

}  // namespace
