// What -t finds in the things that a configuration names, and how it tells what it has found.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string>

#include "core/base/system/fd.h"
#include "tests/support/deadline.h"
#include "tests/support/e2e.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

namespace fs = std::filesystem;

class ConfigurationCheck : public E2e {
protected:
    Outcome check(const std::string& config) {
        const std::string whole = "Listen 127.0.0.1:0\n" + config;
        write_file(tmp() / "site.conf", substitute(whole + as_root_if_root(config)));
        return run({"-t", "-f", "${tmp}/site.conf"});
    }
    void expect_problem(const std::string& config, const std::string& expression) {
        const Outcome outcome = check(config);
        EXPECT_EQ(outcome.exit_code, 1) << config << outcome.err;
        EXPECT_TRUE(any_line_matches(outcome.err, "site\\.conf:" + expression))
            << expression << "\n"
            << outcome.err;
    }
};

// mod_wsgi: "Python home %s is not a directory."
TEST_F(ConfigurationCheck, MissesPythonInPythonHome) {
    fs::create_directory(tmp() / "empty");
    write_file(tmp() / "file", "");
    const std::string about = "2: WSGIDaemonProcess app: python-home=";
    expect_problem(
        "WSGIDaemonProcess app python-home=${tmp}/empty\n", about + ".*/empty is not a Python 3"
    );
    expect_problem(
        "WSGIDaemonProcess app python-home=${tmp}/file\n", about + ".*/file: Not a directory"
    );
    expect_problem("WSGIPythonHome ${tmp}/empty\n", "2: WSGIPythonHome: .*/empty is not a Python");
}

// Apache starts with none of them.
TEST_F(ConfigurationCheck, WantsDirectoriesWhereDirectoriesAreNamed) {
    write_file(tmp() / "file", "");
    expect_problem("DocumentRoot ${tmp}/file\n", "2: DocumentRoot: .*/file is no directory");
    expect_problem(
        "<VirtualHost *:*>\nDocumentRoot ${tmp}/file\n</VirtualHost>\n",
        "3: DocumentRoot: .*/file is no directory"
    );
    expect_problem("ServerRoot ${tmp}/file\n", "2: ServerRoot: .*/file is no directory");
    expect_problem("ServerRoot ${tmp}/none\n", "2: ServerRoot: .*/none does not exist");
}

TEST_F(ConfigurationCheck, TellsTheSameOnce) {
    write_file(tmp() / "some.conf", "KeepAliveTimeout soon\nServerAdmin ${NOWHERE}\n");
    const Outcome twice =
        check("Include ${tmp}/some.conf\nInclude ${tmp}/some.conf\nKeepAliveTimeout soon\n");
    EXPECT_EQ(count_of(twice.err, "some.conf:1: "), 1U) << twice.err;
    EXPECT_EQ(count_of(twice.err, "some.conf:2: "), 1U) << twice.err;
    EXPECT_EQ(count_of(twice.err, "site.conf:4: "), 1U) << twice.err;
    EXPECT_TRUE(any_line_matches(twice.err, "^2 problems$")) << twice.err;
    // Read as often as files may include each other.
    for (const bool is_test : {true, false}) {
        write_file(
            tmp() / "site.conf",
            substitute("Listen 127.0.0.1:8000\nKeepAliveTimeout soon\nInclude ${tmp}/site.conf\n")
        );
        const Outcome circle =
            is_test ? run({"-t", "-f", "${tmp}/site.conf"}) : run({"-f", "${tmp}/site.conf"});
        EXPECT_EQ(circle.exit_code, 1);
        EXPECT_EQ(count_of(circle.err, "site.conf:1: Listen"), 1U) << circle.err;
        EXPECT_EQ(count_of(circle.err, "site.conf:2: "), 1U) << circle.err;
        EXPECT_EQ(count_of(circle.err, " includes itself"), 1U) << circle.err;
    }
}

// As sites-enabled of a hosting company.
TEST_F(ConfigurationCheck, ReadsAnyNumberOfFilesThatALineIncludes) {
    fs::create_directory(tmp() / "sites");
    write_file(tmp() / "common.conf", "ServerAdmin a@example.com\n");
    for (int i = 0; i < 300; ++i) {
        write_file(
            tmp() / fmt::format("sites/{}.conf", i),
            substitute(fmt::format(
                "<VirtualHost *:*>\nServerName a{}\nInclude ${{tmp}}/common.conf\n</VirtualHost>\n",
                i
            ))
        );
    }
    const Outcome outcome = check("Include ${tmp}/sites/*.conf\n");
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err.substr(0, 500);
}

TEST_F(ConfigurationCheck, SaysWhichLineIncludesWhatCannotBeRead) {
    fs::create_directory(tmp() / "some");
    write_file(tmp() / "some/a.conf", "ServerAdmin a@example.com\n");
    fs::create_symlink("nowhere", tmp() / "some/b.conf");
    write_file(tmp() / "some/c.conf", "ServerAdmin c@example.com\n");
    expect_problem("Include ${tmp}/some\n", "2: Include: cannot read .*/some/b\\.conf: No such");
}

// Whoever reads it on a terminal is not to have it changed by what he reads.
TEST_F(ConfigurationCheck, EscapesWhatIsNoText) {
    const std::string config = "\x1b[31mEvil\x1b[0m x\n";
    const Outcome test = check(config);
    const Outcome start = start_expecting_error("Listen 127.0.0.1:0\n" + config);
    for (const std::string& said : {test.err, start.err}) {
        EXPECT_EQ(said.find('\x1b'), std::string::npos);
        EXPECT_TRUE(any_line_matches(said, R"(site\.conf:2: .*"\\x1b\[31mEvil\\x1b\[0m")")) << said;
    }
    write_file(
        tmp() / "site.conf",
        substitute(
            "Listen 127.0.0.1:0\n<VirtualHost *:*>\nServerName \"a\x1b[31mb\"\n"
            "DocumentRoot \"${tmp}/\x1b[31m\"\n</VirtualHost>\n" +
            as_root_if_root("")
        )
    );
    for (const std::vector<std::string>& tool :
         {std::vector<std::string>{"-S"}, {"explain", "http://x/"}}) {
        std::vector<std::string> arguments = tool;
        arguments.insert(arguments.end(), {"-f", "${tmp}/site.conf"});
        const Outcome outcome = run(arguments);
        EXPECT_EQ((outcome.out + outcome.err).find('\x1b'), std::string::npos) << tool.front();
    }
}

TEST_F(ConfigurationCheck, BoundsWhatALineMayBecome) {
    ServerOptions small;
    if (!is_sanitized()) {  // whose shadow needs more than any machine has
        small.limits[RLIMIT_AS] = std::size_t{512} << 20;
    }
    const auto check_small = [&](const std::string& config) {
        write_file(
            tmp() / "site.conf", substitute("Listen 127.0.0.1:0\n" + config) + as_root_if_root("")
        );
        return run({"-t", "-f", "${tmp}/site.conf"}, small);
    };
    std::string doubled = "Define A aaaaaaaaaaaaaaaa\n";
    for (int i = 0; i < 60; ++i) {
        doubled += "Define A ${A}${A}\n";
    }
    const Outcome one = check_small(doubled);
    EXPECT_EQ(one.exit_code, 1);
    EXPECT_TRUE(any_line_matches(one.err, R"(site\.conf:19: Define: .*longer than 1 MiB)"))
        << one.err.substr(0, 2000);

    std::string many = doubled.substr(0, doubled.find('\n') + 1);
    for (int i = 0; i < 15; ++i) {
        many += "Define A ${A}${A}\n";
    }
    for (int i = 0; i < 2000; ++i) {
        many += fmt::format("SetEnv A{} ${{A}}\n", i);
    }
    const Outcome all = check_small(many);
    EXPECT_EQ(all.exit_code, 1);
    EXPECT_TRUE(any_line_matches(all.err, R"(site\.conf:[0-9]+: SetEnv: .*more than 64 MiB)"))
        << all.err.substr(0, 2000);

    std::string body = "<Macro M $x>\nSetEnv B ";
    for (int i = 0; i < 100; ++i) {
        body += "$x";
    }
    const Outcome macro =
        check_small(many.substr(0, many.find("SetEnv")) + body + "\n</Macro>\nUse M ${A}\n");
    EXPECT_EQ(macro.exit_code, 1);
    EXPECT_TRUE(any_line_matches(macro.err, R"(site\.conf:[0-9]+: Use: the macro M .*16 MiB)"))
        << macro.err.substr(0, 2000);
}

// CPython wants 32 KiB of a stack for itself (threading.stack_size).
TEST_F(ConfigurationCheck, SaysTheLeastStack) {
    expect_problem(
        "WSGIDaemonProcess app stack-size=16384\n",
        "2: WSGIDaemonProcess: stack-size=16384: .*expected a number from 65536 to "
    );
    Server& server = start(
        "WSGIDaemonProcess app stack-size=65536\n"
        "WSGIScriptAlias / ${apps}/hello.py process-group=app\n"
    );
    EXPECT_EQ(server.get("/").body, "Hello, World!");
}

class ScriptThatIsNotThere : public E2e {};

// mod_wsgi logs it as an error, Apache a link that leads nowhere.
TEST_F(ScriptThatIsNotThere, IsAnErrorInTheLog) {
    fs::create_symlink("loop.wsgi", tmp() / "loop.wsgi");
    fs::create_symlink("loop.txt", tmp() / "loop.txt");
    Server& server = start(
        "LogLevel warn\nDocumentRoot ${tmp}\nWSGIScriptAlias /none ${tmp}/none.wsgi\n"
        "WSGIScriptAlias /loop ${tmp}/loop.wsgi\n"
    );
    EXPECT_EQ(server.get("/none").status, 404);
    expect_log(R"(:error\].*Target WSGI script not found or unable to stat: .*/none\.wsgi)");
    EXPECT_EQ(server.get("/loop").status, 403);
    expect_log(R"(:error\].*/loop\.wsgi)");
    EXPECT_EQ(server.get("/loop.txt").status, 403);
    expect_log(R"(:error\].*/loop\.txt)");
    // A client may ask for any number of files that never were.
    EXPECT_EQ(server.get("/none.txt").status, 404);
}

class LogIntoSocket : public E2e {};

// As under a supervisor of processes that reads what they say from a socket. Linux refuses to open
// /proc/self/fd/2 where that is one.
TEST_F(LogIntoSocket, ThatIsAStandardDescriptor) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
    const base::Fd ours(ends[0]);
    base::Fd theirs(ends[1]);
    ServerOptions options;
    options.wrapper = {"/bin/sh", "-c", fmt::format("exec \"$@\" 1>&{0} 2>&{0}", ends[1]), "sh"};
    Server& server = start(
        "ErrorLog /dev/stderr\nCustomLog /dev/stdout \"asked for %U\"\n"
        "WSGIScriptAlias / ${apps}/raises.py\n",
        options
    );
    theirs.reset();
    EXPECT_EQ(server.get("/x?at_call").status, 500);
    std::string said;
    std::array<char, 4096> block{};
    for (pollfd readable{ours.get(), POLLIN, 0}; said.find("asked for /x") == std::string::npos ||
                                                 said.find("[wsgi:error]") == std::string::npos;) {
        ASSERT_EQ(::poll(&readable, 1, 30'000), 1) << said;
        const ssize_t size = ::read(ours.get(), block.data(), block.size());
        ASSERT_GT(size, 0) << said;
        said.append(block.data(), static_cast<std::size_t>(size));
    }
    server.stop();
}

TEST_F(LogIntoSocket, ThatIsAFileIsRefused) {
    base::Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = tmp() / "log.sock";
    ASSERT_LT(path.size(), sizeof address.sun_path);
    path.copy(address.sun_path, path.size());
    ASSERT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    const std::string config = "ErrorLog " + path + "\n";
    write_file(tmp() / "site.conf", "Listen 127.0.0.1:0\n" + config + as_root_if_root(""));
    const Outcome test = run({"-t", "-f", "${tmp}/site.conf"});
    const Outcome start = start_expecting_error("Listen 127.0.0.1:0\n" + config);
    for (const std::string& said : {test.err, start.err}) {
        EXPECT_TRUE(any_line_matches(said, R"(site\.conf:2: .*log\.sock: it is a socket)")) << said;
    }
}

class ListenOnIpv6 : public E2e {};

// RFC 3986 section 3.2.2.
TEST_F(ListenOnIpv6, IsToldInBrackets) {
    const base::Fd other(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_addr = in6addr_loopback;
    socklen_t size = sizeof address;
    if (::bind(other.get(), reinterpret_cast<sockaddr*>(&address), size) != 0) {
        GTEST_SKIP() << "no IPv6 here";
    }
    ASSERT_EQ(::listen(other.get(), 1), 0);
    ASSERT_EQ(::getsockname(other.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    const std::string listen = fmt::format("Listen [::1]:{}\n", ntohs(address.sin6_port));
    write_file(tmp() / "site.conf", listen + as_root_if_root(""));
    const Outcome test = run({"-t", "-f", "${tmp}/site.conf"});
    const Outcome start = start_expecting_error(listen);
    for (const std::string& said : {test.err, start.err}) {
        EXPECT_TRUE(any_line_matches(said, R"(site\.conf:1: Listen: \[::1\]:[0-9]+: another)"))
            << said;
    }
}

}  // namespace
}  // namespace test
