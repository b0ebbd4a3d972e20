// What an operator is told when something is wrong: where, which limit, and that -t knows what the
// start knows.
#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "tests/support/e2e.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

class Told : public E2e {
protected:
    // -t and the start give up on `config` (site.conf) with a line that matches, both of them.
    void expect_both_refuse(const std::string& config, const std::string& expression) {
        const Outcome start = start_expecting_error(config);
        const Outcome test = run({"-t", "-f", "${tmp}/site.conf"});
        EXPECT_EQ(start.exit_code, 1) << start.err;
        EXPECT_EQ(test.exit_code, 1) << test.err;
        EXPECT_TRUE(any_line_matches(start.err, expression)) << expression << "\n" << start.err;
        EXPECT_TRUE(any_line_matches(test.err, expression)) << expression << "\n" << test.err;
    }
    // A port that is free just now.
    std::string free_port() {
        Server& server = start("WSGIScriptAlias / ${apps}/hello.py\n");
        const std::string port = server.port();
        server.stop();
        return port;
    }
};

// One socket for all addresses leaves none of them for another, on Linux.
TEST_F(Told, WhichListenHasTheAddressAlready) {
    const std::string port = free_port();
    const std::string all = fmt::format("Listen {}\n", port);
    const std::string one = fmt::format("Listen 127.0.0.1:{}\n", port);
    expect_both_refuse(
        all + one,
        fmt::format(R"(site\.conf:2: Listen: 127\.0\.0\.1:{0}: Listen: \*:{0} at .*:1 takes)", port)
    );
    expect_both_refuse(
        one + all, fmt::format(R"(site\.conf:2: Listen: \*:{0}: Listen: 127.* at .*:1 takes)", port)
    );
    expect_both_refuse(
        one + fmt::format("Listen localhost:{}\n", port), R"(site\.conf:2: Listen: localhost.*:1 )"
    );
}

// Which other systems need beside it, and Apache takes.
TEST_F(Told, NothingOfAllIpv4BesideAllIpv6) {
    const std::string port = free_port();
    for (const bool is_first : {false, true}) {
        const std::string v4 = fmt::format("Listen 0.0.0.0:{}\n", port);
        const std::string v6 = fmt::format("Listen [::]:{}\n", port);
        write_file(
            tmp() / "both.conf",
            substitute(
                (is_first ? v4 + v6 : v6 + v4) + as_root_if_root("") +
                "ErrorLog ${tmp}/error.log\nWSGIScriptAlias / ${apps}/hello.py\n"
            )
        );
        EXPECT_EQ(run({"-t", "-f", "${tmp}/both.conf"}).exit_code, 0);
        Server& server = serve({"-f", "${tmp}/both.conf"});
        EXPECT_EQ(Client("127.0.0.1:" + port).is_silent(), true);
        EXPECT_EQ(server.addresses().front(), "[::]:" + port);
        server.stop();
    }
}

TEST_F(Told, WhereThePidFileStandsThatAFullDiskKeepsEmpty) {
    write_file(
        tmp() / "site.conf",
        substitute(
            "Listen 127.0.0.1:0\nServerName a\nPidFile ${tmp}/disk/pid\n" + as_root_if_root("")
        )
    );
    ServerOptions options;
    const std::string fill = substitute(
        "mkdir ${tmp}/disk && mount -t tmpfs -o size=4k,mode=755 none ${tmp}/disk || exit 77\n"
        "head -c 4096 /dev/zero > ${tmp}/disk/filler\nexec \"$@\""
    );
    options.wrapper = {"unshare", "-m", "--propagation", "private", "sh", "-c", fill, "sh"};
    const Outcome outcome = run({"-f", "${tmp}/site.conf"}, options);
    if (outcome.exit_code == 77 || ::geteuid() != 0) {
        GTEST_SKIP() << "no disk can be mounted here";
    }
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_TRUE(any_line_matches(outcome.err, "site\\.conf:3: cannot write PidFile.*No space"))
        << outcome.err;
}

TEST_F(Told, WhereTheLogAndThePidFileStand) {
    const std::string listen = "Listen 127.0.0.1:0\n";
    expect_both_refuse(listen + "ErrorLog /nowhere/at/all.log\n", R"(site\.conf:2: .*/nowhere/)");
    expect_both_refuse(
        listen + "<VirtualHost *:1>\nErrorLog /nowhere/at/all.log\n</VirtualHost>\n",
        R"(site\.conf:3: .*/nowhere/)"
    );
    expect_both_refuse(listen + "PidFile /nowhere/at/all.pid\n", R"(site\.conf:2: .*/nowhere/)");
}

TEST_F(Told, WhichLimitKeepsAUserFromBeingFound) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "nobody else's user is looked up";
    }
    allow_log(".");
    for (const std::size_t limit : {5U, 6U, 7U, 8U, 9U, 10U, 11U, 12U}) {
        write_file(
            tmp() / "few.conf",
            substitute("Listen 127.0.0.1:0\nUser www-data\nErrorLog ${tmp}/error.log\n"
                       "WSGIScriptAlias / ${apps}/hello.py\n")
        );
        ServerOptions options;
        options.descriptor_limit = limit;
        for (const char* action : {"-S", "-t"}) {
            const Outcome looked = run({action, "-f", "${tmp}/few.conf"}, options);
            EXPECT_EQ(looked.err.find("does not exist"), std::string::npos)
                << action << " " << limit << "\n"
                << looked.err;
        }
        const Outcome outcome = run({"-f", "${tmp}/few.conf"}, options);
        const std::string all = outcome.err + log();
        EXPECT_EQ(all.find("does not exist"), std::string::npos) << limit << "\n" << all;
        EXPECT_NE(all.find("RLIMIT_NOFILE"), std::string::npos) << limit << "\n" << all;
    }
}

TEST_F(Told, NothingOfWhatAFaultyLineWasMeantToBe) {
    const Outcome listen = start_expecting_error("Listen 127.0.0.1:99999\n");
    EXPECT_TRUE(any_line_matches(listen.err, R"(site\.conf:1: Listen: )")) << listen.err;
    EXPECT_EQ(listen.err.find("there is no Listen"), std::string::npos) << listen.err;
    const Outcome misspelt = start_expecting_error("Lisen 127.0.0.1:0\n");
    EXPECT_EQ(misspelt.err.find("there is no Listen"), std::string::npos) << misspelt.err;
    write_file(tmp() / "site.conf", "Listen 127.0.0.1:0\nUser1 www-data\n");
    const Outcome user = run({"-t", "-f", "${tmp}/site.conf"});
    EXPECT_TRUE(any_line_matches(user.err, "did you mean \"User\"")) << user.err;
    EXPECT_EQ(user.err.find("there is no User"), std::string::npos) << user.err;
}

// Which Apache takes for a part of the first word.
TEST_F(Told, ThatAFileBeginsWithAByteOrderMark) {
    expect_both_refuse("\xEF\xBB\xBFListen 127.0.0.1:0\n", R"(site\.conf:1: .*byte order mark)");
    write_file(tmp() / "more.conf", "\xEF\xBB\xBFListen 127.0.0.1:0\n");
    expect_both_refuse("Include ${tmp}/more.conf\n", R"(more\.conf:1: .*byte order mark)");
    expect_both_refuse(std::string("\xFF\xFEL\0i\0", 6), R"(site\.conf:1: .*UTF-16)");
}

TEST_F(Told, WhichFilesIncludeEachOther) {
    // Two such lines would be read 2^64 times by whoever goes on.
    expect_both_refuse(
        "Listen 127.0.0.1:0\nInclude ${tmp}/site.conf\nInclude ${tmp}/site.conf\n",
        R"(site\.conf:2: Include: .*/site\.conf includes itself: .*site\.conf:2 includes .*site\.conf$)"
    );
    write_file(tmp() / "a.conf", substitute("\nInclude ${tmp}/b.conf\n"));
    write_file(tmp() / "b.conf", substitute("Include ${tmp}/a.conf\nInclude ${tmp}/a.conf\n"));
    expect_both_refuse(
        "Include ${tmp}/a.conf\n",
        R"(a\.conf:2: .*b\.conf includes itself: .*b\.conf:1 includes .*a\.conf, .*a\.conf:2 includes .*b\.conf$)"
    );
    const Outcome outcome = run({"-t", "-f", "${tmp}/site.conf"});
    EXPECT_EQ(outcome.err.find("there is no"), std::string::npos) << outcome.err;
}

class LockedPidFile : public E2e {};

// Everybody may read it, and who may read a file may lock it.
TEST_F(LockedPidFile, BySomebodyElseSaysNothing) {
    const std::string path = tmp() / "hoopsnake.pid";
    const std::string config = "PidFile " + path + "\nWSGIScriptAlias / ${apps}/hello.py\n";
    // The number of a process that runs, too.
    write_file(path, std::to_string(::getpid()) + "\n");
    const base::Fd reader(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    ASSERT_EQ(::flock(reader.get(), LOCK_EX | LOCK_NB), 0);
    struct flock shared {};
    shared.l_type = F_RDLCK;
    ASSERT_EQ(::fcntl(reader.get(), F_OFD_SETLK, &shared), 0);
    Server& server = start(config);
    const std::string pid = std::to_string(server.pid());
    EXPECT_EQ(read_file(path), pid + "\n");
    // And it is told from the server's.
    const base::Fd again(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    static_cast<void>(::flock(again.get(), LOCK_EX | LOCK_NB));
    const Outcome second = start_expecting_error("Listen 127.0.0.1:0\n" + config);
    EXPECT_NE(second.err.find("(pid " + pid + ") already running"), std::string::npos)
        << second.err;
    server.stop();
    EXPECT_EQ(read_file(path), "");
}

IN_BOTH_MODES(Asterisk);

// A "ping" of the server as a whole (RFC 9110 section 9.3.7); Apache answers it before any module
// of an application is asked, and says nothing of methods.
TEST_P(Asterisk, IsAnsweredByTheServer) {
    Server& server = start(
        "WSGIScriptAlias / ${apps}/hello.py\n<Location />\nRequire all denied\n"
        "</Location>\n"
    );
    Client client = server.connect();
    for (const char* fields : {"", "Content-Length: 0\r\n"}) {
        client.send(fmt::format("OPTIONS * HTTP/1.1\r\nHost: a\r\n{}\r\n", fields));
        const Response response = client.read_response();
        EXPECT_EQ(response.status, 200);
        EXPECT_EQ(response.header("Content-Length"), "0");
        EXPECT_FALSE(response.has("Allow"));
        EXPECT_FALSE(response.has("Content-Type"));
        EXPECT_EQ(response.body, "");
    }
    client.send("GET * HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(client.read_response().status, 400);
}

class ServeCommand : public E2e {
protected:
    void expect_refused(std::vector<std::string> arguments, const std::string& expression) {
        arguments.insert(arguments.begin(), "serve");
        arguments.insert(arguments.end(), {"--port", "0"});
        ServerOptions options;
        options.directory = tmp().path();
        const Outcome outcome = run(arguments, options);
        allow_log(".");
        EXPECT_EQ(outcome.exit_code, 1) << outcome.out << outcome.err;
        EXPECT_TRUE(any_line_matches(outcome.err, expression)) << expression << "\n" << outcome.err;
    }
};

TEST_F(ServeCommand, OfADirectoryIsRefused) {
    expect_refused({"${tmp}"}, "cannot serve .*it is a directory; name a WSGI script");
    expect_refused({"${tmp}/"}, "it is a directory");
    expect_refused({"${tmp}/nothing.wsgi"}, "it does not exist");
    expect_refused({"/dev/null"}, "it is no regular file");
}

TEST_F(ServeCommand, OfAModuleThatCannotBeImportedIsRefused) {
    write_file(tmp() / "raises.py", "import no_such_library\n");
    write_file(tmp() / "empty.py", "");
    for (const std::vector<std::string>& more :
         {std::vector<std::string>{}, {"--processes", "2"}}) {
        const auto with = [&more](const char* name) {
            std::vector<std::string> all{name};
            all.insert(all.end(), more.begin(), more.end());
            return all;
        };
        expect_refused(with("nowhere:application"), "ModuleNotFoundError: .*'nowhere'");
        expect_refused(with("raises"), "ModuleNotFoundError: .*'no_such_library'");
        expect_refused(with("empty:app"), "'empty:app' does not contain WSGI application 'app'");
        expect_refused(with("empty"), "does not contain WSGI application 'application'");
    }
}

// Whoever is at work on it has it read again with the next request.
TEST_F(ServeCommand, OfAScriptThatCannotBeLoadedSaysSoAtOnce) {
    write_file(tmp() / "app.wsgi", "import no_such_library\n");
    expect_traceback("ModuleNotFoundError: .*'no_such_library'");
    allow_log("Failed to exec Python script file");
    Server& server = serve({"serve", "${tmp}/app.wsgi", "--port", "0"});
    wait_for_log("ModuleNotFoundError: .*'no_such_library'");
    write_file(tmp() / "app.wsgi", read_file(apps() + "/hello.py"));
    EXPECT_EQ(server.get("/").body, "Hello, World!");
}

}  // namespace
}  // namespace test
