// What an application is told about its request (specification, section 5.1; cases 67 to 78).
#include <gtest/gtest.h>

#include "tests/support/e2e.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

using Entries = std::map<std::string, std::string>;

class Environ : public OnLane {
protected:
    // The environ that these bytes lead to.
    Entries of(const std::string& request, const std::string& config = "") {
        Client client = start(config + "WSGIScriptAlias /app ${apps}/shows_environ.py\n").connect();
        client.send(request);
        const Response response = client.read_response();
        EXPECT_EQ(response.status, 200);
        return entries_of(response.body);
    }
    Entries of_fields(const std::string& fields, const std::string& config = "") {
        return of("GET /app HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n", config);
    }
};
INSTANTIATE_TEST_SUITE_P(, Environ, testing::ValuesIn(both_modes()), name_of);

TEST_P(Environ, HoldsWhatCgiAndPep3333Require) {
    Entries environ = of("GET /app/x?a=%20b HTTP/1.1\r\nHost: Some.Example:8080\r\n\r\n");
    EXPECT_EQ(environ["REQUEST_METHOD"], "'GET'");
    EXPECT_EQ(environ["SCRIPT_NAME"], "'/app'");
    EXPECT_EQ(environ["PATH_INFO"], "'/x'");
    EXPECT_EQ(environ["QUERY_STRING"], "'a=%20b'");
    EXPECT_EQ(environ["REQUEST_URI"], "'/app/x?a=%20b'");
    EXPECT_EQ(environ["SERVER_PROTOCOL"], "'HTTP/1.1'");
    EXPECT_EQ(environ["SERVER_NAME"], "'some.example'");
    EXPECT_EQ(environ["SERVER_PORT"], "'8080'");
    EXPECT_EQ(environ["SERVER_ADDR"], "'127.0.0.1'");
    EXPECT_EQ(environ["REMOTE_ADDR"], "'127.0.0.1'");
    EXPECT_EQ(environ["REQUEST_SCHEME"], "'http'");
    EXPECT_EQ(environ["SCRIPT_FILENAME"], "'" + apps() + "/shows_environ.py'");
    EXPECT_EQ(environ["HTTP_HOST"], "'Some.Example:8080'");
    EXPECT_EQ(environ["wsgi.version"], "(1, 0)");
    EXPECT_EQ(environ["wsgi.url_scheme"], "'http'");
    EXPECT_EQ(environ["wsgi.input_terminated"], "True");
    EXPECT_EQ(environ["wsgi.run_once"], "False");
    EXPECT_TRUE(environ.contains("wsgi.input"));
    EXPECT_TRUE(environ.contains("wsgi.errors"));
    EXPECT_TRUE(environ.contains("wsgi.file_wrapper"));
    EXPECT_FALSE(environ.contains("CONTENT_LENGTH"));
    EXPECT_FALSE(environ.contains("CONTENT_TYPE"));
    EXPECT_FALSE(environ.contains("HTTPS"));
}

// And section 5.1.4.
TEST_P(Environ, Case78_HoldsTheKeysOfModWsgi) {
    Entries environ = of_fields("");
    EXPECT_EQ(environ["mod_wsgi.process_group"], is_daemon() ? "'app'" : "''");
    EXPECT_EQ(environ["mod_wsgi.callable_object"], "'application'");
    EXPECT_EQ(environ["mod_wsgi.request_handler"], "'wsgi-script'");
    EXPECT_EQ(environ["mod_wsgi.handler_script"], "''");
    EXPECT_EQ(environ["mod_wsgi.listener_host"], "'127.0.0.1'");
    EXPECT_TRUE(any_line_matches(environ["mod_wsgi.version"], R"(^\(\d+, \d+, \d+\)$)"));
    EXPECT_TRUE(any_line_matches(environ["mod_wsgi.thread_id"], "^[1-9][0-9]*$"));
    EXPECT_TRUE(any_line_matches(environ["mod_wsgi.server_pid"], "^'[0-9]+'$"));
    EXPECT_TRUE(any_line_matches(environ["mod_wsgi.request_start"], R"(^\d{10,}\.\d+$)"));
    EXPECT_TRUE(any_line_matches(environ["mod_wsgi.application_start"], R"(^\d{10,}\.\d+$)"));
    for (const char* key : {"mod_wsgi.queue_start", "mod_wsgi.daemon_start"}) {
        EXPECT_TRUE(any_line_matches(environ[key], is_daemon() ? R"(^\d{10,}\.\d+$)" : R"(^0\.0$)"))
            << environ[key];
    }
}

TEST_P(Environ, Cases67And70_JoinsRepeatedFields) {
    Entries environ = of_fields("X-A: 1\r\nx-a: 2\r\nEmpty:\r\nSpaced: \t some words \t \r\n");
    EXPECT_EQ(environ["HTTP_X_A"], "'1, 2'");
    EXPECT_EQ(environ["HTTP_EMPTY"], "''");
    EXPECT_EQ(environ["HTTP_SPACED"], "'some words'");
}

// RFC 6265 section 5.4: cookie pairs are separated by "; ". A comma would be a part of the first
// value.
TEST_P(Environ, Case68_JoinsCookies) {
    Entries environ = of_fields("Cookie: a=1\r\nCookie: b=2\r\n");
    EXPECT_TRUE(environ["HTTP_COOKIE"] == "'a=1; b=2'" || environ["HTTP_COOKIE"] == "'a=1, b=2'")
        << environ["HTTP_COOKIE"];
}

// T-30 and T-36: names with an underscore would be twins of those with a dash; Proxy would become
// HTTP_PROXY.
TEST_P(Environ, Case69_T30DropsUnderscoreTwins) {
    Entries environ = of_fields(
        "X_Forwarded_For: 6.6.6.6\r\nX_B: y\r\nFoo.Bar: z\r\nX-C: kept\r\nX_C: twin\r\nX-D_E: "
        "mixed\r\n"
    );
    for (const char* key :
         {"HTTP_X_FORWARDED_FOR", "HTTP_X_B", "HTTP_FOO.BAR", "HTTP_FOO_BAR", "HTTP_X_D_E"}) {
        EXPECT_FALSE(environ.contains(key)) << key;
    }
    EXPECT_EQ(environ["HTTP_X_C"], "'kept'");
    EXPECT_EQ(environ["REMOTE_ADDR"], "'127.0.0.1'");
}

TEST_P(Environ, Case69_T36HasNoHttpProxy) {
    Entries environ = of_fields("Proxy: http://evil:1\r\nProxy_: x\r\n");
    EXPECT_FALSE(environ.contains("HTTP_PROXY"));
}

TEST_P(Environ, T36HoldsNothingOfTheServersEnvironment) {
    environment_["SECRET_OF_THE_SERVER"] = "hush";
    Entries environ = of_fields("");
    EXPECT_FALSE(environ.contains("SECRET_OF_THE_SERVER"));
    EXPECT_FALSE(environ.contains("PATH"));
}

TEST_P(Environ, Case71_ShowsAuthorizationOnlyWhenAskedTo) {
    const std::string fields = "Authorization: Basic eDp5\r\nProxy-Authorization: Basic eDp5\r\n";
    Entries closed = of_fields(fields);
    EXPECT_FALSE(closed.contains("HTTP_AUTHORIZATION"));
    EXPECT_FALSE(closed.contains("HTTP_PROXY_AUTHORIZATION"));
    Entries open =
        of("GET /open HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n",
           "WSGIScriptAlias /open ${apps}/shows_environ.py pass-authorization=On\n");
    EXPECT_EQ(open["HTTP_AUTHORIZATION"], "'Basic eDp5'");
    EXPECT_FALSE(open.contains("HTTP_PROXY_AUTHORIZATION"));
}

TEST_P(Environ, TellsTheBodysTypeAndLength) {
    Entries environ = of(
        "POST /app HTTP/1.1\r\nHost: a\r\nContent-Type: text/x; a=b\r\nContent-Length: 3\r\n\r\nabc"
    );
    EXPECT_EQ(environ["CONTENT_TYPE"], "'text/x; a=b'");
    EXPECT_EQ(environ["CONTENT_LENGTH"], "'3'");
    EXPECT_FALSE(environ.contains("HTTP_CONTENT_TYPE"));
    EXPECT_FALSE(environ.contains("HTTP_CONTENT_LENGTH"));
}

TEST_P(Environ, Case85_HasNoLengthForAChunkedBody) {
    Entries environ =
        of("POST /app HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    EXPECT_FALSE(environ.contains("CONTENT_LENGTH"));
    EXPECT_EQ(environ["HTTP_TRANSFER_ENCODING"], "'chunked'");
    EXPECT_EQ(environ["wsgi.input_terminated"], "True");
}

// Specification 5.1.3: a variable HTTPS decides on the scheme, and is no key.
TEST_P(Environ, Case72_HttpsIsWhatTheConfigurationSays) {
    const std::pair<const char*, const char*> rows[] = {
        {"1", "'https'"}, {"oN", "'https'"}, {"true", "'http'"}};
    for (const auto& [value, scheme] : rows) {
        Entries environ = of_fields("", std::string("SetEnv HTTPS ") + value + "\n");
        EXPECT_EQ(environ["wsgi.url_scheme"], scheme) << value;
        EXPECT_EQ(environ["REQUEST_SCHEME"], "'http'") << value;
        EXPECT_FALSE(environ.contains("HTTPS")) << value;
    }
}

TEST_P(Environ, Case73_SetEnvReplacesNothingOfTheServers) {
    Entries environ = of_fields(
        "",
        "SetEnv SCRIPT_NAME /x\nSetEnv wsgi.url_scheme gopher\nSetEnv mod_wsgi.process_group x\n"
        "SetEnv wsgi.extra yes\n"
    );
    EXPECT_EQ(environ["SCRIPT_NAME"], "'/app'");
    EXPECT_EQ(environ["wsgi.url_scheme"], "'http'");
    EXPECT_EQ(environ["mod_wsgi.process_group"], is_daemon() ? "'app'" : "''");
    EXPECT_EQ(environ["wsgi.extra"], "'yes'");
}

// The listener's port is not asked (specification 4.3).
TEST_P(Environ, Case74_HasTheClientsNameAndTheDefaultPort) {
    Entries environ = of("GET /app HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(environ["SERVER_NAME"], "'x'");
    EXPECT_EQ(environ["SERVER_PORT"], "'80'");
}

TEST_P(Environ, Case75_KeepsAnAbsoluteTarget) {
    Entries environ = of("GET http://Uri.Example/app/x?q HTTP/1.1\r\nHost: field.example\r\n\r\n");
    EXPECT_EQ(environ["REQUEST_URI"], "'http://Uri.Example/app/x?q'");
    EXPECT_EQ(environ["HTTP_HOST"], "'Uri.Example'");
    EXPECT_EQ(environ["SERVER_NAME"], "'uri.example'");
    EXPECT_EQ(environ["PATH_INFO"], "'/x'");
}

TEST_P(Environ, Case76_PassesAnyMethod) {
    Client client = start("WSGIScriptAlias /app ${apps}/shows_environ.py\n").connect();
    for (const std::string method : {"BREW", "get", "PATCH", "OPTIONS", "DELETE", "M-SEARCH"}) {
        client.send(method + " /app HTTP/1.1\r\nHost: a\r\n\r\n");
        EXPECT_EQ(entries_of(client.read_response().body)["REQUEST_METHOD"], "'" + method + "'");
    }
}

TEST_P(Environ, ShowsBytesAsLatin1) {
    Entries environ = of_fields("X-Bytes: caf\xC3\xA9\r\n");
    EXPECT_EQ(environ["HTTP_X_BYTES"], "'caf\xC3\x83\xC2\xA9'");
}

TEST_P(Environ, IsAFreshDictionaryForEachRequest) {
    Client client = start("WSGIScriptAlias /app ${apps}/shows_environ.py\n").connect();
    client.get("/app?first", "X-Once: 1\r\n");
    EXPECT_TRUE(entries_of(client.read_response().body).contains("HTTP_X_ONCE"));
    client.get("/app");
    Entries second = entries_of(client.read_response().body);
    EXPECT_FALSE(second.contains("HTTP_X_ONCE"));
    EXPECT_EQ(second["QUERY_STRING"], "''");
}

}  // namespace
}  // namespace test
