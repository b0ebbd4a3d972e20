// The rows of the tables: each example is read, each bound holds on both sides, the documentation
// is current.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "core/config/configuration_parser.h"
#include "core/config/dump.h"
#include "core/config/language/directive.h"

namespace {

constexpr std::string_view kListen = "Listen 127.0.0.1:1\n";

// "" when `text` is a fine configuration, else what is wrong with it.
std::string problems_of(std::string_view text) {
    const auto config = config::parse_text(std::string(kListen).append(text), "t.conf");
    return config ? std::string() : config.error().what;
}

// Directives that are shown under another name, or not at all because they are about the text.
bool is_shown(const config::Directive& directive) {
    return directive.value.show != nullptr && directive.name != "RedirectPermanent" &&
           directive.name != "RedirectTemp";
}

TEST(Directives, ExamplesAreRead) {
    for (const auto& directive : config::directives()) {
        if (directive.name == "Include" || directive.name == "Error") {
            continue;  // one needs a file, the other is there to fail
        }
        EXPECT_EQ(problems_of(fmt::format("{}\n", directive.example)), "") << directive.name;
        if ((directive.where & config::kVirtualHost) != 0) {
            EXPECT_EQ(
                problems_of(fmt::format("<VirtualHost *>\n{}\n</VirtualHost>\n", directive.example)
                ),
                ""
            ) << directive.name;
        }
    }
}

TEST(Directives, ExamplesAreShownAgain) {
    for (const auto& directive : config::directives()) {
        if (!is_shown(directive)) {
            continue;
        }
        const auto config =
            config::parse_text(fmt::format("{}{}\n", kListen, directive.example), "t.conf");
        ASSERT_TRUE(config) << directive.name;
        EXPECT_NE(config::dump(*config).find(fmt::format("{} ", directive.name)), std::string::npos)
            << directive.name;
    }
}

TEST(Directives, OfTheServerAreRefusedInVirtualHosts) {
    for (const auto& directive : config::directives()) {
        if ((directive.where & config::kServer) != 0 &&
            (directive.where & config::kVirtualHost) == 0) {
            EXPECT_EQ(
                problems_of(fmt::format("<VirtualHost *>\n{}\n</VirtualHost>\n", directive.example)
                ),
                fmt::format(
                    "t.conf:3: {}: cannot occur within <VirtualHost> section; move it outside",
                    directive.name
                )
            );
        }
    }
}

TEST(Directives, HaveTheirNumberOfArguments) {
    for (const auto& directive : config::directives()) {
        const auto words = directive.value.words_max;
        if (directive.value.words_min > 0) {
            EXPECT_NE(problems_of(fmt::format("{}\n", directive.name)), "") << directive.name;
        }
        if (words != config::kAnyNumber && words != config::kRestOfLine) {
            EXPECT_NE(problems_of(fmt::format("{} a b c d e f\n", directive.name)), "")
                << directive.name;
        }
    }
}

TEST(Directives, AreFoundWhateverTheirCase) {
    ASSERT_NE(config::find("wsgiscriptALIAS"), nullptr);
    EXPECT_EQ(config::find("wsgiscriptALIAS")->name, "WSGIScriptAlias");
    EXPECT_EQ(config::find("WSGIScript"), nullptr);
}

TEST(Directives, AreSuggestedWhenNear) {
    EXPECT_EQ(config::suggest_directive("WSGIScriptAlais"), "; did you mean \"WSGIScriptAlias\"?");
    EXPECT_EQ(
        config::suggest_directive("wsgidaemonproces"), "; did you mean \"WSGIDaemonProcess\"?"
    );
    EXPECT_EQ(config::suggest_directive("Lisen"), "; did you mean \"Listen\"?");
    EXPECT_EQ(config::suggest_directive("Colour"), "");
    EXPECT_EQ(config::suggest_directive(std::string(100'000, 'x')), "");
}

struct Bound {
    const char* line;  // "%" is where the value goes
    std::vector<const char*> accepted;
    std::vector<const char*> refused;
};

const std::vector<Bound> kBounds = {
    {"CustomLog %",
     {"/l common",
      "l combined",
      "/l mine",
      "/l \"%h\"",
      "/l common env=a",
      "/l common env=!a",
      "/l common \"expr=%{REQUEST_URI} == '/'\""},
     {"/l",
      "|/bin/x common",
      "syslog common",
      "/l \"\"",
      "/l %Z",
      "/l common env=",
      "/l common a=b",
      "/l common expr=="}},
    {"ErrorLog %",
     {"/var/log/e", "e", "syslogs"},
     {"syslog", "syslog:local1", "|/bin/x", "\"| /bin/x\"", "\"\""}},
    {"Group %", {"www-data", "#0", "#4294967294"}, {"\"\"", "#", "#x", "#-1", "#4294967295"}},
    {"KeepAlive %", {"On", "oFF", "on"}, {"yes", "1", "\"\"", "Onn"}},
    {"KeepAliveTimeout %",
     {"1", "3600"},
     {"0", "3601", "-1", "5s", "500ms", "\"\"", "1.5", "+5", "0x5"}},
    {"LimitRequestBody %",
     {"0", "1", "9007199254740992"},
     {"-1", "9007199254740993", "1k", "99999999999999999999"}},
    {"LimitRequestFieldSize %", {"256", "1048576"}, {"255", "1048577", "0"}},
    {"LimitRequestFields %", {"1", "32767"}, {"0", "32768"}},
    {"LimitRequestLine %", {"256", "1048576"}, {"255", "1048577", "0"}},
    {"Listen %",
     {"0",
      "8000",
      "65535",
      "*:80",
      "127.0.0.1:0",
      "[::1]:80",
      "localhost:80",
      "80 http",
      "80 HTTP",
      "[::]:80"},
     {"65536",
      "-1",
      "x",
      "127.0.0.1",
      "127.0.0.1:",
      "1.2.3.4.5:80",
      "256.0.0.1:80",
      "::1:80",
      "[::1]",
      "[::g]:80",
      ":80",
      "a/b:80",
      "443 https",
      "127.0.0.1:1",
      "\"\""}},
    {"LogLevel %",
     {"emerg",
      "alert",
      "crit",
      "error",
      "warn",
      "notice",
      "info",
      "debug",
      "trace1",
      "trace8",
      "WARN",
      "warn wsgi:debug",
      "ssl:warn",
      "wsgi_module:info"},
     {"loud", "wsgi:loud", "ssl:loud", ":warn", "warn:", "trace9", "\"\""}},
    {"MaxKeepAliveRequests %", {"0", "1", "1073741824"}, {"-1", "1073741825", "x"}},
    {"PidFile %", {"/run/h.pid", "h.pid"}, {"\"\""}},
    {"RequestReadTimeout %",
     {"header=1",
      "header=3600",
      "header=20-40",
      "header=20,MinRate=500",
      "HEADER=20-40,minrate=500 Body=0",
      "body=20,MinRate=1",
      "handshake=0 header=20-40,MinRate=500 body=20,MinRate=500"},
     {"header=0",
      "header=3601",
      "header=40-20",
      "header=20-",
      "header=20,500",
      "header=20,MinRate=0",
      "hands=5",
      "body",
      "20",
      "header=",
      "header"}},
    {"ServerAdmin %", {"a@b.c"}, {"\"\""}},
    {"ServerAlias %",
     {"a", "a.b *.c", "?.d", "[::1]"},
     {"a:80", "http://a", "\"\"", "a/b", "\"a b\""}},
    {"ServerName %",
     {"a", "a.b:80", "a:65535", "a_b-c.d", "[::1]:80", "https://a:80"},
     {"ftp://a", "*.a", "a:0", "a:65536", "a:", ":80", "a/b", "\"\"", "a:x"}},
    {"ServerRoot %", {"/etc/hoopsnake", "."}, {"\"\""}},
    {"ServerThreads %", {"0", "1", "64"}, {"65", "-1"}},
    {"StartServers %", {"1", "64"}, {"0", "65"}},
    {"ThreadsPerChild %", {"1", "512"}, {"0", "513"}},
    {"Timeout %", {"1", "86400"}, {"0", "86401"}},
    {"UseCanonicalName %", {"On", "Off"}, {"DNS", "maybe"}},
    {"User %\nAllowRoot On", {"www-data", "root", "#0"}, {"\"\"", "#", "#4294967295", "#x"}},
    {"User %",
     {"www-data", "#1", "#4294967294", "rooty"},
     {"root", "#0", "#00", "\"\"", "#", "#4294967295", "#x"}},
    {"WSGIApplicationGroup %",
     {"a", "%{GLOBAL}", "%{SERVER}", "%{HOST}", "%{RESOURCE}", "foo-%{SERVER}"},
     {"\"\"", "%{ENV:}", "%{ENV:X"}},
    {"WSGICallableObject %", {"app", "%{ENV:X}"}, {"\"\"", "%{ENV:}", "%", "%{GLOBAL}"}},
    {"WSGIDaemonProcess %",
     {"a", "bob:1", "'a b'"},
     {"\"\"",
      "processes=2",
      "umask=022",
      "a b",
      "a processes = 2",
      "a colour=red",
      "a Processes=2",
      "a =",
      "a =1"}},
    {"WSGIDaemonProcess a display-name=%", {"x", "%{GROUP}", "'two words'"}, {""}},
    {"WSGIDaemonProcess a group=%", {"www-data", "#0"}, {"", "#x"}},
    {"WSGIDaemonProcess a home=%", {"/", "/srv"}, {"", "srv", "./srv"}},
    {"WSGIDaemonProcess a new-privileges=%", {"On", "Off"}, {"", "yes", "1"}},
    {"WSGIDaemonProcess a pass-environment=%",
     {"A", "A:B_*", "*"},
     {"", ":", "A:", ":A", "A::B", "A=b", "A=", "*A", "A*B"}},
    {"WSGIDaemonProcess a processes=%", {"1", "1024"}, {"", "0", "1025", "-1", "abc", "2x"}},
    {"WSGIDaemonProcess a python-home=%", {"/srv/venv", "venv"}, {""}},
    {"WSGIDaemonProcess a python-path=%",
     {"/a", "/a:/b", "a:b"},
     {"", ":", "/a:", ":/a", "/a::/b"}},
    {"WSGIDaemonProcess a receive-buffer-size=%",
     {"0", "512", "1073741824"},
     {"", "1", "511", "1073741825", "1k"}},
    {"WSGIDaemonProcess a script-group=%", {"www-data", "root", "#0"}, {"", "#", "#x"}},
    {"WSGIDaemonProcess a script-user=%", {"www-data", "root", "#0"}, {"", "#", "#x"}},
    {"WSGIDaemonProcess a send-buffer-size=%",
     {"0", "512", "1073741824"},
     {"", "1", "511", "1073741825", "1k"}},
    {"WSGIDaemonProcess a stack-size=%",
     {"65536", "1073741824"},
     {"", "0", "16383", "1073741825", "1M"}},
    {"WSGIDaemonProcess a threads=%", {"1", "512"}, {"", "0", "513", "abc", "3x"}},
    {"WSGIDaemonProcess a user=%", {"www-data", "#1"}, {"", "root", "#0", "#"}},
    {"WSGIDispatchScript %",
     {"/srv/d.py",
      "/srv/d.py application-group=a",
      "/srv/d.py application-group=%{GLOBAL}",
      "/srv/d.py application-group=%{SERVER}"},
     {"\"\"",
      "/srv/d.py process-group=a",
      "/srv/d.py application-group=",
      "/srv/d.py application-group=%{RESOURCE}",
      "/srv/d.py application-group=%{ENV:X}"}},
    {"WSGIImportScript %",
     {"/srv/i.py process-group=%{GLOBAL} application-group=a",
      "/srv/i.py application-group=%{GLOBAL} process-group=%{GLOBAL}"},
     {"/srv/i.py",
      "/srv/i.py process-group=%{GLOBAL}",
      "/srv/i.py application-group=a",
      "/srv/i.py process-group=nosuch application-group=a",
      "/srv/i.py process-group=%{HOST} application-group=a",
      "/srv/i.py process-group=%{GLOBAL} application-group=%{RESOURCE}",
      "/srv/i.py process-group=%{GLOBAL} application-group=a callable-object=b"}},
    {"WSGIPassAuthorization %", {"On", "off"}, {"maybe"}},
    {"WSGIProcessGroup %",
     {"%{GLOBAL}", "%{SERVER}", "%{HOST}", "%{RESOURCE}", "%{ENV:X}"},
     {"\"\"", "%{ENV:X", "unknown", "%{OTHER}"}},
    {"WSGIPythonHome %", {"/srv/venv", "venv"}, {"\"\""}},
    {"WSGIPythonPath %", {"/a", "/a:/b"}, {"\"\"", ":", "/a:"}},
    {"WSGIScriptAlias %",
     {"/ /a", "/a /b/ process-group=%{GLOBAL}", "/ app.wsgi"},
     {"/", "a /b", "\"\" /b", "/a \"\"", "/a /b c", "/a /b colour=red", "/a /b Process-Group=x"}},
    {"WSGIScriptAlias / /a application-group=%", {"x", "%{GLOBAL}", "%{ENV:X}"}, {"", "%{ENV:"}},
    {"WSGIScriptAlias / /a callable-object=%", {"x"}, {"", "%"}},
    {"WSGIScriptAlias / /a pass-authorization=%", {"On", "OFF"}, {"", "maybe"}},
    {"WSGIScriptAlias / /a process-group=%",
     {"%{GLOBAL}", "%{SERVER}", "%{ENV:X}"},
     {"", "unknown", "%{ENV:"}},
};

std::string with_value(const Bound& bound, std::string_view value) {
    std::string line = bound.line;
    return line.replace(line.find('%'), 1, value).append("\n");
}

TEST(Directives, AcceptWhatIsInsideTheirBounds) {
    for (const auto& bound : kBounds) {
        for (const auto* value : bound.accepted) {
            EXPECT_EQ(problems_of(with_value(bound, value)), "") << with_value(bound, value);
        }
    }
}

TEST(Directives, RefuseWhatIsOutsideAndSayWhere) {
    for (const auto& bound : kBounds) {
        const std::string_view line = bound.line;
        for (const auto* value : bound.refused) {
            const auto problems = problems_of(with_value(bound, value));
            EXPECT_TRUE(
                problems.starts_with(fmt::format("t.conf:2: {}: ", line.substr(0, line.find(' '))))
            ) << with_value(bound, value)
              << problems;
        }
    }
}

// The first words of all lines of the golden configurations.
std::set<std::string> golden_lines() {
    std::set<std::string> words;
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(HOOPSNAKE_SOURCE_DIR "/tests/golden/config"
         )) {
        std::ifstream file(entry.path());
        for (std::string line; std::getline(file, line);) {
            std::istringstream in(line);
            std::string word;
            in >> word;
            words.insert(word);
        }
    }
    return words;
}

TEST(Directives, HaveTestedBounds) {
    const auto is_tested = [](std::string_view start) {
        return std::ranges::any_of(kBounds, [&](const Bound& bound) {
            return std::string_view(bound.line).starts_with(start);
        });
    };
    // A golden file shows what is read and what is refused, too.
    const auto golden = golden_lines();
    for (const auto& directive : config::directives()) {
        EXPECT_TRUE(
            is_tested(fmt::format("{} %", directive.name)) ||
            golden.contains(std::string(directive.name))
        ) << directive.name;
    }
    for (const auto& option : config::daemon_options()) {
        EXPECT_TRUE(is_tested(fmt::format("WSGIDaemonProcess a {}=%", option.name))) << option.name;
    }
    for (const auto& option : config::alias_options()) {
        EXPECT_TRUE(is_tested(fmt::format("WSGIScriptAlias / /a {}=%", option.name)))
            << option.name;
    }
}

TEST(Directives, AreDocumentedInDirectivesMd) {
    std::ifstream file(HOOPSNAKE_SOURCE_DIR "/core/config/DIRECTIVES.md", std::ios::binary);
    const std::string written(std::istreambuf_iterator<char>(file), {});
    EXPECT_TRUE(written == config::directives_markdown())
        << "write it again: hoopsnake -L > core/config/DIRECTIVES.md";
}

}  // namespace
