// The program's words and switches.
#include <gtest/gtest.h>

#include "tests/support/deadline.h"
#include "tests/support/e2e.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

class CommandLine : public E2e {};

TEST_F(CommandLine, ServesAScriptWithoutAFile) {
    Server& server = serve({"serve", "${apps}/hello.py", "--port", "0"});
    EXPECT_TRUE(server.address().starts_with("127.0.0.1:")) << server.address();
    EXPECT_EQ(server.get("/").body, "Hello, World!");
}

TEST_F(CommandLine, ServesOnTheHostThatItIsGiven) {
    EXPECT_EQ(
        serve({"serve", "${apps}/hello.py", "--port", "0", "--host", "::1"}).get("/").body,
        "Hello, World!"
    );
}

TEST_F(CommandLine, KnowsTheWordOfModWsgiExpress) {
    EXPECT_EQ(
        serve({"start-server", "${apps}/hello.py", "--port", "0"}).get("/").body, "Hello, World!"
    );
}

TEST_F(CommandLine, ServesAModuleOfTheWorkingDirectory) {
    ServerOptions options;
    options.directory = apps();
    EXPECT_EQ(
        serve({"serve", "hello:application", "--port", "0"}, options).get("/").body, "Hello, World!"
    );
}

TEST_F(CommandLine, ServesAnotherCallableOfAModule) {
    ServerOptions options;
    options.directory = apps();
    Server& server = serve({"serve", "shows_environ:other", "--port", "0"}, options);
    auto environ = entries_of(server.get("/x").body);
    EXPECT_EQ(environ["mod_wsgi.callable_object"], "'other'");
    EXPECT_EQ(environ["SCRIPT_NAME"], "''");
    EXPECT_EQ(environ["PATH_INFO"], "'/x'");
}

TEST_F(CommandLine, ServesEmbeddedUnlessProcessesAreAskedFor) {
    Server& server = serve({"serve", "${apps}/shows_process.py", "--port", "0"});
    EXPECT_EQ(entries_of(server.get("/").body)["process_group"], "");
}

TEST_F(CommandLine, MakesADaemonGroupOfProcessesAndThreads) {
    Server& server = serve(
        {"serve", "${apps}/shows_process.py", "--port", "0", "--processes", "2", "--threads", "1"}
    );
    auto facts = entries_of(server.get("/").body);
    EXPECT_NE(facts["process_group"], "");
    EXPECT_EQ(facts["multiprocess"], "True");
    EXPECT_EQ(facts["multithread"], "False");
    EXPECT_GE(server.workers().size(), 3U);
}

TEST_F(CommandLine, SaysWhereItListensAndHowToStopIt) {
    Server& server = serve({"serve", "${apps}/hello.py", "--port", "0"});
    const auto said = [&] { return server.standard_output() + server.standard_error(); };
    EXPECT_TRUE(eventually([&] {
        return said().find("http://" + server.address()) != std::string::npos;
    })) << said();
    EXPECT_TRUE(eventually([&] { return said().find("Ctrl") != std::string::npos; })) << said();
}

TEST_F(CommandLine, ServesTheExampleSite) {
    Server& server = serve({"serve", "${apps}/example.py", "--port", "0"});
    const Response page = server.get("/greet?name=%3CAda%3E");
    EXPECT_EQ(page.status, 200);
    EXPECT_NE(page.body.find("Hello, &lt;Ada&gt;!"), std::string::npos);
    EXPECT_TRUE(server.get("/stream").body.ends_with("line 100\n"));
    EXPECT_NE(server.get("/environ").body.find("wsgi.input"), std::string::npos);
    EXPECT_EQ(server.get("/nowhere").status, 404);
}

TEST_F(CommandLine, TestsAConfiguration) {
    write_file(
        tmp() / "good.conf",
        substitute("Listen 127.0.0.1:0\nWSGIScriptAlias / ${apps}/hello.py\n") + as_root_if_root("")
    );
    const Outcome good = run({"-t", "-f", "${tmp}/good.conf"});
    EXPECT_EQ(good.exit_code, 0) << good.err;
    EXPECT_NE((good.out + good.err).find("Syntax OK"), std::string::npos);

    write_file(tmp() / "bad.conf", "Listen 127.0.0.1:0\nLisp on\n");
    const Outcome bad = run({"-t", "-f", "${tmp}/bad.conf"});
    EXPECT_GT(bad.exit_code, 0);
    EXPECT_NE(bad.err.find("bad.conf:2: unknown directive \"Lisp\""), std::string::npos) << bad.err;
}

TEST_F(CommandLine, TellsItsVersion) {
    const Outcome outcome = run({"-v"});
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_TRUE(any_line_matches(outcome.out, "[Hh]oopsnake[ /][0-9]+\\.[0-9]+\\.[0-9]+"))
        << outcome.out;
}

TEST_F(CommandLine, TellsHowItWasBuilt) {
    const Outcome outcome = run({"-V"});
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_TRUE(any_line_matches(outcome.out, "Python.* 3\\.[0-9]+")) << outcome.out;
    EXPECT_TRUE(any_line_matches(outcome.out, "static|shared")) << outcome.out;
    EXPECT_TRUE(any_line_matches(outcome.out, "io_uring|epoll")) << outcome.out;
}

TEST_F(CommandLine, ListsItsDirectives) {
    const Outcome outcome = run({"--list-directives"});
    EXPECT_EQ(outcome.exit_code, 0);
    for (const char* name :
         {"Listen", "WSGIScriptAlias", "WSGIDaemonProcess", "KeepAliveTimeout"}) {
        EXPECT_NE(outcome.out.find(name), std::string::npos) << name;
    }
}

TEST_F(CommandLine, RefusesAnUnknownOption) {
    const Outcome outcome = run({"--prot", "80"});
    EXPECT_GT(outcome.exit_code, 0);
    EXPECT_NE(outcome.err.find("--prot"), std::string::npos) << outcome.err;
}

TEST_F(CommandLine, RefusesAScriptThatIsNotThere) {
    const Outcome outcome = run({"serve", "${tmp}/missing.py", "--port", "0"});
    EXPECT_GT(outcome.exit_code, 0);
    EXPECT_NE(outcome.err.find("missing.py"), std::string::npos) << outcome.err;
}

TEST_F(CommandLine, RefusesAFileThatIsNotThere) {
    const Outcome outcome = run({"-f", "${tmp}/missing.conf"});
    EXPECT_GT(outcome.exit_code, 0);
    EXPECT_TRUE(any_line_matches(outcome.err, "missing\\.conf.*No such file")) << outcome.err;
}

}  // namespace
}  // namespace test
