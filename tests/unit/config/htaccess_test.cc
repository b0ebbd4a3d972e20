// The grammar of .htaccess files, whose authors need not be trusted (T-56): which directives may
// stand in them, by which class of AllowOverride; and that they learn nothing of the server and
// cannot make it busy.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <vector>

#include "core/config/configuration_parser.h"
#include "core/config/directives/foreign.h"
#include "core/config/language/directive.h"
#include "core/site/conditions/evaluation.h"
#include "tests/unit/site/fake_walk.h"

namespace {

using config::AllowOverride;
using config::DirectorySettings;
namespace classes = config::override_class;

constexpr AllowOverride kEverything{classes::kAll, std::nullopt};

base::Result<config::Config> read(
    std::string_view text,
    const AllowOverride& allowed = kEverything,
    const std::vector<std::string>& list = {}
) {
    return config::parse_htaccess(text, "/srv/.htaccess", allowed, list);
}

std::string problem_of(
    std::string_view text,
    const AllowOverride& allowed = kEverything,
    const std::vector<std::string>& list = {}
) {
    const auto config = read(text, allowed, list);
    return config ? std::string() : config.error().what;
}

// What stands outside of the file's sections.
DirectorySettings settings_in(std::string_view text) {
    const auto config = read(text);
    EXPECT_TRUE(config) << config.error().what;
    const auto index = config ? config->hosts.at(0).defaults : config::VirtualHost::kNoSection;
    return index == config::VirtualHost::kNoSection ? DirectorySettings()
                                                    : config->sections.at(index).settings;
}

struct Permitted {
    std::string_view directive;
    classes::Bits by = classes::kNone;
};

// All that may ever stand in a .htaccess file, by the classes that Apache documents. Before a
// directive is added here: can it read a file, start a program, name a process group, user or
// interpreter, change what the server has found out about the request, or grow without bound?
constexpr Permitted kPermitted[] = {
    {"AcceptPathInfo", classes::kFileInfo},
    {"AddHandler", classes::kFileInfo},
    {"AddType", classes::kFileInfo},
    {"Allow", classes::kLimit},
    {"AuthMerging", classes::kAuthConfig},
    {"BrowserMatch", classes::kFileInfo},
    {"BrowserMatchNoCase", classes::kFileInfo},
    {"Deny", classes::kLimit},
    {"DirectoryIndex", classes::kIndexes},
    {"DirectorySlash", classes::kIndexes},
    {"ErrorDocument", classes::kFileInfo},
    {"FallbackResource", classes::kIndexes},
    {"ForceType", classes::kFileInfo},
    {"Options", classes::kOptions},
    {"Order", classes::kLimit},
    {"PassEnv", classes::kFileInfo},
    {"Redirect", classes::kFileInfo},
    {"RedirectMatch", classes::kFileInfo},
    {"RedirectPermanent", classes::kFileInfo},
    {"RedirectTemp", classes::kFileInfo},
    {"RemoveHandler", classes::kFileInfo},
    {"RemoveType", classes::kFileInfo},
    {"Require", classes::kAuthConfig},
    {"RewriteBase", classes::kFileInfo},
    {"RewriteCond", classes::kFileInfo},
    {"RewriteEngine", classes::kFileInfo},
    {"RewriteOptions", classes::kFileInfo},
    {"RewriteRule", classes::kFileInfo},
    {"Satisfy", classes::kAuthConfig},
    {"SetEnv", classes::kFileInfo},
    {"SetEnvIf", classes::kFileInfo},
    {"SetEnvIfExpr", classes::kFileInfo},
    {"SetEnvIfNoCase", classes::kFileInfo},
    {"SetHandler", classes::kFileInfo},
    {"UnsetEnv", classes::kFileInfo},
    {"WSGICallableObject", classes::kFileInfo},
    {"WSGIPassAuthorization", classes::kFileInfo},
    {"WSGIScriptReloading", classes::kFileInfo},
};

// The example's line of the directive itself, or what would be one.
std::string example_of(const config::Directive& directive) {
    const std::string example(directive.example);
    const auto at = example.find(directive.name);
    return at == std::string::npos ? fmt::format("{} x\n", directive.name)
                                   : example.substr(at, example.find('\n', at) - at) + "\n";
}

TEST(HtaccessGrammar, HoldsTheDirectivesOfOneList) {
    for (const auto& directive : config::directives()) {
        const auto* const permitted =
            std::ranges::find(kPermitted, directive.name, &Permitted::directive);
        const bool is_permitted = permitted != std::end(kPermitted);
        EXPECT_EQ((directive.where & config::kHtaccess) != 0, is_permitted) << directive.name;
        EXPECT_EQ(directive.override, is_permitted ? permitted->by : classes::kNone)
            << directive.name;
    }
}

TEST(HtaccessGrammar, RefusesAllOthers) {
    for (const auto& directive : config::directives()) {
        if ((directive.where & config::kHtaccess) != 0) {
            continue;
        }
        const auto problem = problem_of(example_of(directive));
        EXPECT_TRUE(problem.starts_with(
            fmt::format("/srv/.htaccess:1: {}: not allowed here", directive.name)
        )) << problem;
        // Nor does AllowOverrideList help.
        EXPECT_NE(problem_of(example_of(directive), kEverything, {std::string(directive.name)}), "")
            << directive.name;
    }
}

TEST(HtaccessGrammar, PermitsByClassOrByName) {
    for (const auto& directive : config::directives()) {
        if ((directive.where & config::kHtaccess) == 0) {
            continue;
        }
        const auto line = example_of(directive);
        for (const classes::Bits one :
             {classes::kAuthConfig,
              classes::kFileInfo,
              classes::kIndexes,
              classes::kLimit,
              classes::kOptions}) {
            const auto problem = problem_of(line, {one, std::nullopt});
            EXPECT_EQ(
                problem.find(": not allowed here") == std::string::npos,
                (directive.override & one) != 0
            ) << line
              << problem;
        }
        const AllowOverride nothing;
        EXPECT_NE(problem_of(line, nothing), "") << line;
        EXPECT_EQ(problem_of(line, nothing, {std::string(directive.name)}), problem_of(line));
        EXPECT_NE(problem_of(line, nothing, {"Unrelated"}), "") << line;
    }
}

TEST(HtaccessGrammar, IgnoresOnlyWhatApacheReadsHere) {
    // core, mod_autoindex, mod_mime and mod_negotiation: what counts for a directory.
    const std::set<std::string_view> fine = {
        "AddAlt",
        "AddAltByEncoding",
        "AddAltByType",
        "AddCharset",
        "AddDescription",
        "AddIcon",
        "AddIconByEncoding",
        "AddIconByType",
        "AddLanguage",
        "ContentDigest",
        "DefaultIcon",
        "DefaultLanguage",
        "EnableMMAP",
        "EnableSendfile",
        "ForceLanguagePriority",
        "HeaderName",
        "IndexHeadInsert",
        "IndexIgnore",
        "IndexIgnoreReset",
        "IndexOptions",
        "IndexOrderDefault",
        "IndexStyleSheet",
        "LanguagePriority",
        "ReadmeName",
        "RemoveCharset",
        "RemoveLanguage",
    };
    for (const auto& foreign : config::foreign_directives()) {
        EXPECT_EQ(
            problem_of(fmt::format("{} On\n", foreign.name)).empty(), fine.contains(foreign.name)
        ) << foreign.name;
    }
    EXPECT_NE(
        problem_of("LoadModule a b\n").find("LoadModule: not allowed here"), std::string::npos
    );
}

TEST(HtaccessGrammar, HasSectionsAboutFilesAndConditionsOnly) {
    EXPECT_EQ(problem_of("<Files a>\nForceType a/b\n</Files>\n"), "");
    EXPECT_EQ(problem_of("<FilesMatch a>\n<If \"true\">\n</If>\n</FilesMatch>\n"), "");
    EXPECT_EQ(problem_of("<IfModule mod_env.c>\nForceType a/b\n</IfModule>\n"), "");
    EXPECT_EQ(problem_of("<IfModule mod_none.c>\nListen 80\n</IfModule>\n"), "");
    EXPECT_EQ(problem_of("<IfVersion >= 2.4>\n</IfVersion>\n"), "");
    for (const std::string_view name :
         {"Directory /",
          "DirectoryMatch /",
          "Location /",
          "LocationMatch /",
          "VirtualHost *",
          "Macro a",
          "IfFile /etc/passwd"}) {
        const auto bare = name.substr(0, name.find(' '));
        EXPECT_EQ(
            problem_of(fmt::format("<{}>\nSetHandler x\n</{}>\n", name, bare))
                .starts_with(fmt::format("/srv/.htaccess:1: <{}>", bare)),
            true
        ) << name;
        EXPECT_NE(
            problem_of(fmt::format("<{}>\n</{}>\n", name, bare)).find("not allowed here"),
            std::string::npos
        ) << name;
    }
    EXPECT_NE(problem_of("<Files a>\nListen 80\n</Files>\n"), "");
}

TEST(HtaccessGrammar, DoesNotTellWhichFilesThereAre) {
    EXPECT_EQ(
        problem_of("<IfFile /etc/passwd>\n</IfFile>\n"),
        problem_of("<IfFile /nowhere>\n</IfFile>\n")
    );
    EXPECT_NE(problem_of("<If \"file('/etc/passwd') =~ /root/\">\n</If>\n"), "");
    EXPECT_NE(problem_of("<If \"filesize('/etc/passwd') -gt 1\">\n</If>\n"), "");
    EXPECT_NE(problem_of("<If \"-f '/etc/passwd'\">\n</If>\n"), "");
}

TEST(HtaccessGrammar, DoesNotSeeTheEnvironmentOfTheServer) {
    ASSERT_NE(::getenv("PATH"), nullptr);
    const auto settings = settings_in("ErrorDocument 404 \"x${PATH}\"\nSetHandler ${PATH}\n");
    EXPECT_EQ(settings.error_documents.at(404).text, "x${PATH}");
    EXPECT_EQ(settings.handler, "${PATH}");
    const auto config = read("<Files ${PATH}>\n</Files>\n");
    ASSERT_TRUE(config);
    EXPECT_EQ(config->sections.at(0).pattern, "${PATH}");
}

// In Apache, osenv() and %{ENV:NAME} show what the server was started with.
TEST(HtaccessGrammar, T56ExpressionsDoNotSeeTheEnvironmentOfTheServer) {
    for (const std::string_view file :
         {"<If \"osenv('PATH') == 'x'\">\n</If>\n",
          "<If \"-n 'a' . %{osenv:PATH}\">\n</If>\n",
          "<Files x>\n<If \"osenv('PATH') == 'x'\">\n</If>\n</Files>\n",
          "SetEnvIfExpr \"osenv('PATH') =~ /(.*)/\" x=$1\n",
          "Require expr osenv('PATH') == 'x'\n",
          "RewriteCond expr \"osenv('PATH') =~ /(.*)/\"\n",
          "ErrorDocument 404 \"%{osenv:PATH}\"\n",
          "Redirect \"http://e/%{osenv:PATH}\"\n"}) {
        const auto problem = problem_of(file);
        EXPECT_NE(problem.find("\"osenv\" is refused in .htaccess"), std::string::npos)
            << file << problem;
        EXPECT_NE(problem.find("SetEnvIf Request_URI . NAME=${NAME}"), std::string::npos);
    }
    const auto settings =
        settings_in("ErrorDocument 404 \"%{env:PATH}%{ENV:PATH}\"\nPassEnv PATH\n");
    test::FakeWalk fake;
    const auto& document = settings.error_documents.at(404);
    EXPECT_EQ(site::value_of(*document.expression, fake.walk).value_or("?"), "");
    fake.walk.environment.set("PATH", "of the request ");
    EXPECT_EQ(
        site::value_of(*document.expression, fake.walk).value_or("?"),
        "of the request of the request "
    );
    EXPECT_EQ(settings.environment.fixed.at(0).value, "");
}

// As in Apache, of the names as they are when the server's configuration has been read. Their
// values are not its business: one may be a password.
TEST(HtaccessGrammar, SeesWhichNamesTheServerDefines) {
    const auto server = config::parse_text(
        "Listen 80\nDefine early\nDefine gone\nDefine word value\nUnDefine gone\nDefine late\n",
        "site.conf",
        {.defines = {"line"}}
    );
    ASSERT_TRUE(server) << server.error().what;
    const auto says = [&](std::string_view condition) {
        const auto config = config::parse_htaccess(
            fmt::format("<IfDefine {}>\nSetHandler yes-${{word}}\n</IfDefine>\n", condition),
            "/srv/.htaccess",
            kEverything,
            {},
            {.defines = server->definitions}
        );
        EXPECT_TRUE(config) << config.error().what;
        const auto index = config->hosts.at(0).defaults;
        return index == config::VirtualHost::kNoSection
                   ? "no"
                   : config->sections.at(index).settings.handler.value_or("no");
    };
    for (const auto* const name : {"line", "early", "late", "word", "!gone", "!never"}) {
        EXPECT_EQ(says(name), "yes-${word}") << name;
    }
    for (const auto* const name : {"gone", "never", "!line"}) {
        EXPECT_EQ(says(name), "no") << name;
    }
    EXPECT_NE(problem_of("Define mine\n"), "");
    EXPECT_NE(problem_of("UnDefine early\n"), "");
}

// Seen with Apache 2.4: what is listed may be switched on and off, and a line without signs still
// switches off what is not.
TEST(HtaccessGrammar, SwitchesPermittedOptionsOnly) {
    const AllowOverride indexes{classes::kOptions, config::option::kIndexes};
    for (const std::string_view fine :
         {"Indexes", "+Indexes", "-Indexes", "None", "+Indexes -Indexes"}) {
        EXPECT_EQ(problem_of(fmt::format("Options {}\n", fine), indexes), "") << fine;
    }
    for (const std::string_view wrong :
         {"ExecCGI", "+ExecCGI", "-ExecCGI", "All", "+FollowSymLinks", "Indexes MultiViews"}) {
        EXPECT_NE(
            problem_of(fmt::format("Options {}\n", wrong), indexes).find("not allowed here"),
            std::string::npos
        ) << wrong;
    }
    EXPECT_EQ(
        problem_of("Options +ExecCGI\n", indexes),
        "/srv/.htaccess:1: Options: \"+ExecCGI\" not allowed here; AllowOverride of this directory "
        "permits Indexes"
    );
    const AllowOverride all{classes::kOptions, config::option::kAll};
    EXPECT_EQ(problem_of("Options +ExecCGI +FollowSymLinks\n", all), "");
    EXPECT_NE(problem_of("Options +MultiViews\n", all), "");
    EXPECT_NE(problem_of("Options +SymLinksIfOwnerMatch\n", all), "");
    EXPECT_EQ(problem_of("Options +MultiViews\n", {classes::kOptions, std::nullopt}), "");
    EXPECT_NE(problem_of("<Files a>\nOptions +ExecCGI\n</Files>\n", indexes), "");
}

TEST(HtaccessGrammar, EndsAtTheFirstProblem) {
    EXPECT_EQ(
        problem_of("SetHandler a\nnonsense\nmore\n"),
        "/srv/.htaccess:2: unknown directive \"nonsense\""
    );
    EXPECT_EQ(
        problem_of("<Files a>\n"), "/srv/.htaccess:1: <Files> is never closed; write </Files>"
    );
}

TEST(HtaccessGrammar, HasBounds) {
    const auto times = [](int count, std::string_view text) {
        std::string out;
        for (int i = 0; i < count; ++i) {
            out.append(text);
        }
        return out;
    };
    const auto nested = [&](int depth) {
        return times(depth, "<If \"true\">\n") + times(depth, "</If>\n");
    };
    EXPECT_EQ(problem_of(nested(64)), "");
    EXPECT_NE(problem_of(nested(65)).find("more than 64 sections"), std::string::npos);
    EXPECT_EQ(problem_of(times(1000, "<Files a>\n</Files>\n")), "");
    EXPECT_NE(problem_of(times(1001, "<Files a>\n</Files>\n")), "");
    std::string extensions;
    for (int i = 0; i < 1000; ++i) {
        extensions += fmt::format(" .e{}", i);
    }
    EXPECT_EQ(problem_of("AddType a/b" + extensions + "\nAddHandler a" + extensions), "");
    EXPECT_NE(problem_of("AddType a/b" + extensions + " .one"), "");
    constexpr std::string_view kLarge = "RedirectMatch ((ab){60}c){60} /\n";
    EXPECT_EQ(problem_of(kLarge), "");
    EXPECT_NE(problem_of(times(1000, kLarge)).find("become too large"), std::string::npos);
    EXPECT_EQ(problem_of(times(10000, "RedirectMatch ^/a/b$ /\n")), "");
    EXPECT_EQ(problem_of("DirectoryIndex" + times(100, " a")), "");
    EXPECT_NE(problem_of("DirectoryIndex" + times(100, " a") + "\nDirectoryIndex a"), "");
}

// Each client that does not read would hold them.
TEST(Htaccess, CannotFillHeadsAndPages) {
    const auto filled = [](std::string_view line, std::size_t size, std::string_view start) {
        std::string value(start);
        value.resize(size, 'x');
        return fmt::format(fmt::runtime(line), value);
    };
    struct Case {
        std::string_view line;
        std::string_view start;
        std::size_t most;
        std::string_view about;
    };
    for (const Case& at : {
             Case{"Redirect /a {}\n", "http://a/", 8192, "Redirect: a URL"},
             Case{"RedirectMatch ^/a {}\n", "http://a/", 8192, "RedirectMatch: a URL"},
             Case{"RedirectTemp /a {}\n", "http://a/", 8192, "RedirectTemp: a URL"},
             Case{"ErrorDocument 404 {}\n", "http://a/", 8192, "ErrorDocument: a URL"},
             Case{"ErrorDocument 404 {}\n", "/a", 8192, "ErrorDocument: a URL path"},
             Case{"ErrorDocument 404 {}\n", "text", 16384, "ErrorDocument: a text"},
             Case{"FallbackResource {}\n", "/a", 8192, "a URL path"},
             Case{"AddType {} .a\n", "a/b", 1024, "AddType: a type or handler"},
             Case{"AddHandler {} .a\n", "a", 1024, "AddHandler: a type or handler"},
             Case{"ForceType {}\n", "a/b", 1024, "it"},
             Case{"SetHandler {}\n", "a", 1024, "it"},
             Case{"RewriteRule a - [T={}]\n", "a/b", 1024, "a type"},
         }) {
        EXPECT_EQ(problem_of(filled(at.line, at.most, at.start)), "") << at.about;
        const auto problem = problem_of(filled(at.line, at.most + 1, at.start));
        EXPECT_TRUE(problem.starts_with("/srv/.htaccess:1: ")) << problem.substr(0, 200);
        EXPECT_NE(
            problem.find(
                fmt::format("{} may have {} bytes; this one has {}", at.about, at.most, at.most + 1)
            ),
            std::string::npos
        ) << problem.substr(problem.size() > 200 ? problem.size() - 200 : 0);
    }
}

}  // namespace
