// What Apache's mod_rewrite 2.4.71 makes of the same rules and URLs, seen there, but where a
// comment says otherwise.
#include "core/site/rewrite/rewrite.h"

#include <gtest/gtest.h>

#include <string>

#include "core/site/conditions/evaluation.h"
#include "tests/unit/site/rewrite_world.h"

namespace {

struct Case {
    const char* rules;
    const char* target;
    const char* becomes;
};

void check(const Case& one, test::RewriteWorld& world, const std::string& directory = "") {
    ASSERT_EQ(world.say("RewriteEngine On", directory), "");
    ASSERT_EQ(world.say(one.rules, directory), "") << one.rules;
    EXPECT_EQ(world.ask(one.target, directory), one.becomes) << one.rules << "\n" << one.target;
}

const Case kOfTheServer[] = {
    {"RewriteRule ^/a /b", "/c", "nothing /c"},
    {"RewriteRule ^/a /b", "/a?q", "file /srv/www/b?q"},
    {"RewriteRule ^/a /b [PT]", "/a?q", "uri /b?q"},
    {"RewriteRule ^/x - [L]", "/x", "nothing /x"},
    {"RewriteRule !^/x /y", "/z", "file /srv/www/y"},
    {"RewriteRule ^/X /y [NC]", "/x", "file /srv/www/y"},
    {"RewriteRule ^/rw/(.*)$ /gs/$1?q=1 [PT,QSA,E=V:yes]", "/rw/a?b=2", "uri /gs/a?q=1&b=2"},
    // Queries.
    {"RewriteRule ^/5/ /m? [L]", "/5/x?a=1", "file /srv/www/m"},
    {"RewriteRule ^/6/ /m?b=2 [L]", "/6/x?a=1", "file /srv/www/m?b=2"},
    {"RewriteRule ^/7/ /m?b=2 [QSA,L]", "/7/x?a=1", "file /srv/www/m?b=2&a=1"},
    {"RewriteRule ^/7/ /m?b=2 [QSA,L]", "/7/x", "file /srv/www/m?b=2"},
    {"RewriteRule ^/8/ /m [QSD,L]", "/8/x?a=1", "file /srv/www/m"},
    {"RewriteRule ^/9/ /m?b=2 [QSD,QSA,L]", "/9/x?a=1", "file /srv/www/m?b=2"},
    {"RewriteRule ^/10/ /m?b?c [QSL,L]", "/10/x?a=1", "file /srv/www/m?b?c"},
    // Captures.
    {"RewriteRule ^/1/(.*) /g-$1 [B,L]", "/1/a%20b/c%25%2b", "file /srv/www/g-a+b%2fc%25%2b"},
    {"RewriteRule ^/2/(.*) /g-$1 [B,BNE=/,L]", "/2/a%20b/c%25", "file /srv/www/g-a+b/c%25"},
    {"RewriteRule ^/3/(.*) /g-$1 [B,BNP,L]", "/3/a%20b/c%25%2b", "file /srv/www/g-a%20b%2fc%25%2b"},
    {"RewriteRule ^/4/(.*) /m-$1 [BCTLS,L]", "/4/a%20b/c", "file /srv/www/m-a+b/c"},
    {"RewriteRule ^/4/(.*) /m-$1 [B=b?,L]", "/4/a%20b%3f", "file /srv/www/m-a %62%3f"},
    {"RewriteRule ^/(a)?(.) /m-$1-$2-$3-$0", "/bc", "file /srv/www/m--b--/b"},
    {"RewriteRule !^/a(.) /m-$0$1", "/bc", "file /srv/www/m-"},
    {"RewriteRule ^/(.*) /m-\\$1-\\%-\\\\", "/b", "file /srv/www/m-$1-%-\\"},
    {"RewriteRule ^/(.*) /m%%-$-${x-$", "/b", "file /srv/www/m%%-$-${x-$"},
    {"RewriteRule ^/12/(.*) /a%20b/$1 [PT]", "/12/a%25b", "uri /a0b/a%b"},
    {"RewriteRule ^/12/(.*) /a\\%20b/$1 [PT]", "/12/a%25b", "uri /a%20b/a%b"},
    // Redirects.
    {"RewriteRule ^/15/ /m [R=308,L]", "/15/x", "308 /m"},
    {"RewriteRule ^/16/ m [R=307,L]", "/16/x", "307 /m"},
    {"RewriteRule ^/x /y [R=permanent]", "/x?a=%20", "301 /y?a=%20"},
    {"RewriteRule ^/x /y [R=seeother]", "/x", "303 /y"},
    {"RewriteRule ^/x /y [R=temp]", "/x", "302 /y"},
    {"RewriteRule ^/17/ /m?x=%20%% [R,L]", "/17/x?a=1", "302 /m?x=0%25%25"},
    {"RewriteRule ^/18/ /m [R,L]", "/18/x?a=%20", "302 /m?a=%20"},
    {"RewriteRule ^/19 /m#frag [R,NE,L]", "/19", "302 /m#frag"},
    {"RewriteRule ^/19 /m#frag [R,L]", "/19", "302 /m%23frag"},
    {"RewriteRule ^/20/(.*) /m/$1?z=$1 [R,L]", "/20/%C3%A4?a=1", "302 /m/%c3%a4?z=%c3%a4"},
    {"RewriteRule ^/13/ HTTP://Else.where [R]", "/13/x", "302 HTTP://Else.where"},
    {"RewriteRule ^/13/(.*) https://e/$1", "/13/a%20b%25?q", "302 https://e/a%20b%25?q"},
    {"RewriteRule ^/m mailto:a@b?subject=x", "/m", "302 mailto:a@b?subject=x"},
    {"RewriteRule ^/14$ /14/ [R,L]", "/14", "302 /14/"},
    // A URL of the server itself, with the port of its ServerName, is a path.
    {"RewriteRule ^/11/(.*) http://own.example/z/$1 [L]", "/11/x?q", "file /srv/www/z/x?q"},
    {"RewriteRule ^/11/(.*) http://own.example:81/$1", "/11/x", "302 http://own.example:81/x"},
    {"RewriteRule ^/11/(.*) https://own.example/$1", "/11/x", "302 https://own.example/x"},
    {"RewriteRule ^/11/ http://own.example", "/11/x", "file /srv/www/"},
    {"RewriteRule ^/11/ http://own.example/z [R]", "/11/x", "302 http://own.example/z"},
    // Rules that follow see a whole URL, as in Apache; what one of them writes is no path any more.
    {"RewriteRule ^/x /y [R]\nRewriteRule ^http://own.example/(.*) /z/$1 [R=301]",
     "/x",
     "301 /z/y"},
    {"RewriteRule ^/x /y [R]\nRewriteRule ^http://(.*) https://$1 [R]",
     "/x",
     "302 https://own.example/y"},
    {"RewriteRule ^/x /y [R]\nRewriteRule ^http:(.*) http:$1 [R]",
     "/x",
     "302 http://own.example/y"},
    {"RewriteRule ^/x http://%{HTTP_HOST}/y [R]", "/x", "302 http://own.example/y"},
    // Answers.
    {"RewriteRule ^/x - [F]", "/x", "403"},
    {"RewriteRule ^/x /unused [F,L]", "/x", "403"},
    {"RewriteRule ^/x - [G]", "/x", "410"},
    {"RewriteRule ^/x /unused [R=404]", "/x", "404"},
    {"RewriteRule ^/x - [R=500]", "/x", "500"},
    {"RewriteRule ^/13/(.*) m$1 [L]", "/13/", "file /srv/www/m"},
    {"RewriteRule ^/13/(.*) m$1\nRewriteRule ^/m /n [PT]", "/13/", "uri /n"},
    {"RewriteRule ^/6/(.*) http:$1", "/6/x", "file /srv/www/http:x"},
    // Order.
    {"RewriteRule ^/a /b\nRewriteRule ^/b /c\nRewriteRule ^/a /d", "/a", "file /srv/www/c"},
    {"RewriteRule ^/a /b [L]\nRewriteRule ^/b /c", "/a", "file /srv/www/b"},
    {"RewriteRule ^/a /b [END]\nRewriteRule ^/b /c", "/a", "file /srv/www/b"},
    {"RewriteRule ^/a /b [PT]\nRewriteRule ^/b /c", "/a", "uri /b"},
    {"RewriteRule ^/a - [C]\nRewriteRule ^/ /b [C]\nRewriteRule ^/ /c\nRewriteRule ^/x$ /d",
     "/x",
     "file /srv/www/d"},
    {"RewriteRule ^/a - [C]\nRewriteRule ^/ /b [C]\nRewriteRule ^/ /c\nRewriteRule ^/x$ /d",
     "/a",
     "file /srv/www/c"},
    {"RewriteRule ^/a - [S=2]\nRewriteRule ^/ /b\nRewriteRule ^/ /c\nRewriteRule ^(.*) $1d",
     "/a",
     "file /srv/www/ad"},
    {"RewriteRule ^/a - [S=9]\nRewriteRule ^/ /b", "/a", "nothing /a"},
    {"RewriteRule ^/n/(.*)a(.*) /n/$1b$2 [N]", "/n/aaaaa", "file /srv/www/n/bbbbb"},
    {"RewriteRule ^(.*) $1 [N=10]", "/n", "500"},
    {"RewriteRule ^(.*) $1x [N]", "/n", "500"},
    // Conditions.
    {"RewriteCond %{REQUEST_URI} ^/~([^/]+)\nRewriteRule . /u/%1",
     "/~bob/x",
     "file /srv/www/u/bob"},
    {"RewriteCond %{QUERY_STRING} ^a=(.)\nRewriteRule . /u/%1?", "/x?a=b", "file /srv/www/u/b"},
    {"RewriteCond $1 =b\nRewriteRule ^/(.) /u", "/b", "file /srv/www/u"},
    {"RewriteCond $1 !=b\nRewriteRule ^/(.) /u", "/b", "nothing /b"},
    {"RewriteCond %{HTTP:X-None} =\"\"\nRewriteRule . /u", "/b", "file /srv/www/u"},
    {"RewriteCond $1 ^A [NC]\nRewriteCond %0 =a\nRewriteRule ^/(.) /u", "/a", "file /srv/www/u"},
    {"RewriteCond $1 =a [OR]\nRewriteCond $1 =b [OR]\nRewriteCond $1 =c\nRewriteRule ^/(.) /u",
     "/b",
     "file /srv/www/u"},
    {"RewriteCond $1 =a [OR]\nRewriteCond $1 =b\nRewriteCond $1 =c\nRewriteRule ^/(.) /u",
     "/a",
     "nothing /a"},
    {"RewriteCond $1 =b [OR]\nRewriteRule ^/(.) /u", "/a", "file /srv/www/u"},  // as Apache does
    {"RewriteCond $1 -gt4\nRewriteCond $1 -le12\nRewriteRule ^/(.*) /u", "/11", "file /srv/www/u"},
    {"RewriteCond $1 -ne012\nRewriteRule ^/(.*) /u", "/12", "nothing /12"},
    {"RewriteCond $1 <ab\nRewriteRule ^/(.*) /u", "/z", "file /srv/www/u"},  // it is shorter
    {"RewriteCond $1 <ab [NC]\nRewriteRule ^/(.*) /u", "/z", "nothing /z"},
    {"RewriteCond $1 >=AB [NC]\nRewriteRule ^/(.*) /u", "/ab", "file /srv/www/u"},
    {"RewriteCond /srv/www$0 -f\nRewriteRule ^.* - [F]", "/file", "403"},
    {"RewriteCond /srv/www$0 !-f\nRewriteRule ^.* - [F]", "/file", "nothing /file"},
    {"RewriteCond /srv/www$0 -d [OR]\nRewriteCond /srv/www$0 -s\nRewriteRule ^.* - [F]",
     "/empty",
     "nothing /empty"},
};

TEST(Rewrite, RulesOfTheServer) {
    for (const auto& one : kOfTheServer) {
        test::RewriteWorld world;
        world.files = {"/srv/www/file", "/srv/www/empty"};
        check(one, world);
    }
}

// The rules of <Directory /srv/www/d>.
const Case kOfADirectory[] = {
    {"RewriteRule ^1/(.*) t-$1", "/d/1/a", "internal nothing /d/t-a"},
    {"RewriteRule ^2/(.*) /e/t-$1 [L]", "/d/2/a", "internal nothing /e/t-a"},
    {"RewriteRule ^4/(.*) /srv/www/d/t-$1 [L]", "/d/4/a", "internal nothing /d/t-a"},
    {"RewriteRule ^6/(.*) t-$1 [B,L]", "/d/6/a%20b+c", "internal nothing /d/t-a+b+c"},
    {"RewriteRule ^8/(.*) 8/a$1 [L]", "/d/8/", "internal 500"},
    {"RewriteRule ^10/(.*)$ t?q=$1 [L]", "/d/10/a%26b", "internal nothing /d/t?q=a&b"},
    {"RewriteRule ^11/(.*)$ - [H=foo,L]", "/d/11/a", "nothing /d/11/a"},
    {"RewriteRule ^12/ http://else/d/x [L]", "/d/12/a", "302 http://else/d/x"},
    {"RewriteRule ^14/ x [END]\nRewriteRule ^x$ y", "/d/14/a", "internal nothing /d/x"},
    {"RewriteRule ^15/ x [L]\nRewriteRule ^x$ y", "/d/15/a", "internal nothing /d/y"},
    {"RewriteRule ^16/ ../../x [L]", "/d/16/a", "400"},
    {"RewriteRule ^16/ ../../../../x [L]", "/d/16/a", "400"},
    {"RewriteRule ^17/(.*)$ ../d2/$1 [L]", "/d/17/a", "internal nothing /d2/a"},
    {"RewriteRule ^18/ /etc/passwd [L]", "/d/18/a", "internal nothing /etc/passwd"},
    {"RewriteRule ^$ index-$0 [L]", "/d/", "internal nothing /d/index-"},
    {"RewriteRule ^ index [L]", "/d", "nothing /d"},
    {"RewriteOptions AllowNoSlash\nRewriteRule ^/srv index [L]", "/d", "internal nothing /d/index"},
    {"RewriteRule ^f/(.*) t-$1 [L]", "/d/f/pi", "internal nothing /d/t-pi"},
    {"RewriteRule ^f t [DPI]\nRewriteRule ^t(.*) u$1", "/d/f/pi", "internal nothing /d/u"},
    {"RewriteRule ^f/pi t\nRewriteRule ^t(.*) u$1 [L]", "/d/f/pi", "internal nothing /d/u/pi"},
    {"RewriteRule ^x x", "/d/x", "nothing /d/x"},
    {"RewriteRule ^a b [PT]", "/d/a", "internal nothing /d/b"},
    {"RewriteBase /app/\nRewriteRule ^a b", "/d/a", "internal nothing /app/b"},
    {"RewriteBase /app\nRewriteRule ^a b [R]", "/d/a", "302 /app/b"},
    // Apache shows /srv/www/d/b to the client here; a path below DocumentRoot is meant.
    {"RewriteRule ^a b [R]", "/d/a", "302 /d/b"},
    {"RewriteRule ^a /b [R]", "/d/a", "302 /b"},
    {"RewriteRule ^a - [F]", "/d/a", "403"},
    {"RewriteCond %{REQUEST_FILENAME} !-f\nRewriteRule ^ app [L]",
     "/d/x",
     "internal nothing /d/app"},
    {"RewriteCond %{REQUEST_FILENAME} !-f\nRewriteRule ^ app [END]",
     "/d/x",
     "internal nothing /d/app"},
    {"RewriteCond %{REQUEST_FILENAME} !-f\nRewriteRule ^(.*)$ f/$1 [L]",
     "/d/x",
     "internal nothing /d/f/x"},
    {"RewriteCond %{ENV:REDIRECT_STATUS} ^$\nRewriteRule ^(.*)$ w/$1 [L]",
     "/d/x",
     "internal nothing /d/w/x"},
};

TEST(Rewrite, RulesOfADirectory) {
    for (const auto& one : kOfADirectory) {
        test::RewriteWorld world;
        world.files = {"/srv/www/d/f"};
        check(one, world, "/srv/www/d");
    }
}

TEST(Rewrite, DoesNothingWhereTheEngineIsOff) {
    test::RewriteWorld world;
    ASSERT_EQ(world.say("RewriteRule ^ - [F]"), "");
    EXPECT_EQ(world.ask("/x"), "nothing /x");
    EXPECT_FALSE(world.walk.environment.find("SCRIPT_URL"));
}

TEST(Rewrite, SetsScriptUrlAndUri) {
    test::RewriteWorld world;
    ASSERT_EQ(world.say("RewriteEngine On"), "");
    EXPECT_EQ(world.ask("/a%20b?q"), "nothing /a b?q");
    EXPECT_EQ(world.walk.environment.find("SCRIPT_URL"), "/a b");
    EXPECT_EQ(world.walk.environment.find("SCRIPT_URI"), "http://own.example/a b");
}

TEST(Rewrite, AFileOutsideOfDocumentRootHasToBeNamedByTheRule) {
    test::RewriteWorld world;
    world.directories = {"/etc", "/srv"};
    ASSERT_EQ(
        world.say("RewriteEngine On\n"
                  "RewriteRule ^/lit/(.*) /etc/$1\n"
                  "RewriteRule ^/abs(/.*)$ $1\n"
                  "RewriteRule ^/cap/(.*) /$1/x\n"
                  "RewriteRule ^/unsafe(/.*)$ $1 [UnsafePrefixStat]\n"
                  "RewriteRule ^/root/(.*) %{DOCUMENT_ROOT}/$1\n"
                  "RewriteRule ^/here/(.*) http://own.example/etc/$1\n"
                  "RewriteRule ^/slash /\n"),
        ""
    );
    EXPECT_EQ(world.ask("/lit/hostname"), "file /etc/hostname");
    EXPECT_EQ(world.ask("/abs/etc/hostname"), "file /srv/www/etc/hostname");
    EXPECT_EQ(world.ask("/cap/etc"), "file /srv/www/etc/x");
    EXPECT_EQ(world.ask("/unsafe/etc/hostname"), "file /etc/hostname");
    EXPECT_EQ(world.ask("/root/x"), "file /srv/www/x");
    EXPECT_EQ(world.ask("/abs/srv/www/x"), "file /srv/www/x");
    EXPECT_EQ(world.ask("/abs/srv/other/x"), "file /srv/www/srv/other/x");
    EXPECT_EQ(world.ask("/here/hostname"), "file /srv/www/etc/hostname");
    // Apache serves the root of the file system.
    EXPECT_EQ(world.ask("/slash"), "file /srv/www/");
}

// What the server says itself stays as it is, whoever writes the rule.
TEST(Rewrite, T56VariablesOfTheServerStay) {
    test::RewriteWorld world;
    ASSERT_EQ(
        world.say("RewriteEngine On\n"
                  "RewriteRule . - [E=CONTENT_LENGTH:99,E=SCRIPT_NAME:/x,E=HTTPS:on,"
                  "E=HTTP_AUTHORIZATION:Basic]\n"),
        ""
    );
    world.ask("/a");
    EXPECT_FALSE(world.walk.environment.find("CONTENT_LENGTH"));
    EXPECT_FALSE(world.walk.environment.find("SCRIPT_NAME"));
    EXPECT_EQ(world.walk.environment.find("HTTPS"), "on");
    EXPECT_EQ(world.walk.environment.find("HTTP_AUTHORIZATION"), "Basic");
}

TEST(Rewrite, HandlersTypesVariablesAndCookies) {
    test::RewriteWorld world;
    ASSERT_EQ(
        world.say("RewriteEngine On\n"
                  "RewriteRule ^/h - [H=WSGI-Script,T=Text/X-$0]\n"
                  "RewriteRule ^/e(.*) - [E=V:%{ENV:V}1$1,E=V:%{ENV:V}2,E=W,E=A:b:c]\n"
                  "RewriteRule ^/ex - [E=!W]\n"
                  "RewriteRule ^/c(.*) - [CO=a:b:.example.com:0:/p:secure:httponly:Lax,CO=a:c:x,"
                  "CO=;c;d:$1;f]\n"
                  "RewriteRule ^/long - [CO=a:b:x:60]\n"),
        ""
    );
    EXPECT_EQ(world.ask("/h"), "nothing /h");
    EXPECT_EQ(world.out.handler, "wsgi-script");
    EXPECT_EQ(world.out.content_type, "text/x-/h");
    world.ask("/ex");
    EXPECT_EQ(world.walk.environment.find("V"), "1x2");
    EXPECT_FALSE(world.walk.environment.find("W"));
    EXPECT_EQ(world.walk.environment.find("A"), "b:c");
    world.ask("/e");
    EXPECT_EQ(world.walk.environment.find("W"), "");
    world.ask("/c;e%0d%0aX:%20y");
    EXPECT_EQ(
        world.memory.cookies,
        (std::vector<std::string>{
            "a=b; path=/p; domain=.example.com; secure; HttpOnly; SameSite=Lax",
            "c=d:%3Be%0D%0AX: y; path=/; domain=f"})
    );
    world.ask("/long");
    EXPECT_TRUE(world.memory.cookies.front().starts_with("a=b; path=/; domain=x; expires="));
}

TEST(Rewrite, AnInternalRedirectRenamesVariables) {
    test::RewriteWorld world;
    ASSERT_EQ(world.say("RewriteEngine On\nRewriteRule ^a b?x [E=V:1,END]", "/srv/www/d"), "");
    EXPECT_EQ(world.ask("/d/a", "/srv/www/d"), "internal nothing /d/b?x");
    EXPECT_EQ(world.walk.environment.find("REDIRECT_V"), "1");
    EXPECT_EQ(world.walk.environment.find("REDIRECT_STATUS"), "200");
    EXPECT_EQ(world.walk.environment.find("REDIRECT_URL"), "/d/a");
    EXPECT_FALSE(world.walk.environment.find("V"));
}

TEST(Rewrite, InADirectoryLinksHaveToBeAllowed) {
    test::RewriteWorld world;
    ASSERT_EQ(world.say("RewriteEngine On\nRewriteRule ^a b", "/srv/www/d"), "");
    world.found_in.may_follow_links = false;
    EXPECT_EQ(world.ask("/d/x", "/srv/www/d"), "403");
    EXPECT_EQ(
        world.out.reason,
        "RewriteRule needs \"Options FollowSymLinks\" or \"SymLinksIfOwnerMatch\" in /srv/www/d/"
    );
}

TEST(Rewrite, AnAliasIsTheUrlOfItsFiles) {
    test::RewriteWorld world;
    ASSERT_EQ(world.say("RewriteEngine On\nRewriteRule ^a b [END]", "/opt/app"), "");
    auto rules = config::RewriteRules();
    rules.overlay(world.config.sections.front().settings.rewriting);
    world.ask("/app/a");
    world.walk.filename = "/opt/app/a";
    world.found_in.alias_path = "/app";
    world.found_in.alias_target = "/opt/app";
    const auto out =
        site::rewrite_file(rules, world.found_in, world.walk, world.memory, world.means);
    EXPECT_EQ(out.kind, site::Rewritten::Kind::kInternalRedirect);
    EXPECT_EQ(world.walk.uri, "/app/b");
}

TEST(Rewrite, RemembersWhatConditionsHaveLookedAt) {
    test::RewriteWorld world;
    world.fields.fields = {{"User-Agent", "x"}, {"X-Mine", "y"}};
    ASSERT_EQ(
        world.say("RewriteEngine On\n"
                  "RewriteCond %{HTTP_USER_AGENT} x\n"
                  "RewriteCond %{HTTP:X-Mine} y [NV]\n"
                  "RewriteCond %{HTTP_HOST} own\n"
                  "RewriteRule ^/ -\n"),
        ""
    );
    world.ask("/");
    EXPECT_EQ(world.memory.vary, std::vector<std::string>{"User-Agent"});
}

// Of an expression, what it has looked at counts, whether it holds or not.
TEST(Rewrite, RemembersWhatExpressionsHaveLookedAt) {
    test::RewriteWorld world;
    world.means.evaluate = [](const config::Expression& expression, const site::Walk& walk) {
        site::ExpressionAnswer answer;
        answer.holds = site::holds(expression, walk).value_or(false);
        return answer;
    };
    ASSERT_EQ(
        world.say("RewriteEngine On\n"
                  "RewriteCond expr \"-z req('X-One')\" [NV]\n"
                  "RewriteCond expr \"-z req('X-Two')\"\n"
                  "RewriteCond expr \"-n req('X-Three')\"\n"
                  "RewriteRule ^/ -\n"),
        ""
    );
    std::vector<std::string> vary;
    world.varies = &vary;
    world.ask("/");
    EXPECT_EQ(vary, (std::vector<std::string>{"X-Two", "X-Three"}));
}

TEST(Rewrite, TracesItsSteps) {
    test::RewriteWorld world;
    std::vector<std::string> steps;
    world.means.trace = [&](std::string step) { steps.push_back(std::move(step)); };
    ASSERT_EQ(world.say("RewriteEngine On\nRewriteCond $1 =b\nRewriteRule ^/(.) /u?x [L]"), "");
    world.ask("/b");
    EXPECT_EQ(
        steps,
        (std::vector<std::string>{
            "RewriteRule ^/(.) /u?x [L] (command line:0): \"/b\" matches",
            "RewriteCond $1 =b: \"b\" holds",
            "becomes \"/u\" with query x",
            "the file /srv/www/u"})
    );
}

}  // namespace
