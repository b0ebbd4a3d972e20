#include "core/site/map/mapper.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "core/config/configuration_parser.h"
#include "tests/unit/site/script_tree.h"

namespace test {
namespace {

class SiteMapper : public ScriptTree {};

// The numbers are those of the cases in the specification of mod_wsgi, section 10.2.
TEST_F(SiteMapper, SplitsThePathAtAFile) {
    const auto map = mapper(kMounts);
    expect_split(map, "/emb", "probe.py", "/emb", "");                                // 25
    expect_split(map, "/emb/", "probe.py", "/emb", "/");                              // 26
    expect_split(map, "//emb/a", "probe.py", "/emb", "/a");                           // 29
    expect_split(map, "/emb//a//b", "probe.py", "/emb", "/a/b");                      // 29
    expect_split(map, "/e%6db/%C3%A9%20x", "probe.py", "/emb", "/\xc3\xa9 x");        // 30
    expect_split(map, "/emb/./a/../b", "probe.py", "/emb", "/b");                     // 32
    expect_split(map, "/emb/%252e%252e/%252fa", "probe.py", "/emb", "/%2e%2e/%2fa");  // T-50
    expect_split(map, "/emb/a;p/..%5c", "probe.py", "/emb", "/a;p/..\\");             // T-50
}

TEST_F(SiteMapper, MatchesWholeSegmentsAndCase) {
    const auto map = mapper(kMounts);
    for (const char* asked :
         {"/embx", "/EMB", "/missing", "/", "/em", "/emb%2Fa", "/emb/%00"}) {  // 27, 28, 31, 34
        expect_status(map, asked, 404);
    }
}

TEST_F(SiteMapper, FindsScriptsOfADirectory) {
    const auto map = mapper(kMounts);
    expect_split(map, "/dir/one.wsgi/x", "dir/one.wsgi", "/dir/one.wsgi", "/x");  // 33
    expect_split(map, "/dir/one.wsgi", "dir/one.wsgi", "/dir/one.wsgi", "");
    expect_split(map, "/dir/one.wsgi/", "dir/one.wsgi", "/dir/one.wsgi", "/");
    expect_split(map, "/dirn/three", "dir/three", "/dirn/three", "");
    expect_split(
        map, "/dirn//sub/./two.wsgi//a//b", "dir/sub/two.wsgi", "/dirn/sub/two.wsgi", "/a/b"
    );
}

TEST_F(SiteMapper, DoesNotRunADirectory) {
    const auto map = mapper(kMounts);
    expect_status(map, "/dir/", 403);  // 34
    expect_status(map, "/dirn/", 403);
    expect_status(map, "/dir/sub/", 403);
    expect_status(map, "/odd/", 403);
    const auto outcome = refusal(map, path("/dir/"));
    EXPECT_TRUE(outcome.reason.starts_with("Attempt to invoke directory as WSGI application."))
        << outcome.reason;
}

TEST_F(SiteMapper, RedirectsToTheSlashOfADirectory) {
    const auto map = mapper("WSGIScriptAlias /d%20n $/dir\nWSGIScriptAlias '/d n' $/dir\n");
    const auto outcome = refusal(map, path("/d%20n"));
    EXPECT_EQ(outcome.status, 301);
    EXPECT_EQ(outcome.location, "/d%20n/");
    EXPECT_EQ(refusal(map, path("//d%20n/sub")).location, "/d%20n/sub/");
    EXPECT_EQ(refusal(mapper("WSGIScriptAlias / $/dir\n"), path("//sub")).location, "/sub/");
}

// A path that starts with two slashes names another host (RFC 3986 section 4.2), and to browsers a
// "\\" is one, too; tabs they leave out.
TEST_F(SiteMapper, T53RedirectsToNoHostThatAClientNames) {
    const auto location = [](const std::string& file, std::string_view asked) {
        const auto config =
            config::parse_text("Listen 80\nServerName a.example\n" + file, "a.conf");
        EXPECT_TRUE(config) << config.error().what;
        return refusal(Mapper(*config), path(asked)).location;
    };
    for (const auto* const file :
         {"Redirect /old /",
          "RedirectMatch ^/old(.*)$ /$1",
          "RewriteEngine On\nRewriteRule ^/old(.*)$ /$1 [R]",
          "RewriteEngine On\nRewriteRule ^/old(.*)$ /$1 [R,NE]"}) {
        EXPECT_EQ(location(file, "/old/evil.example/x"), "/evil.example/x") << file;
        EXPECT_EQ(location(file, "/old"), "/") << file;
        for (const auto* const nasty :
             {"/old/%5cevil.example", "/old%5c%5cevil.example", "/old/%09/evil.example"}) {
            const auto result = location(file, nasty);
            EXPECT_TRUE(
                result.empty() || result == "/evil.example" || result.starts_with("/%5") ||
                result.starts_with("/%09")
            ) << file
              << " " << result;
        }
    }
    const std::string file = "MergeSlashes Off\nRedirect /old/ /\nRedirectMatch ^(.*)/go$ $1";
    EXPECT_EQ(location(file, "/old///evil.example"), "/evil.example");
    EXPECT_EQ(location(file, "//evil.example/go"), "/evil.example");
}

// The process's environment is for names that the server's configuration says.
TEST_F(SiteMapper, T56ACallableOfHtaccessDoesNotSeeTheEnvironmentOfTheServer) {
    const std::string value = ::getenv("PATH");
    const std::string mount = "WSGIScriptAlias /emb $/probe.py\n";
    write(".htaccess", "WSGICallableObject %{ENV:PATH}\n");
    const auto callable = [&](const std::string& more) {
        return route(mapper(mount + "<Directory $>\n" + more + "</Directory>\n"), path("/emb"))
            .callable;
    };
    EXPECT_EQ(callable("WSGICallableObject %{ENV:PATH}\n"), value);
    EXPECT_EQ(callable("AllowOverride All\n"), "application");
    EXPECT_EQ(callable("AllowOverride All\nSetEnvIf Request_URI . PATH=own\n"), "own");
}

TEST_F(SiteMapper, SaysThatAScriptIsMissing) {
    const auto map = mapper(std::string(kMounts) + "WSGIScriptAlias /gone $/gone.py\n");
    expect_status(map, "/dir/none", 404);
    expect_status(map, "/dir/none/one.wsgi", 404);
    expect_status(map, "/dir/sub/none", 404);
    expect_status(map, "/gone", 404);
    expect_status(map, "/gone/x", 404);
    expect_status(map, "/dir/" + std::string(5000, 'x'), 403);  // no file can be called so
}

// What one request fell back to is nothing to the next one.
TEST_F(SiteMapper, KeepsNothingOfAFallback) {
    const auto other = mapper(
        "DocumentRoot $\n<Directory $>\nOptions +ExecCGI\nSetHandler wsgi-script\n"
        "FallbackResource /probe.py\n</Directory>\n"
        "<Directory $/dir/sub>\nFallbackResource /dir/one.wsgi\n</Directory>\n"
        "<Directory $/dir>\nFallbackResource /dir/sub/two.wsgi\n</Directory>\n"
    );
    EXPECT_EQ(route(other, path("/missing/x")).path_info, "/missing/x");
    const auto second = route(other, path("/dir/none"));  // lies above its resource
    EXPECT_EQ(second.script_name, "/dir/sub/two.wsgi");
    EXPECT_EQ(second.path_info, "");
}

// T-50: a captured ".." is no way out of where an alias leads.
TEST_F(SiteMapper, T50RefusesNamesThatGoUp) {
    const auto dir = in_tree("dir");
    const auto config = config::parse_text(
        "Listen 80\nAliasMatch ^/~([^/]+)/(.*) " + dir +
            "/$1/$2\nWSGIScriptAliasMatch ^/x([^/]+) " + dir + "/sub/$1\nAlias /up/ " + dir +
            "/../dir/\n",
        "site.conf"
    );
    ASSERT_TRUE(config) << config.error().what;
    const Mapper map(*config);
    expect_status(map, "/~../probe.py", 403);
    expect_status(map, "/~./one.wsgi", 403);
    expect_status(map, "/x../one.wsgi", 403);
    expect_status(map, "/up/three/x", 404);
    request::Route route;
    EXPECT_EQ(map.map(path("/up/three"), route).file, in_tree("dir/three"));
}

// Section 3.4: nothing is inserted or removed at the joint.
TEST_F(SiteMapper, InsertsNothingAtTheJoint) {
    const auto map = mapper(kMounts);
    expect_status(map, "/odd/three", 404);  // 34
    write("dirthree");
    expect_split(map, "/odd/three/x", "dirthree", "/odd/three", "/x");
}

TEST_F(SiteMapper, JoinsSlashesOfAliasAndTarget) {
    const auto map = mapper(
        "WSGIScriptAlias /a/ $/probe.py/\nWSGIScriptAlias /b $/dir/\nWSGIScriptAlias //c//d "
        "$/probe.py\n"
        "WSGIScriptAlias /e/ $/probe.py\n"
    );
    expect_split(map, "/a/x", "probe.py", "/a", "/x");
    expect_status(map, "/a", 404);
    expect_split(map, "/b/three", "dir/three", "/b/three", "");
    expect_split(map, "/c/d/x", "probe.py", "/c/d", "/x");
    expect_split(map, "/e/", "probe.py", "/e/", "");
    expect_status(map, "/e/x", 404);
    expect_status(map, "/e", 404);
}

TEST_F(SiteMapper, LeavesTheScriptNameEmptyAtTheRoot) {
    const auto map = mapper("WSGIScriptAlias / $/probe.py\n");
    expect_split(map, "/", "probe.py", "", "/");
    expect_split(map, "/a/b", "probe.py", "", "/a/b");
    expect_split(map, "", "probe.py", "", "/");
    expect_split(
        mapper("WSGIScriptAlias / $/dir\n"), "/one.wsgi/x", "dir/one.wsgi", "/one.wsgi", "/x"
    );
    expect_split(
        mapper("WSGIScriptAlias / $/dir/\n"), "/one.wsgi", "dir/one.wsgi", "/one.wsgi", ""
    );
}

TEST_F(SiteMapper, RefusesMalformedPaths) {
    const auto map = mapper("WSGIScriptAlias / $/probe.py\n");
    for (const char* asked :
         {"/..", "/a/../../emb", "/%2e%2e/emb", "/%", "/%4", "/%zz", "*", "emb"}) {
        expect_status(map, asked, 400);
    }
}

TEST_F(SiteMapper, NeverLeavesADirectory) {  // T-50
    const auto map = mapper(kMounts);
    for (const char* asked :
         {"/dir/../outside.wsgi",
          "/dir/%2e%2e/outside.wsgi",
          "/dir/%252e%252e/outside.wsgi",
          "/dir/..%2foutside.wsgi",
          "/dir/..%5coutside.wsgi",
          "/dir/%c0%ae%c0%ae/outside.wsgi",
          "/dir/one.wsgi%00.html",
          "/dir//../outside.wsgi",
          "/dir/./.%2e/outside.wsgi",
          "/dir/sub/../../outside.wsgi"}) {
        expect_status(map, asked, 404);
    }
    expect_split(map, "/dir/sub/../one.wsgi", "dir/one.wsgi", "/dir/one.wsgi", "");
}

TEST_F(SiteMapper, TakesTheFirstMatchNotTheLongest) {
    expect_split(mapper(kMounts), "/long/sub", "probe.py", "/long", "/sub");  // 38
}

TEST_F(SiteMapper, TriesTheVirtualHostBeforeTheMainServer) {
    const auto map = mapper(
        "WSGIScriptAlias /emb $/probe.py\n"
        "<VirtualHost *>\nWSGIScriptAlias / $/other.py\n</VirtualHost>\n"
        "<VirtualHost *>\nWSGIScriptAlias /a $/other.py\n</VirtualHost>\n"
    );
    const auto first =
        route(map, {.host = 1, .path = "/emb", .authority = "", .local_port = 80});  // 43
    EXPECT_EQ(first.script_filename, in_tree("other.py"));
    EXPECT_EQ(first.script_name, "");
    EXPECT_EQ(first.host, 1U);
    const auto second = route(map, {.host = 2, .path = "/emb", .authority = "", .local_port = 80});
    EXPECT_EQ(second.script_filename, in_tree("probe.py"));
    EXPECT_EQ(second.host, 2U);
}

TEST_F(SiteMapper, NoticesWhatAppearsLater) {
    const auto map = mapper("WSGIScriptAlias /new $/new.py\n");
    expect_status(map, "/new", 404);
    write("new.py");
    expect_split(map, "/new/x", "new.py", "/new", "/x");
}

TEST_F(SiteMapper, MountsModulesWithoutLookingForFiles) {
    auto config = config::parse_text("Listen 80\n", "site.conf");
    ASSERT_TRUE(config);
    config::add_module_mount(*config, "/", "package.module:app");
    const auto found = route(Mapper(*config), path("/a"));
    EXPECT_EQ(found.script_filename, "package.module:app");
    EXPECT_EQ(found.path_info, "/a");
}

// Whoever opens the script looks again; what the configuration alone names is free.
TEST_F(SiteMapper, TellsWhoeverOpensTheScriptWhichLinksMayBeFollowed) {
    const std::string rules =
        "Alias /files $/dir\n<Directory $>\nOptions ExecCGI SymLinksIfOwnerMatch\n"
        "SetHandler wsgi-script\n</Directory>\n";
    const auto map = mapper(rules + "WSGIScriptAlias /mount $/probe.py\n");
    const auto depth = static_cast<std::size_t>(std::ranges::count(in_tree("x"), '/'));
    const base::LinkRule of_owner{depth, true};
    EXPECT_EQ(route(map, path("/files/one.wsgi")).links, of_owner);
    EXPECT_EQ(route(map, path("/mount")).links, of_owner);
    const auto handled = mapper(
        "Alias /files $/dir\n<Directory $>\nOptions None\nSetHandler own\n</Directory>\n"
        "WSGIHandlerScript own $/probe.py\n"
    );
    EXPECT_TRUE(route(handled, path("/files/one.wsgi")).links.follows_all());
}

// The strings of a Route keep their capacity: asking again for as much allocates nothing.
TEST_F(SiteMapper, ReusesTheStringsOfARoute) {
    const auto map = mapper(kMounts);
    request::Route found;
    const Question question = path("/emb/a/rather/long/path/that/fits/no/small/string");
    ASSERT_TRUE(map.map(question, found).is_script());
    const request::Route before = found;
    const char* const blocks[] = {
        found.application_group.data(),
        found.script_filename.data(),
        found.script_name.data(),
        found.path_info.data()};
    ASSERT_TRUE(map.map(question, found).is_script());
    EXPECT_EQ(found.path_info, before.path_info);
    EXPECT_EQ(found.application_group.data(), blocks[0]);
    EXPECT_EQ(found.script_filename.data(), blocks[1]);
    EXPECT_EQ(found.script_name.data(), blocks[2]);
    EXPECT_EQ(found.path_info.data(), blocks[3]);
}

}  // namespace
}  // namespace test
