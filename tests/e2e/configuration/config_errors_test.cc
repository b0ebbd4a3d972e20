// What cannot be served is said in one sentence with its place, before anything starts.
#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/support/e2e.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

class ConfigError : public E2e {
protected:
    // The program gives up on `config` with a line that matches `expression`.
    void expect_refused(const std::string& config, const std::string& expression) {
        const Outcome outcome = start_expecting_error(config);
        EXPECT_TRUE(any_line_matches(outcome.err, expression)) << expression << "\n" << outcome.err;
    }
};

TEST_F(ConfigError, NamesTheNearestDirective) {
    expect_refused(
        "Listen 127.0.0.1:0\n\n# a comment\nWSGIScriptAlais / ${apps}/hello.py\n",
        R"(site\.conf:4: unknown directive "WSGIScriptAlais"; did you mean "WSGIScriptAlias"\?)"
    );
}

TEST_F(ConfigError, NamesThePlaceAfterContinuedLines) {
    expect_refused(
        "Listen \\\n  127.0.0.1:0\nKeepAliveTimeout soon\n", R"(site\.conf:3: KeepAliveTimeout: )"
    );
}

TEST_F(ConfigError, TellsTheBoundsOfANumber) {
    expect_refused(
        "Listen 127.0.0.1:0\nWSGIDaemonProcess app threads=0\n",
        R"(site\.conf:2: WSGIDaemonProcess: threads=0: )"
    );
}

// Specification, cases 6 to 8, 10, 13 and 14.
TEST_F(ConfigError, OfADaemonGroup) {
    for (const char* options :
         {"processes=0",
          "processes=abc",
          "threads=abc",
          "threads=3x",
          "user=root",
          "user=#0",
          "Processes=2",
          "home=rel",
          "send-buffer-size=100",
          "receive-buffer-size=511",
          "stack-size=0",
          "colour=red",
          "threads="}) {
        expect_refused(
            std::string("Listen 127.0.0.1:0\nWSGIDaemonProcess app ") + options + "\n",
            R"(site\.conf:2: WSGIDaemonProcess: )"
        );
    }
    expect_refused(
        "Listen 127.0.0.1:0\nWSGIDaemonProcess app\n<VirtualHost *:80>\nWSGIDaemonProcess "
        "app\n</VirtualHost>\n",
        R"(site\.conf:4: WSGIDaemonProcess: .*app)"
    );
}

TEST_F(ConfigError, OfAScriptAlias) {
    for (const char* arguments :
         {"/",
          "",
          "/x ${apps}/hello.py pass-authorization=maybe",
          "/x ${apps}/hello.py process-group=",
          "/x ${apps}/hello.py colour=red"}) {
        expect_refused(
            std::string("Listen 127.0.0.1:0\nWSGIScriptAlias ") + arguments + "\n",
            R"(site\.conf:2: WSGIScriptAlias: )"
        );
    }
}

TEST_F(ConfigError, OfADirectiveInTheWrongSection) {
    expect_refused(
        "Listen 127.0.0.1:0\n<VirtualHost *:80>\nWSGIPythonHome /usr\n</VirtualHost>\n",
        R"(site\.conf:3: WSGIPythonHome: )"
    );
}

TEST_F(ConfigError, OfASectionThatIsNotClosed) {
    expect_refused(
        "Listen 127.0.0.1:0\n<VirtualHost *:80>\nServerName a\n",
        R"(site\.conf:[23]: .*VirtualHost)"
    );
    expect_refused("Listen 127.0.0.1:0\n</VirtualHost>\n", R"(site\.conf:2: .*VirtualHost)");
}

TEST_F(ConfigError, OfAPortThatIsTaken) {
    Server& server = start("WSGIScriptAlias / ${apps}/hello.py\n");
    expect_refused(
        "Listen " + server.address() + "\n",
        "(site\\.conf:1: )?.*" + server.port() + ".*(in use|listens there already)"
    );
    EXPECT_EQ(server.get("/").status, 200);
}

TEST_F(ConfigError, OfAUserThatDoesNotExist) {
    expect_refused(
        "Listen 127.0.0.1:0\nUser nobody-knows-me\n", R"(site\.conf:2: .*nobody-knows-me)"
    );
    expect_refused(
        "Listen 127.0.0.1:0\nGroup nobody-knows-us\n", R"(site\.conf:2: .*nobody-knows-us)"
    );
    expect_refused(
        "Listen 127.0.0.1:0\nWSGIDaemonProcess app user=nobody-knows-me\n",
        R"(site\.conf:2: .*nobody-knows-me)"
    );
}

TEST_F(ConfigError, OfALogThatCannotBeWritten) {
    expect_refused(
        "Listen 127.0.0.1:0\nErrorLog ${tmp}/no/such/error.log\n",
        R"(no/such/error\.log: No such file)"
    );
}

TEST_F(ConfigError, OfNothingToListenOn) {
    expect_refused("WSGIScriptAlias / ${apps}/hello.py\n", "[Ll]isten");
}

// Cases 54 and 55, said at the start instead of with the first request: names are resolved after
// the whole file is read.
TEST_F(ConfigError, OfAGroupThatNobodyDefined) {
    expect_refused(
        "Listen 127.0.0.1:0\nWSGIScriptAlias / ${apps}/hello.py process-group=nowhere\n",
        R"(site\.conf:2: WSGIScriptAlias: No WSGI daemon process called 'nowhere')"
    );
}

TEST_F(ConfigError, OfAGroupOfAnotherHost) {
    expect_refused(
        "Listen 127.0.0.1:0\n<VirtualHost *:*>\nServerName mine\nWSGIDaemonProcess "
        "mine\n</VirtualHost>\n"
        "<VirtualHost *:*>\nServerName other\nWSGIScriptAlias / ${apps}/hello.py "
        "process-group=mine\n</VirtualHost>\n",
        R"(site\.conf:8: WSGIScriptAlias: Daemon process called 'mine' cannot be accessed)"
    );
}

}  // namespace
}  // namespace test
