#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>
#include <string>
#include <string_view>
#include <vector>

#include "core/site/conditions/walk.h"
#include "tests/support/unit/sample_walk.h"

namespace {

std::string value(const site::Walk& walk, std::string_view name) {
    return site::server_variable(walk, name).value_or("(none)");
}

TEST(ServerVariable, TellsWhatWasAsked) {
    const support::SampleWalk sample;
    struct Case {
        std::string_view name;
        std::string_view value;
    };
    for (const auto& [name, expected] : {
             Case{"AUTH_TYPE", ""},
             Case{"CONN_LOG_ID", ""},
             Case{"CONN_REMOTE_ADDR", "192.168.7.9"},
             Case{"CONTEXT_DOCUMENT_ROOT", "/srv/www"},
             Case{"CONTEXT_PREFIX", ""},
             Case{"DOCUMENT_ROOT", "/srv/www"},
             Case{"DOCUMENT_URI", "/shop/~a/list.py/x"},
             Case{"HANDLER", "wsgi-script"},
             Case{"HTTP2", "off"},
             Case{"HTTPS", "off"},
             Case{"HTTP_ACCEPT", "text/html, */*"},
             Case{"HTTP_COOKIE", "a=1; b=2"},
             Case{"HTTP_FORWARDED", "for=1.2.3.4"},
             Case{"HTTP_HOST", "WWW.Example.com:8080"},
             Case{"HTTP_PROXY_CONNECTION", "close"},
             Case{"HTTP_REFERER", "http://other.example/"},
             Case{"HTTP_USER_AGENT", "Sample/1.0 (test)"},
             Case{"IPV6", "off"},
             Case{"IS_SUBREQ", "false"},
             Case{"PATH_INFO", "/x"},
             Case{"QUERY_STRING", "q=1&r=2"},
             Case{"REMOTE_ADDR", "192.168.7.9"},
             Case{"REMOTE_HOST", "192.168.7.9"},
             Case{"REMOTE_IDENT", ""},
             Case{"REMOTE_PORT", "50123"},
             Case{"REMOTE_USER", "joe"},
             Case{"REQUEST_FILENAME", "/srv/www/shop/~a/list.py"},
             Case{"REQUEST_LOG_ID", "id42"},
             Case{"REQUEST_METHOD", "GET"},
             Case{"REQUEST_SCHEME", "http"},
             Case{"REQUEST_STATUS", "200"},
             Case{"REQUEST_URI", "/shop/~a/list.py/x"},
             Case{"SCRIPT_FILENAME", "/srv/www/shop/~a/list.py"},
             Case{"SCRIPT_URI", "http://www.example.com:8080/shop/~a/list.py/x"},
             Case{"SCRIPT_URL", "/shop/~a/list.py/x"},
             Case{"SERVER_ADDR", "10.0.0.1"},
             Case{"SERVER_ADMIN", "[no address given]"},
             Case{"SERVER_NAME", "www.example.com"},
             Case{"SERVER_PORT", "8080"},
             Case{"SERVER_PROTOCOL", "HTTP/1.1"},
             Case{"SERVER_SOFTWARE", "Hoopsnake/" HOOPSNAKE_VERSION},
             Case{"THE_REQUEST", "GET /shop/%7Ea/list.py/x?q=1&r=2 HTTP/1.1"},
         }) {
        EXPECT_EQ(value(sample.walk, name), expected) << name;
    }
}

TEST(ServerVariable, IsCaseBlindAndMayBeUnknown) {
    const support::SampleWalk sample;
    EXPECT_EQ(value(sample.walk, "request_Method"), "GET");
    for (const std::string_view name :
         {"", "NOPE", "HTTP_X_FORWARDED_FOR", "SCRIPT_USER", "ENV:colour", "colour"}) {
        EXPECT_FALSE(site::server_variable(sample.walk, name).has_value()) << name;
    }
}

TEST(ServerVariable, OfEveryNameHasAValue) {
    const support::SampleWalk sample;
    for (const auto& known : config::server_variables()) {
        EXPECT_EQ(
            site::server_variable(sample.walk, known.name),
            site::server_variable(sample.walk, known.variable)
        );
        EXPECT_EQ(config::find_server_variable(known.name), known.variable);
    }
}

TEST(ServerVariable, FollowsRewriting) {
    support::SampleWalk sample;
    sample.walk.uri = "/new";
    sample.walk.query = "z=3";
    EXPECT_EQ(value(sample.walk, "REQUEST_URI"), "/new");
    EXPECT_EQ(value(sample.walk, "QUERY_STRING"), "z=3");
    EXPECT_EQ(value(sample.walk, "SCRIPT_URL"), "/shop/~a/list.py/x");
    EXPECT_EQ(value(sample.walk, "THE_REQUEST"), "GET /shop/%7Ea/list.py/x?q=1&r=2 HTTP/1.1");
}

TEST(ServerVariable, OfAFileIsThePathUntilTheFileIsKnown) {
    support::SampleWalk sample;
    sample.walk.filename.clear();
    EXPECT_EQ(value(sample.walk, "REQUEST_FILENAME"), "/shop/~a/list.py/x");
    EXPECT_EQ(value(sample.walk, "SCRIPT_FILENAME"), "/shop/~a/list.py/x");
}

TEST(ServerVariable, OfTheServerTakesWhatIsConfiguredWhereNothingWasAsked) {
    support::SampleWalk sample;
    sample.request.authority = "";
    EXPECT_EQ(value(sample.walk, "SERVER_NAME"), "configured.example");
    EXPECT_EQ(value(sample.walk, "SERVER_PORT"), "80");
    EXPECT_EQ(value(sample.walk, "SCRIPT_URI"), "http://configured.example/shop/~a/list.py/x");
    sample.config.hosts[0].server_name_port = 8001;
    sample.config.hosts[0].server_admin = "root@example.com";
    EXPECT_EQ(value(sample.walk, "SERVER_PORT"), "8001");
    EXPECT_EQ(value(sample.walk, "SERVER_ADMIN"), "root@example.com");
}

TEST(ServerVariable, KnowsTls) {
    support::SampleWalk sample;
    sample.request.is_https = true;
    sample.request.authority = "a.example";
    EXPECT_EQ(value(sample.walk, "HTTPS"), "on");
    EXPECT_EQ(value(sample.walk, "REQUEST_SCHEME"), "https");
    EXPECT_EQ(value(sample.walk, "SERVER_PORT"), "443");
    EXPECT_EQ(value(sample.walk, "SCRIPT_URI"), "https://a.example/shop/~a/list.py/x");
}

TEST(ServerVariable, KnowsOtherKindsOfRequests) {
    support::SampleWalk sample;
    sample.request.minor = 0;
    sample.request.remote_addr = "2001:db8::1";
    sample.walk.is_subrequest = true;
    sample.walk.redirect_status = 404;
    EXPECT_EQ(value(sample.walk, "SERVER_PROTOCOL"), "HTTP/1.0");
    EXPECT_EQ(value(sample.walk, "IPV6"), "on");
    EXPECT_EQ(value(sample.walk, "IS_SUBREQ"), "true");
    EXPECT_EQ(value(sample.walk, "REQUEST_STATUS"), "404");
    sample.request.remote_addr = "::ffff:10.0.0.1";
    EXPECT_EQ(value(sample.walk, "IPV6"), "off");
}

TEST(ServerVariable, TellsTheLocalTime) {
    const support::SampleWalk sample;
    const std::time_t before = std::time(nullptr);
    std::string time = value(sample.walk, "TIME");
    std::tm parsed{};
    ASSERT_EQ(time.size(), 14U);
    ASSERT_NE(::strptime(time.c_str(), "%Y%m%d%H%M%S", &parsed), nullptr);
    parsed.tm_isdst = -1;
    const std::time_t told = std::mktime(&parsed);
    EXPECT_GE(told, before);
    EXPECT_LE(told, std::time(nullptr));
    // Its parts, unless a second has passed in between.
    const auto parts = [&] {
        std::string all;
        for (const char* name :
             {"TIME_YEAR", "TIME_MON", "TIME_DAY", "TIME_HOUR", "TIME_MIN", "TIME_SEC"}) {
            all += value(sample.walk, name);
        }
        return all;
    };
    std::string together;
    do {
        time = value(sample.walk, "TIME");
        together = parts();
    } while (time != value(sample.walk, "TIME"));
    EXPECT_EQ(together, time);
    EXPECT_EQ(value(sample.walk, "TIME_WDAY"), std::to_string(parsed.tm_wday));
}

}  // namespace
