// SetEnv, SetEnvIf and their kin at work. What is expected is what Apache 2.4 and mod_wsgi do with
// the same lines; where we differ, a comment says so.
#include "core/site/conditions/environment.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/unit/config/section_lines.h"
#include "tests/unit/site/fake_walk.h"

namespace test {
namespace {

using LineKind = SectionLines::Kind;

// "name=value ..." in the order of the names.
std::string text_of_variables(const site::Walk& walk) {
    auto items = walk.environment.items();
    std::ranges::sort(items);
    std::string out;
    for (const auto& [name, value] : items) {
        out += fmt::format("{}{}={}", out.empty() ? "" : " ", name, value);
    }
    return out;
}

// All phases, with the rules of the server and of one section.
base::Result<> apply(SectionLines& server, SectionLines& section, site::Walk& walk) {
    TRY(site::set_early_variables(server.settings().environment, walk));
    auto merged = server.settings();
    merged.overlay(section.settings());
    TRY(site::set_section_variables(merged.environment, walk));
    site::set_fixed_variables(merged.environment, walk);
    return {};
}

std::string variables(std::string_view server_text, std::string_view section_text, LineKind kind) {
    SectionLines server(LineKind::kServer);
    SectionLines section(kind);
    EXPECT_EQ(server.read(server_text), "");
    EXPECT_EQ(section.read(section_text), "");
    FakeWalk fake(
        {{"Host", "main.example"},
         {"User-Agent", "Mozilla/5.0"},
         {"X-A", "1"},
         {"X-B", "2"},
         {"Dup", "1"},
         {"Dup", "2"},
         {"Empty", ""}}
    );
    EXPECT_TRUE(apply(server, section, fake.walk));
    return text_of_variables(fake.walk);
}

std::string of_section(std::string_view text) { return variables("", text, LineKind::kDirectory); }
std::string of_server(std::string_view text) { return variables(text, "", LineKind::kDirectory); }
std::string of_htaccess(std::string_view text) { return variables("", text, LineKind::kHtaccess); }

struct Condition {
    const char* lines;
    const char* variables;
};

TEST(Environment, SetEnvIfLooksAtAttributes) {
    const std::vector<Condition> rows = {
        {"SetEnvIf Remote_Addr (.*) a=$1", "a=192.0.2.7"},
        {"SetEnvIf Remote_Host (.*) a=$1", "a=192.0.2.7"},
        {"SetEnvIf REMOTE_ADDR ^192\\.0\\.2\\. a", "a=1"},
        {"SetEnvIf Server_Addr (.*) a=$1", "a=198.51.100.1"},
        {"SetEnvIf Request_Method (.*) a=$1", "a=GET"},
        {"SetEnvIf request_protocol (.*) a=$1", "a=HTTP/1.1"},
        {"SetEnvIf Request_URI (.*) a=$1", "a=/a b/c"},  // without the query
        {"SetEnvIf host (.*) a=$1", "a=main.example"},
        {"SetEnvIf Dup (.*) a=$1", "a=1, 2"},
        {"SetEnvIf ^X-[AB]$ .+ a=$0", "a=2"},
        {"SetEnvIf ^x-[ab]$ (.+) a=$1", "a=2"},  // Apache looks at the case
        {"SetEnvIf ^Y- ^$ a", "a=1"},
        {"SetEnvIf None ^$ a", "a=1"},
        {"SetEnvIf Empty ^$ a", "a=1"},
        {"SetEnvIf None . a", ""},
        {"SetEnvIf Remote_Foo ^$ a", "a=1"},
        {"BrowserMatch ^Mozilla/(.) a=$1", "a=5"},
        {"BrowserMatch ^mozilla a", ""},
        {"BrowserMatchNoCase ^mozilla a", "a=1"},
        {"SetEnvIf Host MAIN a", ""},
        {"SetEnvIfNoCase Host MAIN a", "a=1"},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(of_section(row.lines), row.variables) << row.lines;
    }
}

TEST(Environment, SetEnvIfSetsAndRemoves) {
    const std::vector<Condition> rows = {
        {"SetEnvIf Host . a b=2 c= \"d=two words\"", "a=1 b=2 c=1 d=two words"},
        {"SetEnvIf Host . a b\nSetEnvIf Host . !a b=!x", ""},
        {"SetEnvIf Host . a a=2 A=3", "a=3"},
        {"SetEnvIf Host ^(m)(.*)$ a=$2-$1-$0-$3-&-$", "a=ain.example-m-main.example--&-$"},
        {"SetEnvIf Host (m) a=\\$1 b=\\\\x", "a=$1 b=x"},
        {"SetEnvIf Host main a=$0", "a=$0"},            // plain text captures nothing
        {"SetEnvIf Host main\\.example a=$0", "a=$0"},  // so does this
        {"SetEnvIf Host main.example a=$0", "a=main.example"},
        {"SetEnvIf Host . a\nSetEnvIf a 1 b=2\nSetEnvIf B 2 c", "a=1 b=2 c=1"},
        // Apache keeps the value of a variable for as long as lines name the same one.
        {"SetEnvIf a ^$ a\nSetEnvIf a 1 b", "a=1 b=1"},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(of_section(row.lines), row.variables) << row.lines;
    }
}

TEST(Environment, SetEnvIfExprAsksAnExpression) {
    const std::vector<Condition> rows = {
        {"SetEnvIfExpr \"%{REQUEST_METHOD} == 'GET'\" a b=2", "a=1 b=2"},
        {"SetEnvIfExpr \"%{REQUEST_METHOD} == 'POST'\" a", ""},
        {"SetEnvIfExpr \"req('Host') =~ /m(.*)n\\.e/\" a=$1-&", "a=ai-&"},
        {"SetEnvIfExpr true a=[$1]", "a=[]"},
        {"SetEnvIf Host . a\nSetEnvIfExpr \"reqenv('a') == '1'\" !a b", "b=1"},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(of_section(row.lines), row.variables) << row.lines;
    }
}

TEST(Environment, ComesInApachesOrder) {
    // SetEnv beats SetEnvIf, wherever it stands; UnsetEnv is about SetEnv alone.
    EXPECT_EQ(of_section("SetEnv a 1\nSetEnvIf Host . a=2 b=2\nUnsetEnv b"), "a=1 b=2");
    EXPECT_EQ(of_section("SetEnv a 1\nSetEnvIf a 1 b"), "a=1");
    // Outside of all sections the path is as it was sent.
    EXPECT_EQ(of_server("SetEnvIf Request_URI (.*) a=$1"), "a=/a%20b//c");
    // Sections come after the server.
    EXPECT_EQ(
        variables("SetEnvIf Host . a=1 b=1", "SetEnvIf a 1 !b c=3", LineKind::kDirectory), "a=1 c=3"
    );
    EXPECT_EQ(variables("SetEnv a 1\nSetEnv b 1", "UnsetEnv a", LineKind::kDirectory), "b=1");
    EXPECT_EQ(variables("SetEnv a 1", "SetEnv a", LineKind::kDirectory), "a=");
}

TEST(Environment, EarlyIsOnlyWhatStandsOutsideOfSections) {
    SectionLines section;
    ASSERT_EQ(section.read("SetEnvIf Host . a\n"), "");
    FakeWalk fake(Fields{{"Host", "h"}});
    ASSERT_TRUE(site::set_early_variables(section.settings().environment, fake.walk));
    EXPECT_EQ(text_of_variables(fake.walk), "");
    SectionLines server(LineKind::kServer);
    ASSERT_EQ(server.read("SetEnvIf Host . a\n"), "");
    ASSERT_TRUE(site::set_section_variables(server.settings().environment, fake.walk));
    EXPECT_EQ(text_of_variables(fake.walk), "");
}

// T-60: a regular expression that takes too long is neither a match nor none.
// In Apache, PassEnv of .htaccess shows all that the server was started with.
TEST(Environment, T56PassEnvOfHtaccessPassesWhatTheServerPassesThere) {
    const std::string path = ::getenv("PATH");
    EXPECT_EQ(of_server("PassEnv PATH"), "PATH=" + path);
    EXPECT_EQ(of_htaccess("PassEnv PATH"), "");
    EXPECT_EQ(variables("PassEnv PATH", "PassEnv PATH", LineKind::kHtaccess), "PATH=" + path);
    EXPECT_EQ(variables("PassEnv PATH", "PassEnv Path", LineKind::kHtaccess), "PATH=" + path);
    EXPECT_EQ(variables("SetEnv PATH own", "PassEnv PATH", LineKind::kHtaccess), "PATH=own");
    EXPECT_EQ(variables("PassEnv PATH", "UnsetEnv PATH", LineKind::kHtaccess), "");
    // Without anything around it, as well.
    SectionLines lines(LineKind::kHtaccess);
    ASSERT_EQ(lines.read("PassEnv PATH"), "");
    FakeWalk fake;
    site::set_fixed_variables(lines.settings().environment, fake.walk);
    EXPECT_EQ(text_of_variables(fake.walk), "");
}

TEST(Environment, T60DoesNotGoOnWithoutAVariable) {
    SectionLines section;
    ASSERT_EQ(section.read("\nSetEnvIf Long ^(a+)+$ is_bad\n"), "");
    FakeWalk fake(Fields{{"Long", std::string(5000, 'a') + "b"}});
    const auto applied = site::set_section_variables(section.settings().environment, fake.walk);
    ASSERT_FALSE(applied);
    EXPECT_EQ(
        applied.error().what,
        "command line:2: SetEnvIf Long ^(a+)+$ is_bad: its pattern takes too "
        "long, or all patterns of this request together do"
    );
}

// T-56, and case 73 of the specification.
struct Closed {
    const char* name;
    bool to_all;
};
const std::vector<Closed> kClosed = {
    {"REQUEST_METHOD", true},
    {"REQUEST_URI", true},
    {"REQUEST_SCHEME", true},
    {"QUERY_STRING", true},
    {"SCRIPT_NAME", true},
    {"PATH_INFO", true},
    {"SCRIPT_FILENAME", true},
    {"DOCUMENT_ROOT", true},
    {"SERVER_NAME", true},
    {"SERVER_PORT", true},
    {"SERVER_PROTOCOL", true},
    {"SERVER_SOFTWARE", true},
    {"SERVER_ADDR", true},
    {"SERVER_ADMIN", true},
    {"REMOTE_ADDR", true},
    {"REMOTE_PORT", true},
    {"CONTENT_LENGTH", true},
    {"CONTENT_TYPE", true},
    {"GATEWAY_INTERFACE", true},
    {"script_name", true},
    {"Path_Info", true},
    {"wsgi.version", true},
    {"wsgi.url_scheme", true},
    {"wsgi.input", true},
    {"wsgi.input_terminated", true},
    {"wsgi.errors", true},
    {"wsgi.file_wrapper", true},
    {"wsgi.multithread", true},
    {"wsgi.multiprocess", true},
    {"wsgi.run_once", true},
    {"mod_wsgi.process_group", true},
    {"mod_wsgi.anything", true},
    {"apache.version", true},
    {"REMOTE_USER", false},
    {"AUTH_TYPE", false},
    {"REMOTE_HOST", false},
    {"HTTP_HOST", false},
    {"http_x_remote_user", false},
    {"HTTP_", false},
    {"SSL_CLIENT_VERIFY", false},
    {"REDIRECT_REMOTE_USER", false},
};
const std::vector<const char*> kOpen = {
    "wsgi.extra",
    "HTTPS",
    "PROCESS_GROUP",
    "DJANGO_SETTINGS_MODULE",
    "SERVER_ENV",
    "REMOTE_POOL",
    "SCRIPT_NAMES",
    "PATH",
    "HTTPX",
    "wsgi.",
    "mod_wsgi",
    "x.HTTP_HOST",
    "REQUEST_ID",
};

TEST(Environment, T56ServersWordsStayAsTheyAre) {
    for (const auto& closed : kClosed) {
        EXPECT_EQ(site::may_set(closed.name, false), !closed.to_all) << closed.name;
        EXPECT_FALSE(site::may_set(closed.name, true)) << closed.name;
        for (const char* form :
             {"SetEnv {} x", "SetEnvIf Host . {}=x", "BrowserMatch . {}", "SetEnvIf Host . !{}"}) {
            const auto line = fmt::format(fmt::runtime(form), closed.name);
            EXPECT_EQ(of_htaccess(line), "") << line;
            if (closed.to_all) {
                EXPECT_EQ(of_section(line), "") << line;
                EXPECT_EQ(of_server(line), "") << line;
            }
        }
    }
    for (const char* name : kOpen) {
        EXPECT_EQ(of_htaccess(fmt::format("SetEnv {} x", name)), fmt::format("{}=x", name));
        EXPECT_EQ(of_section(fmt::format("SetEnvIf Host . {}", name)), fmt::format("{}=1", name));
    }
    // An administrator says who the user is, and .htaccess does not unsay it.
    EXPECT_EQ(
        variables(
            "SetEnvIf X-A (.+) REMOTE_USER=$1", "SetEnvIf Host . !REMOTE_USER", LineKind::kHtaccess
        ),
        "REMOTE_USER=1"
    );
}

// Specification 4.4: the order of %{ENV:name}.
TEST(Environment, OfTheRequestComesBeforeThatOfTheProcess) {
    config::Config config;
    FakeWalk fake;
    fake.walk.config = &config;
    fake.walk.environment.set("Group", "a");
    EXPECT_EQ(site::environment_value(config, fake.walk.environment, "GROUP"), "a");
    EXPECT_EQ(
        site::environment_value(config, fake.walk.environment, "NO_SUCH_VARIABLE"), std::nullopt
    );
    EXPECT_EQ(site::environment_value(config, fake.walk.environment, "PATH"), std::nullopt);
    config.process_variables = {"PATH"};
    EXPECT_NE(site::environment_value(config, fake.walk.environment, "PATH").value_or(""), "");
    fake.walk.environment.set("PATH", "mine");
    EXPECT_EQ(site::environment_value(config, fake.walk.environment, "PATH"), "mine");
}

}  // namespace
}  // namespace test
