// The access log and the error logs: what is written, and to which of them (specification,
// section 5.11, case 177).
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/support/e2e.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

IN_BOTH_MODES(AccessLog);

TEST_P(AccessLog, HasALinePerRequest) {
    Server& server = start(
        "CustomLog ${tmp}/access-common.log common\nCustomLog ${tmp}/access-combined.log combined\n"
        "WSGIScriptAlias / ${apps}/hello.py\n"
    );
    Client client = server.connect();
    client.get("/a?b=c", "Referer: http://r/\r\nUser-Agent: tester \"1\"\r\n");
    EXPECT_EQ(client.read_response().status, 200);
    client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(client.read_response(true).status, 200);
    client.send("nonsense\r\n\r\n");
    EXPECT_EQ(client.read_response().status, 400);
    client.close();
    server.stop();
    const std::string who =
        R"(^127\.0\.0\.1 - - \[\d\d/[A-Z][a-z][a-z]/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] )";
    const std::string common = read_file(tmp() / "access-common.log");
    EXPECT_EQ(count_of(common, "\n"), 3U) << common;
    EXPECT_TRUE(any_line_matches(common, who + R"("GET /a\?b=c HTTP/1\.1" 200 13$)")) << common;
    EXPECT_TRUE(any_line_matches(common, who + R"("HEAD / HTTP/1\.1" 200 -$)")) << common;
    EXPECT_TRUE(any_line_matches(common, who + R"(".*" 400 (-|\d+)$)")) << common;
    const std::string combined = read_file(tmp() / "access-combined.log");
    EXPECT_TRUE(any_line_matches(
        combined, who + R"("GET /a\?b=c HTTP/1\.1" 200 13 "http://r/" "tester \\"1\\""$)"
    )) << combined;
    EXPECT_TRUE(any_line_matches(combined, who + R"("HEAD / HTTP/1\.1" 200 - "-" "-"$)"))
        << combined;
}

TEST_P(AccessLog, TellsTheBytesThatWereSent) {
    Server& server =
        start("CustomLog ${tmp}/access.log common\nWSGIScriptAlias / ${apps}/downloads.py\n");
    EXPECT_EQ(server.get("/?bytes=100000").body.size(), 100000U);
    server.stop();
    EXPECT_TRUE(any_line_matches(read_file(tmp() / "access.log"), "\" 200 100000$"))
        << read_file(tmp() / "access.log");
}

TEST_P(AccessLog, OfAVirtualHostIsItsOwn) {
    Server& server = start(
        "CustomLog ${tmp}/access-main.log common\n"
        "<VirtualHost *:*>\nServerName one\nCustomLog ${tmp}/access-one.log common\n"
        "WSGIScriptAlias / ${apps}/hello.py\n</VirtualHost>\n"
        "<VirtualHost *:*>\nServerName two\nWSGIScriptAlias / ${apps}/hello.py\n</VirtualHost>\n"
    );
    Client client = server.connect();
    for (const char* host : {"one", "two", "one"}) {
        client.send(std::string("GET / HTTP/1.1\r\nHost: ") + host + "\r\n\r\n");
        EXPECT_EQ(client.read_response().status, 200);
    }
    client.close();
    server.stop();
    EXPECT_EQ(count_of(read_file(tmp() / "access-one.log"), "\n"), 2U);
    EXPECT_EQ(count_of(read_file(tmp() / "access-main.log"), "\n"), 1U);
}

TEST_P(AccessLog, HasTheFormatThatIsWritten) {
    Server& server = start(
        "LogFormat \"%m %U%q %>s %{Content-Type}o %{X-Name}i %{who}e %p %X %k\" mine\n"
        "CustomLog ${tmp}/access-mine.log mine\n"
        "CustomLog ${tmp}/access-sizes.log \"%I %O %B %S\"\n"
        "CustomLog ${tmp}/access-times.log \"%D %T %{ms}T %{sec}t %{end:sec}t %{%Y}t\"\n"
        "SetEnv who \"the \\\"server\\\"\"\n"
        "WSGIScriptAlias / ${apps}/hello.py\n"
    );
    Client client = server.connect();
    const std::string first = "GET /a%20b?c=d HTTP/1.1\r\nHost: a\r\nX-Name: \xc3\xa9\tx\r\n\r\n";
    client.send(first);
    EXPECT_EQ(client.read_response().status, 200);
    const std::string second = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    client.send(second);
    const std::string answer = client.read_until_close();
    client.close();
    server.stop();
    EXPECT_EQ(
        read_file(tmp() / "access-mine.log"),
        "GET /a b?c=d 200 text/plain \\xc3\\xa9\\tx the \\\"server\\\" 80 + 0\n"
        "GET / 200 text/plain - the \\\"server\\\" 80 - 1\n"
    );
    // What was received and sent is known to the byte.
    const std::string sizes = read_file(tmp() / "access-sizes.log");
    EXPECT_TRUE(sizes.starts_with(std::to_string(first.size()) + " ")) << sizes;
    EXPECT_NE(
        sizes.find(fmt::format(
            "\n{} {} 13 {}\n", second.size(), answer.size(), second.size() + answer.size()
        )),
        std::string::npos
    ) << sizes;
    EXPECT_TRUE(any_line_matches(
        read_file(tmp() / "access-times.log"), R"(^\d+ 0 \d{1,3} \d{10} \d{10} \d{4}$)"
    )) << read_file(tmp() / "access-times.log");
}

TEST_P(AccessLog, KnowsVariablesOfFilesAndErrorsToo) {
    write_file(tmp() / "style.css", "body {}");
    Server& server = start(
        "SetEnvIf Request_URI \"^/static/\" quiet=yes\n"
        "CustomLog ${tmp}/access-all.log \"%U %>s %{quiet}e %O %{Content-Length}o %f\"\n"
        "CustomLog ${tmp}/access-loud.log \"%U\" env=!quiet\n"
        "CustomLog ${tmp}/access-errors.log \"%U\" \"expr=%{REQUEST_STATUS} -ge 400\"\n"
        "<Directory ${tmp}>\nRequire all granted\n</Directory>\n"
        "Alias /static ${tmp}\nWSGIScriptAlias /app ${apps}/hello.py\n"
    );
    const auto ask = [&](const std::string& target) {
        Client client = server.connect();
        client.send("GET " + target + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        return client.read_until_close().size();
    };
    const auto file_size = std::to_string(ask("/static/style.css"));
    const auto page_size = std::to_string(ask("/missing"));
    ask("/app");
    server.stop();
    const std::string all = read_file(tmp() / "access-all.log");
    EXPECT_NE(
        all.find("/static/style.css 200 yes " + file_size + " 7 " + (tmp() / "style.css") + "\n"),
        std::string::npos
    ) << all;
    EXPECT_NE(all.find("/missing 404 - " + page_size + " "), std::string::npos) << all;
    EXPECT_EQ(read_file(tmp() / "access-loud.log"), "/missing\n/app\n");
    EXPECT_EQ(read_file(tmp() / "access-errors.log"), "/missing\n");
    allow_log("missing");
}

// Whatever a client writes into whatever item, its request is one line (T-33).
TEST_P(AccessLog, T33IsNotWrittenByClients) {
    Server& server = start(
        "CustomLog ${tmp}/access.log \"%r|%U|%q|%{X}i|%{c}C|%{x}e|%V|%m\"\n"
        "SetEnvIf X \"(.*)\" x=$1\nWSGIScriptAlias / ${apps}/hello.py\n"
    );
    Client client = server.connect();
    client.send(
        "GET /%0a%22forged%0d?%0a\x80\" HTTP/1.1\r\nHost: a\r\nX: \t\"\x01\x7f\xff\\\r\n"
        "Cookie: c=\"\x02\r\n\r\n"
    );
    client.read_until_close();
    client.close();
    server.stop();
    const std::string log = read_file(tmp() / "access.log");
    EXPECT_EQ(count_of(log, "\n"), 1U) << log;
    for (const char c : log.substr(0, log.size() - 1)) {
        EXPECT_TRUE(c >= 0x20 && c < 0x7f) << log;
    }
}

IN_BOTH_MODES(ErrorLog);

// Case 171: each line a record, the last one even without a newline.
TEST_P(ErrorLog, GetsWhatApplicationsSay) {
    Server& server = start("WSGIScriptAlias / ${apps}/operation/writes_to_logs.py\n");
    EXPECT_EQ(server.get("/?once").body, "said");
    for (const char* text : {"print once", "stderr once", "errors once", "half a line once"}) {
        wait_for_log(
            std::string(R"(\[wsgi:error\].*\[(client|remote) 127\.0\.0\.1:\d+\].* )") + text + "$"
        );
    }
    EXPECT_EQ(server.standard_error().find("once"), std::string::npos);
}

TEST_P(ErrorLog, OfAVirtualHostIsItsOwn) {
    Server& server = start(
        "<VirtualHost *:*>\nServerName one\nErrorLog ${tmp}/one.log\n"
        "WSGIScriptAlias /say ${apps}/operation/writes_to_logs.py\nWSGIScriptAlias /raise "
        "${apps}/raises.py\n</VirtualHost>\n"
        "<VirtualHost *:*>\nServerName two\nErrorLog ${tmp}/two.log\n"
        "WSGIScriptAlias /say ${apps}/operation/writes_to_logs.py\n</VirtualHost>\n"
    );
    Client client = server.connect();
    const auto ask = [&](const std::string& host, const std::string& target) {
        client.send("GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
        return client.read_response().status;
    };
    EXPECT_EQ(ask("one", "/say?first"), 200);
    EXPECT_EQ(ask("two", "/say?second"), 200);
    EXPECT_EQ(ask("one", "/raise?at_call"), 500);
    client.close();
    server.stop();
    const std::string one = read_file(tmp() / "one.log");
    const std::string two = read_file(tmp() / "two.log");
    const std::string main = read_file(tmp() / "error.log");
    for (const char* text : {"print", "stderr", "errors", "half a line"}) {
        EXPECT_TRUE(any_line_matches(one, std::string(text) + " first$")) << one;
        EXPECT_TRUE(any_line_matches(two, std::string(text) + " second$")) << two;
    }
    EXPECT_NE(one.find("ValueError: raised in the call"), std::string::npos);
    EXPECT_EQ(one.find("second"), std::string::npos);
    EXPECT_EQ(two.find("first"), std::string::npos);
    EXPECT_EQ(main.find("ValueError"), std::string::npos) << main;
    EXPECT_EQ(main.find("first"), std::string::npos) << main;
    allow_log("first|second");
    expect_traceback("ValueError: raised in the call");
}

TEST_P(ErrorLog, HasTheFormatOfApache) {
    Server& server = start("WSGIScriptAlias / ${apps}/operation/writes_to_logs.py\n");
    EXPECT_EQ(server.get("/?once").body, "said");
    wait_for_log(R"(^\[[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d\.\d{6} \d{4}\] )"
                 R"(\[wsgi:error\] \[pid \d+:tid \d+\] .*print once$)");
    allow_log("once");
}

TEST_P(ErrorLog, SaysOnlyWhatItsLevelAllows) {
    Server& server =
        start("LogLevel crit\nWSGIScriptAlias / ${apps}/operation/writes_to_logs.py\n");
    EXPECT_EQ(server.get("/?once").body, "said");
    server.stop();
    EXPECT_EQ(read_file(tmp() / "error.log"), "");
}

// Scripts that cannot be loaded: 500, the reason in the log, and another attempt with the next
// request.
class Script : public OnLane {};
INSTANTIATE_TEST_SUITE_P(, Script, testing::ValuesIn(both_modes()), name_of);

TEST_P(Script, ThatFailsIsA500WithItsReason) {
    Server& server = start(
        "WSGIScriptAlias /import ${apps}/fails_import.py\nWSGIScriptAlias /exit "
        "${apps}/operation/exits_at_import.py\n"
        "WSGIScriptAlias /none ${apps}/operation/has_no_application.py\nWSGIScriptAlias / "
        "${apps}/hello.py\n"
    );
    for (const char* target : {"/import", "/exit", "/none", "/import"}) {
        EXPECT_EQ(server.get(target).status, 500) << target;
    }
    EXPECT_EQ(server.get("/").status, 200);
    expect_traceback("ModuleNotFoundError: No module named 'a_module_that_does_not_exist'");
    expect_traceback("SystemExit: cannot go on");
    expect_log("has_no_application\\.py.*application");
    allow_log("fails_import\\.py|exits_at_import\\.py");
}

// Case 156.
TEST_P(Script, IsTriedAgainWhenItWasMended) {
    write_file(tmp() / "app.py", "def application(environ, start_response)\n    return []\n");
    Server& server = start("WSGIScriptAlias / ${tmp}/app.py\n");
    EXPECT_EQ(server.get("/").status, 500);
    copy_app("hello.py", "app.py");
    EXPECT_EQ(server.get("/").body, "Hello, World!");
    expect_traceback("SyntaxError");
    allow_log("app\\.py|def application|\\^");
}

}  // namespace
}  // namespace test
