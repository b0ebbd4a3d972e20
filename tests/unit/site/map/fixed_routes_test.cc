// A route that is kept for all requests of a mount: it is the one that the whole way finds, and is
// kept nowhere where a request could have another one.
#include "core/site/map/fixed_routes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/config/configuration_parser.h"
#include "core/site/map/mapper.h"
#include "core/site/names/host_table.h"
#include "tests/unit/site/fake_walk.h"
#include "tests/unit/site/script_tree.h"

namespace test {
namespace {

struct AskedOfMount {
    std::uint32_t host = 0;
    std::string_view method = "GET";
    std::string_view path;
    std::string_view authority = "a.example";
    std::uint16_t local_port = 80;
};

site::RequestView view_of(const AskedOfMount& asked, const FakeFields& fields) {
    site::RequestView request;
    request.host = asked.host;
    request.method = asked.method;
    request.target = request.path = asked.path;
    request.authority = asked.authority;
    request.local_port = asked.local_port;
    request.remote_addr = "127.0.0.1";
    request.server_addr = "127.0.0.1";
    request.headers = &fields;
    return request;
}

site::FixedQuestion question_of(const AskedOfMount& asked) {
    return {
        .host = asked.host,
        .local_port = asked.local_port,
        .method = asked.method,
        .path = asked.path,
        .is_ordinary = site::has_plain_name(asked.authority),
    };
}

std::string text_of_route(const Route& route) {
    std::string text = std::to_string(route.host) + (route.reloads ? "" : " stays") +
                       (route.links.follows_all() ? "" : " looks at links");
    for (const auto* const part :
         {&route.process_group,
          &route.application_group,
          &route.callable,
          &route.script_filename,
          &route.script_name,
          &route.handler,
          &route.handler_script,
          &route.method}) {
        text += "\n" + *part;
    }
    text += route.query ? "\n?" + *route.query : "";
    for (const auto& [name, value] : route.environment.items()) {
        text += "\n" + name + "=" + value;
    }
    return text;
}

// A mapper that asks itself first what it knows, as event loops do; and what it knows of a request.
class Knowing {
public:
    explicit Knowing(const site::Site& site) : mapper_(site) {}

    // Whether it has known the route.
    bool map(const AskedOfMount& asked, Route& out, Outcome& outcome) {
        if (const auto* const fixed = mapper_.find_fixed(question_of(asked), out)) {
            outcome = Outcome();
            outcome.status = 200;
            outcome.pass_authorization = fixed->pass_authorization;
            return true;
        }
        const FakeFields fields{{}};
        outcome = mapper_.map(view_of(asked, fields), out);
        return false;
    }
    // The second time.
    bool knows(const AskedOfMount& asked) {
        Route route;
        Outcome outcome;
        map(asked, route, outcome);
        return map(asked, route, outcome);
    }
    site::Mapper& mapper() { return mapper_; }

private:
    site::Mapper mapper_;
};

struct World {
    explicit World(config::Config its_config)
        : config(std::make_unique<config::Config>(std::move(its_config))),
          site(std::make_unique<site::Site>(*config)),
          knowing(std::make_unique<Knowing>(*site)) {}

    std::unique_ptr<config::Config> config;
    std::unique_ptr<site::Site> site;
    std::unique_ptr<Knowing> knowing;
};

class SiteFixedRoutes : public ScriptTree {
protected:
    // "$" stands for the tree.
    [[nodiscard]] base::Result<config::Config> parse(std::string text) const {
        const auto tree = fs::path(in_tree("probe.py")).parent_path().string();
        for (auto at = text.find('$'); at != std::string::npos; at = text.find('$')) {
            text.replace(at, 1, tree);
        }
        return config::parse_text("Listen 80\nServerName main.example.com\n" + text, "site.conf");
    }
    [[nodiscard]] World world(const std::string& text) const {
        auto config = parse(text);
        EXPECT_TRUE(config) << config.error().what;
        return World(*std::move(config));
    }
    [[nodiscard]] bool is_fixed(const std::string& text, std::string_view path = "/emb/x") const {
        return world(text).knowing->knows({.path = path});
    }
};

constexpr const char* kMount = "WSGIScriptAlias /emb $/probe.py\n";

TEST_F(SiteFixedRoutes, AreFoundOnceTheWholeWayHasBeenGone) {
    const auto its = world(kMount);
    Route route;
    Outcome outcome;
    EXPECT_FALSE(its.knowing->map({.path = "/emb/a"}, route, outcome));
    EXPECT_EQ(route.number, 0U);
    const auto first = text_of_route(route);
    EXPECT_TRUE(its.knowing->map({.path = "/emb/b/c"}, route, outcome));
    EXPECT_EQ(text_of_route(route), first);
    EXPECT_EQ(route.path_info, "/b/c");
    EXPECT_NE(route.number, 0U);
    EXPECT_TRUE(its.knowing->map({.path = "/emb"}, route, outcome));
    EXPECT_EQ(route.path_info, "");
}

// What an exchange has held before is written over, unless it is the same.
TEST_F(SiteFixedRoutes, AreWrittenOverAnother) {
    const auto its = world(std::string(kMount) + "WSGIScriptAlias / $/other.py\nSetEnv A 1\n");
    Route route;
    Outcome outcome;
    for (int round = 0; round < 2; ++round) {
        for (const auto& [path, script] :
             {std::pair("/emb/a", "probe.py"),
              std::pair("/emb/b", "probe.py"),
              std::pair("/c", "other.py"),
              std::pair("/emb//d", "probe.py")}) {
            its.knowing->map({.path = path}, route, outcome);
            EXPECT_EQ(route.script_filename, in_tree(script)) << path;
            EXPECT_EQ(route.environment.items().size(), 1U) << path;
        }
    }
}

// The number says so wherever it was found: each event loop has a mapper of its own.
TEST_F(SiteFixedRoutes, HaveTheNumberOfAllMappersOfTheSite) {
    const auto its = world(std::string(kMount) + "WSGIScriptAlias /two $/probe.py\n");
    const auto other = world(kMount);
    Knowing second(*its.site);
    const auto number = [](Knowing& knowing, std::string_view path) {
        EXPECT_TRUE(knowing.knows({.path = path}));
        Route route;
        EXPECT_NE(knowing.mapper().find_fixed(question_of({.path = path}), route), nullptr);
        return route.number;
    };
    EXPECT_EQ(number(*its.knowing, "/emb"), number(second, "/emb/x"));
    EXPECT_NE(number(*its.knowing, "/emb"), number(second, "/two"));
    EXPECT_NE(number(*its.knowing, "/emb"), number(*other.knowing, "/emb"));
}

// The name of the application group has the port in it where ServerName has none.
TEST_F(SiteFixedRoutes, AreForOnePortWhereANameHasIt) {
    const auto its = world(kMount);
    Route route;
    Outcome outcome;
    its.knowing->map({.path = "/emb", .local_port = 8080}, route, outcome);
    EXPECT_FALSE(its.knowing->map({.path = "/emb", .local_port = 8081}, route, outcome));
    EXPECT_EQ(route.application_group, "main.example.com:8081|/emb");
    EXPECT_TRUE(its.knowing->map({.path = "/emb", .local_port = 8080}, route, outcome));
    EXPECT_EQ(route.application_group, "main.example.com:8080|/emb");
    EXPECT_TRUE(its.knowing->map({.path = "/emb", .local_port = 8081}, route, outcome));
    EXPECT_EQ(route.application_group, "main.example.com:8081|/emb");
}

TEST_F(SiteFixedRoutes, AreKeptForWhatMostSitesSay) {
    for (const char* const more :
         {"",
          "Alias /static $/dir\n",
          "Redirect /old http://a.example/\n",
          "<Location /admin>\nRequire ip 10\n</Location>\n",
          "<Location /a*>\nRequire ip 10\n</Location>\n",
          "SetEnv A 1\nPassEnv PATH\n",
          "<Directory $>\nRequire all granted\n</Directory>\n",
          "<Directory $>\n<Files probe.py>\nRequire all granted\n</Files>\n</Directory>\n",
          "<FilesMatch ^\\.ht>\nRequire all denied\n</FilesMatch>\n",
          "<Directory $/dir>\nAllowOverride All\n</Directory>\n",
          "WSGIDaemonProcess own\nWSGIProcessGroup own\nWSGIApplicationGroup %{GLOBAL}\n",
          "ErrorDocument 404 /emb/missing\n",
          "DocumentRoot $\n"}) {
        EXPECT_TRUE(is_fixed(std::string(more) + kMount)) << more;
    }
}

// All that a request, a client or a file could change.
TEST_F(SiteFixedRoutes, AreKeptNowhereElse) {
    for (const char* const more :
         {"RewriteEngine On\n",
          "SetEnvIf User-Agent . A=1\n",
          "AliasMatch ^/x $/dir\n",
          "Alias /emb/x $/probe.py\nSetHandler wsgi-script\nOptions +ExecCGI\n",
          "RedirectMatch ^/x http://a.example/\n",
          "Redirect /emb/y http://a.example/\nRedirect /emb/ http://a.example/\n",
          "<Location /emb>\nSetEnv A 1\n</Location>\n",
          "<Location />\nSetEnv A 1\n</Location>\n",
          "<Location /e*/x>\nSetEnv A 1\n</Location>\n",
          "<LocationMatch ^/y>\nSetEnv A 1\n</LocationMatch>\n",
          "<If true>\nSetEnv A 1\n</If>\n",
          "<Files other.py>\n<If true>\nSetEnv A 1\n</If>\n</Files>\n",
          "<Directory $>\nAllowOverride FileInfo\n</Directory>\n",
          "<Directory $>\nAllowOverrideList SetEnv\n</Directory>\n",
          "<Directory $>\nOptions None\n</Directory>\n",
          "<Directory $>\nOptions SymLinksIfOwnerMatch\n</Directory>\n",
          "<Directory $>\nSetEnvIf User-Agent . A=1\n</Directory>\n",
          "<Directory $>\nRewriteEngine On\n</Directory>\n",
          "<Directory $>\nRequire ip 127\n</Directory>\n",
          "<Directory $>\nRequire method GET\n</Directory>\n",
          "<Directory $>\nAllow from all\n</Directory>\n",
          "<Directory $>\n<Limit GET>\nRequire all granted\n</Limit>\n</Directory>\n",
          "<Directory $>\nAcceptPathInfo Off\n</Directory>\n",
          "<Files probe.py>\nRequire ip 127\n</Files>\n",
          "WSGIDispatchScript $/other.py\n",
          "WSGIApplicationGroup %{HOST}\n",
          "WSGIApplicationGroup %{ENV:A}\nSetEnv A b\n",
          "WSGICallableObject %{ENV:A}\n",
          "WSGIGroupPort Client\n",
          "WSGIScriptAliasMatch ^/y $/other.py\n"}) {
        EXPECT_FALSE(is_fixed(std::string(more) + kMount)) << more;
    }
    EXPECT_FALSE(is_fixed("WSGIScriptAlias /emb $/dir\n", "/emb/one.wsgi")) << "a directory";
    EXPECT_FALSE(is_fixed("WSGIScriptAlias /emb/ $/probe.py\n", "/emb/")) << "joined bare";
}

TEST_F(SiteFixedRoutes, AreForNoPathThatIsToBeNormalised) {
    const auto its = world("WSGIScriptAlias / $/probe.py\n");
    EXPECT_TRUE(its.knowing->knows({.path = "/"}));
    for (const char* const path :
         {"", "*", "x", "//", "/a//b", "/./a", "/a/.", "/a/../b", "/%61", "/a b", "/\xc3\xa9"}) {
        EXPECT_FALSE(its.knowing->knows({.path = path})) << path;
    }
    EXPECT_FALSE(its.knowing->knows({.method = "TRACE", .path = "/"}));
    EXPECT_FALSE(its.knowing->knows({.path = "/", .authority = "a%20b"}));
}

// A name of the client's host becomes a variable, and an ErrorDocument is another page's.
TEST_F(SiteFixedRoutes, AreNotLearntOfRequestsThatKnowMore) {
    for (const bool is_failure : {false, true}) {
        const auto its = world(kMount);
        auto& mapper = its.knowing->mapper();
        const FakeFields fields{{}};
        auto request = view_of({.path = "/emb"}, fields);
        if (is_failure) {
            request.failure = 500;
        } else {
            request.remote_host = "a.example";
        }
        Route route;
        EXPECT_EQ(mapper.map(request, route).is_script(), !is_failure);
        EXPECT_EQ(mapper.find_fixed(question_of({.path = "/emb"}), route), nullptr);
        Outcome outcome;
        its.knowing->map({.path = "/emb"}, route, outcome);
        EXPECT_TRUE(its.knowing->map({.path = "/emb"}, route, outcome));
        EXPECT_TRUE(route.environment.is_empty());
    }
}

// --- Both ways, for whatever may be written and asked

constexpr const char* kOfServer[] = {
    "WSGIGroupPort Client",
    "WSGIRestrictEmbedded On",
    "ServerName main.example.com:81",
};

// Outside of sections.
constexpr const char* kLines[] = {
    "WSGIScriptAlias / $/probe.py",
    "WSGIScriptAlias / $/probe.py",
    "WSGIScriptAlias /emb $/probe.py",
    "WSGIScriptAlias /emb $/probe.py",
    "WSGIScriptAlias /emb $/other.py process-group=own application-group=%{GLOBAL}",
    "WSGIScriptAlias /emb $/other.py application-group=%{SERVER} pass-authorization=On",
    "WSGIScriptAlias /emb $/other.py application-group=%{HOST}",
    "WSGIScriptAlias /emb $/other.py callable-object=%{ENV:A}",
    "WSGIScriptAlias /emb $/gone.py",
    "WSGIScriptAlias /emb/ $/other.py",
    "WSGIScriptAlias /emb/ $/other.py/",
    "WSGIScriptAlias /emb/sub $/other.py",
    "WSGIScriptAlias /emb/sub/ $/dir/",
    "WSGIScriptAlias //emb//two $/other.py",
    "WSGIScriptAlias /em $/other.py",
    "WSGIScriptAlias /embx $/other.py",
    "WSGIScriptAlias /EMB $/other.py",
    "WSGIScriptAlias /dir $/dir",
    "WSGIScriptAlias /odd/ $/dir",
    "WSGIScriptAlias /%65mb $/other.py",
    "WSGIScriptAlias '/a b' $/other.py",
    "WSGIScriptAliasMatch ^/emb/sub $/other.py",
    "WSGIScriptAliasMatch ^/z $/other.py",
    "Alias /static $/dir",
    "Alias /emb/static $/dir",
    "Alias /emb/static/ $/dir/",
    "Alias //emb//sub $/dir/one.wsgi",
    "AliasMatch ^/emb/sub $/dir/one.wsgi",
    "Redirect /emb/sub http://a.example/",
    "Redirect gone /emb/a",
    "RedirectMatch ^/emb/a http://a.example/",
    "RewriteEngine On\nRewriteRule ^/emb/a /static/b [PT]",
    "RewriteEngine On\nRewriteCond %{HTTP_HOST} foo\nRewriteRule . - [E=W:1]",
    "RewriteEngine Off\nRewriteRule ^/emb/a /static/b [PT]",
    "SetEnv A 1",
    "SetEnv B 2",
    "PassEnv PATH",
    "UnsetEnv A",
    "SetEnvIf Request_URI ^/emb/a E=1",
    "SetEnvIf Request_Method POST M=1",
    "SetEnvIf Host foo H=1",
    "<If \"%{REQUEST_URI} =~ m#/a#\">\nSetEnv I 1\n</If>",
    "<Location /emb/a>\nSetEnv L 1\n</Location>",
    "<Location /emb/sub/>\nRequire all denied\n</Location>",
    "<Location /emb/sub>\nWSGIApplicationGroup of-location\n</Location>",
    "<Location /e*b/a>\nSetEnv G 1\n</Location>",
    "<Location />\nSetEnv L 2\n</Location>",
    "<LocationMatch ^/emb/(?<word>a)>\nSetEnv R 1\n</LocationMatch>",
    "<Location /emb/a>\nRedirect http://a.example/\n</Location>",
    "DocumentRoot $",
    "MergeSlashes Off",
    "AllowEncodedSlashes On",
    "AllowEncodedSlashes NoDecode",
    "ErrorDocument 404 /emb/missing",
    "ErrorDocument 403 /emb/forbidden",
    "WSGIProcessGroup own",
    "WSGIApplicationGroup %{GLOBAL}",
    "WSGIApplicationGroup %{SERVER}",
    "WSGIApplicationGroup %{HOST}",
    "WSGIApplicationGroup %{ENV:A}",
    "WSGIApplicationGroup %{RESOURCE}",
    "WSGICallableObject other",
    "WSGICallableObject %{ENV:A}",
    "WSGIPassAuthorization On",
    "WSGIScriptReloading Off",
    "WSGIDispatchScript $/other.py",
    "WSGIRestrictProcess own",
    "ServerName b.example:8080",
    "UserDir $/dir",
};

// In <Directory>, <Files> and outside of sections.
constexpr const char* kSettings[] = {
    "SetEnv D 1",
    "SetEnvIf Request_Method POST DM=1",
    "UnsetEnv A",
    "Require all granted",
    "Require all denied",
    "Require method GET",
    "Require ip 127.0.0.1",
    "Require expr \"%{REQUEST_METHOD} == 'GET'\"",
    "<Limit POST>\nRequire all denied\n</Limit>",
    "Order Deny,Allow\nDeny from all\nAllow from 127",
    "WSGIApplicationGroup %{GLOBAL}",
    "WSGIProcessGroup own",
    "WSGICallableObject directory",
    "WSGIPassAuthorization On",
    "AcceptPathInfo Off",
    "RewriteEngine On\nRewriteRule a - [E=DR:1]",
    "SetHandler wsgi-script",
    "Redirect http://a.example/",
    "RedirectMatch a http://a.example/",
};

constexpr const char* kContainers[] = {
    "Directory $",
    "Directory $",
    "Directory $/dir",
    "DirectoryMatch dir",
    "Files probe.py",
    "Files other.py",
    "FilesMatch ^(?<stem>[a-z]+)",
    "Directory /",
};

constexpr const char* kPaths[] = {
    "/",
    "",
    "*",
    "emb",
    "/emb",
    "/emb/",
    "/embx",
    "/EMB",
    "/Emb/a",
    "/em",
    "/em/",
    "/emb/a",
    "/emb/a/",
    "/emb/a/b",
    "/emb/ab",
    "/emb/sub",
    "/emb/sub/",
    "/emb/sub/x",
    "/emb/sub/one.wsgi",
    "/emb/subx",
    "/emb/static",
    "/emb/static/one.wsgi",
    "/emb/two",
    "/emb/two/x",
    "/emb//",
    "//emb",
    "/emb//a",
    "/emb/./a",
    "/emb/../emb/a",
    "/emb/..",
    "/../emb",
    "/emb/.",
    "/emb/.hidden",
    "/emb/a;p=1",
    "/emb;p",
    "/emb/a=b&c",
    "/%65mb",
    "/emb/%61",
    "/emb%2Fa",
    "/emb/%2e%2e/x",
    "/emb/%00",
    "/emb/%zz",
    "/a%20b",
    "/a b",
    "/emb/\xc3\xa9",
    "/dir/one.wsgi",
    "/dir/one.wsgi/x",
    "/dir/sub/two.wsgi",
    "/dir",
    "/odd/three",
    "/odd/",
    "/static",
    "/static/one.wsgi",
    "/~root/x",
    "/x",
    "/x/y/z",
    "/z",
    "/probe.py",
    "/missing",
    "/emb/missing",
    "http://a/emb",
    "/emb/a..b",
};

class Author {
public:
    explicit Author(std::uint32_t seed) : random_(seed) {}

    std::uint32_t below(std::size_t count) { return static_cast<std::uint32_t>(random_() % count); }
    template <std::size_t kCount>
    const char* one_of(const char* const (&choices)[kCount]) {
        return choices[below(kCount)];
    }

    std::string configuration() {
        std::string text = "WSGIDaemonProcess own\n";
        if (below(4) == 0) {
            text += std::string(one_of(kOfServer)) + "\n";
        }
        text += lines(3);
        for (auto hosts = below(3); hosts > 0; --hosts) {
            text += "<VirtualHost *:80>\nServerName v" + std::to_string(hosts) + ".example\n" +
                    lines(4) + "</VirtualHost>\n";
        }
        return text;
    }

private:
    std::string lines(std::size_t most) {
        std::string text;
        for (auto left = below(most) + 1; left > 0; --left) {
            text += std::string(one_of(kLines)) + "\n";
        }
        for (auto left = below(3); left > 0; --left) {
            const std::string opened = one_of(kContainers);
            text += "<" + opened + ">\n";
            for (auto settings = below(2) + 1; settings > 0; --settings) {
                text += std::string(one_of(kSettings)) + "\n";
            }
            if (below(8) == 0) {
                text += opened.starts_with("Directory ") ? "AllowOverride All\n"
                                                         : "<If true>\nSetEnv N 1\n</If>\n";
            }
            if (below(8) == 0 && opened.starts_with("Directory")) {
                text += "Options -FollowSymLinks\n";
            }
            text += "</" + opened.substr(0, opened.find(' ')) + ">\n";
        }
        return text;
    }

    std::mt19937 random_;
};

AskedOfMount ask(Author& author, std::size_t hosts) {
    static constexpr const char* kMethods[] = {
        "GET", "GET", "HEAD", "POST", "OPTIONS", "TRACE", "get"};
    static constexpr const char* kAuthorities[] = {
        "a.example", "a.example", "", "FOO.example:99", "[::1]:8", "a%20b", "a!b"};
    static constexpr std::uint16_t kPorts[] = {80, 80, 443, 8080};
    return {
        .host = author.below(hosts),
        .method = author.one_of(kMethods),
        .path = author.one_of(kPaths),
        .authority = author.one_of(kAuthorities),
        .local_port = kPorts[author.below(std::size(kPorts))],
    };
}

TEST_F(SiteFixedRoutes, AreThoseOfTheWholeWayWhateverIsWrittenAndAsked) {
    constexpr std::uint32_t kConfigurations = 800;
    constexpr int kQuestions = 150;
    std::map<std::uint64_t, std::string> by_number;
    std::uint32_t read = 0;
    std::uint32_t known = 0;
    for (std::uint32_t seed = 0; seed < kConfigurations && !HasFailure(); ++seed) {
        Author author(seed);
        const auto text = author.configuration();
        auto config = parse(text);
        if (!config) {
            continue;  // two lines that do not go together
        }
        ++read;
        const World its(*std::move(config));
        site::Mapper whole(*its.site);
        Route out;  // of one exchange after the other
        for (int asked = 0; asked < kQuestions; ++asked) {
            const auto question = ask(author, its.config->hosts.size());
            Outcome outcome;
            if (!its.knowing->map(question, out, outcome)) {
                continue;
            }
            ++known;
            Route expected;
            const FakeFields fields{{}};
            const auto whole_outcome = whole.map(view_of(question, fields), expected);
            SCOPED_TRACE(
                std::string(question.method) + " " + std::string(question.path) + " of host " +
                std::to_string(question.host) + " at " + std::to_string(question.local_port) +
                ", number " + std::to_string(seed) + ":\n" + text
            );
            ASSERT_TRUE(whole_outcome.is_script()) << whole_outcome.reason;
            ASSERT_EQ(whole_outcome.status, 200);
            ASSERT_EQ(whole_outcome.pass_authorization, outcome.pass_authorization);
            ASSERT_FALSE(whole_outcome.dispatch.has_value());
            ASSERT_TRUE(whole_outcome.headers.empty());
            ASSERT_EQ(text_of_route(out), text_of_route(expected));
            ASSERT_EQ(out.path_info, expected.path_info);
            const auto [same, is_new] = by_number.emplace(out.number, text_of_route(out));
            ASSERT_TRUE(out.number != 0 && (is_new || same->second == text_of_route(out)));
        }
    }
    EXPECT_GT(read, kConfigurations / 2);
    EXPECT_GT(known, read) << "or it tells nothing";
}

}  // namespace
}  // namespace test
