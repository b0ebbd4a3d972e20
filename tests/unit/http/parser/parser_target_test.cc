// The request line and whom it is for: method, target, version, Host (RFC 9112 section 3; T-15,
// T-16).
#include <gtest/gtest.h>

#include <string>

#include "tests/unit/http/events.h"
#include "tests/unit/http/parser/whole_request.h"

namespace {

using std::string_literals::operator""s;

int status_of_line(const std::string& line) {
    return test::status_of(line + "\r\nHost: a\r\n\r\n");
}

int status_of_target(const std::string& target, const std::string& method = "GET") {
    return status_of_line(method + " " + target + " HTTP/1.1");
}

int status_of_host(const std::string& host) {
    return test::status_of("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
}

TEST(ParserTarget, PassesOnAnyMethodThatIsAToken) {
    for (const char* method :
         {"BREW",
          "get",
          "PATCH",
          "OPTIONS",
          "M-SEARCH",
          "A",
          "!#$%&'*+-.^_`|~9",
          "SOURCE",
          "PRI"}) {
        EXPECT_EQ(test::request_of(method + " / HTTP/1.1\r\nHost: a\r\n\r\n"s).method, method);
    }
}

TEST(ParserTarget, RejectsMethodsThatAreNoTokens) {
    for (const char* line :
         {" GET / HTTP/1.1",
          "G(T / HTTP/1.1",
          "GET\t/ HTTP/1.1",
          "\x80"
          "ET / HTTP/1.1",
          "GET",
          "GET ",
          "GET /",
          "G\rT / HTTP/1.1",
          "\x16\x03\x01\x02"}) {
        EXPECT_EQ(status_of_line(line), 400) << test::escaped(line);
    }
    EXPECT_EQ(test::status_of("G\0T / HTTP/1.1\r\nHost: a\r\n\r\n"s), 400);
}

TEST(ParserTarget, RejectsAFirstByteThatBeginsNoMethodAtOnce) {
    EXPECT_EQ(test::status_of("\x16"), 400);
}

// For the log, however it is cut.
TEST(ParserTarget, KeepsALineThatItRejects) {
    const std::string lines[] = {
        "G\x01T / HTTP/1.1", "GET / HTTP/7.0", "GET /", "GET / x HTTP/1.1"};
    for (const std::string& line : lines) {
        for (std::size_t cut = 0; cut <= line.size(); ++cut) {
            test::Conversation conversation;
            conversation.feed(line.substr(0, cut));
            conversation.feed(line.substr(cut) + "\r\n");
            EXPECT_NE(conversation.status(), 0);
            EXPECT_EQ(conversation.request().method, "");
            EXPECT_EQ(conversation.request().target, line);
        }
    }
}

TEST(ParserTarget, T15RejectsAMissingHostInHttp11Only) {
    EXPECT_EQ(test::status_of("GET / HTTP/1.1\r\n\r\n"), 400);
    EXPECT_EQ(test::status_of("GET http://a/ HTTP/1.1\r\n\r\n"), 400);
    EXPECT_EQ(test::request_of("GET / HTTP/1.0\r\n\r\n").authority, "");
}

TEST(ParserTarget, T15RejectsTwoHosts) {
    EXPECT_EQ(test::status_with("Host: a\r\n"), 400);
    EXPECT_EQ(test::status_with("hOST: b\r\n"), 400);
    EXPECT_EQ(test::status_of("GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n"), 400);
}

TEST(ParserTarget, T15RejectsInvalidHosts) {
    for (const char* host :
         {"a b",
          "user@a",
          "a/b",
          "a:80b",
          "a:-1",
          "a:+1",
          "a:65536",
          "a:999999",
          "a:80:80",
          "[::1",
          "::1",
          "[::1]x",
          "[::1]:x",
          "[1.2.3.4]",
          "[::g]",
          "[]",
          "[fe80::1%25eth0]",
          "a%",
          "a%4",
          "a%zz",
          "a\\b",
          "a?b",
          "a#b",
          "<a>",
          "\"a\"",
          "\xc3\xa4.org",
          "a\tb",
          "^",
          "{a}",
          "a|b"}) {
        EXPECT_EQ(status_of_host(host), 400) << test::escaped(host);
    }
    EXPECT_EQ(status_of_host(std::string(256, 'a')), 400);
    EXPECT_EQ(test::status_of("GET / HTTP/1.0\r\nHost: a b\r\n\r\n"), 400);
}

TEST(ParserTarget, T15AcceptsValidHosts) {
    for (const char* host :
         {"a",
          "example.org",
          "Example.ORG:8080",
          "a:",
          "a:0",
          "a:65535",
          "127.0.0.1:80",
          "[::1]",
          "[2001:db8::1]:443",
          "[::ffff:1.2.3.4]",
          "a_b",
          "a%20b",
          "xn--4ca.org",
          "a-b.c~d",
          "*.a",
          "a,b"}) {
        EXPECT_EQ(
            test::request_of("GET / HTTP/1.1\r\nHost: "s + host + "\r\n\r\n").authority, host
        );
    }
    EXPECT_EQ(status_of_host(std::string(255, 'a')), 0);
    EXPECT_EQ(
        test::request_of("GET / HTTP/1.1\r\nHost:\r\n\r\n").authority, ""
    );  // RFC 9112 section 3.2: may be empty
}

TEST(ParserTarget, T15TakesTheAuthorityFromTheAbsoluteForm) {
    const http::Request request =
        test::request_of("GET http://b:81/x?y HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(request.authority, "b:81");
    EXPECT_EQ(request.target, "http://b:81/x?y");
    EXPECT_EQ(request.path(), "/x");
    EXPECT_EQ(request.query(), "y");
    EXPECT_EQ(test::request_of("GET http://b/ HTTP/1.0\r\n\r\n").authority, "b");
}

TEST(ParserTarget, T15ChecksHostBesideTheAbsoluteForm) {
    EXPECT_EQ(test::status_of("GET http://b/ HTTP/1.1\r\nHost: a b\r\n\r\n"), 400);
    EXPECT_EQ(test::status_of("GET http://b/ HTTP/1.1\r\nHost: b\r\nHost: b\r\n\r\n"), 400);
}

TEST(ParserTarget, T16SplitsTheAbsoluteForm) {
    const auto parts = [](const std::string& target) {
        const http::Request request =
            test::request_of("GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n");
        return std::string(request.path()) + " " + std::string(request.query());
    };
    EXPECT_EQ(parts("http://b"), "/ ");
    EXPECT_EQ(parts("http://b?x=/y"), "/ x=/y");
    EXPECT_EQ(parts("HTTPS://b/c//d?e?f"), "/c//d e?f");
    EXPECT_EQ(parts("/http://b/c"), "/http://b/c ");
    EXPECT_EQ(parts("/?"), "/ ");
    EXPECT_EQ(parts("//b/c?d"), "//b/c d");
}

TEST(ParserTarget, T16RejectsInvalidAbsoluteForms) {
    for (const char* target :
         {"http://",
          "http:///x",
          "http://?x",
          "http://:80/",
          "http://user@a/",
          "http://a:b/",
          "ftp://a/",
          "://a/",
          "http:/a",
          "http:a",
          "a",
          "a/b",
          "a:80",
          "?x",
          "javascript://a/",
          "http://a b/",
          "http://"
          "\xc3\xa4/"}) {
        EXPECT_EQ(status_of_target(target), 400) << test::escaped(target);
    }
}

TEST(ParserTarget, T16RejectsForbiddenBytesInTargets) {
    for (int code = 0; code < 256; ++code) {
        const bool is_allowed = code > 0x20 && code < 0x7f && code != '#';
        EXPECT_EQ(status_of_target("/a"s + static_cast<char>(code) + "b"), is_allowed ? 0 : 400)
            << code;
    }
    EXPECT_EQ(status_of_target("/a b"), 400);
    EXPECT_EQ(status_of_target(" /"), 400);
    EXPECT_EQ(status_of_target("/ "), 400);
}

TEST(ParserTarget, T16AcceptsTheAsteriskOnlyForOptions) {
    EXPECT_EQ(test::request_of("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n").path(), "*");
    EXPECT_EQ(status_of_target("*"), 400);
    EXPECT_EQ(status_of_target("*", "options"), 400);
    EXPECT_EQ(status_of_target("*x", "OPTIONS"), 400);
}

TEST(ParserTarget, T16AnswersConnectWith405OrWhereItIsMalformed400) {
    EXPECT_EQ(status_of_target("a:80", "CONNECT"), 405);
    EXPECT_EQ(status_of_target("[::1]:443", "CONNECT"), 405);
    EXPECT_EQ(status_of_target("/", "CONNECT"), 400);
    EXPECT_EQ(status_of_target("http://a/", "CONNECT"), 400);
    EXPECT_EQ(status_of_target("*", "CONNECT"), 400);
    EXPECT_EQ(status_of_target("a", "CONNECT"), 400);
    EXPECT_EQ(status_of_target("/", "connect"), 0);  // another method, as spelling counts
}

TEST(ParserTarget, T16TreatsLaterMinorVersionsAs11) {
    for (const char* version : {"1.2", "1.9"}) {
        EXPECT_EQ(test::request_with("", version).minor, 1) << version;
        EXPECT_EQ(test::status_of("GET / HTTP/"s + version + "\r\n\r\n"), 400)
            << "without Host, " << version;
    }
    EXPECT_EQ(test::request_with("", "1.0").minor, 0);
}

TEST(ParserTarget, T16RejectsOtherVersions) {
    EXPECT_EQ(status_of_line("GET / HTTP/2.0"), 505);
    EXPECT_EQ(status_of_line("PRI * HTTP/2.0"), 505);
    EXPECT_EQ(status_of_line("GET / HTTP/3.0"), 505);
    for (const char* line :
         {"GET / HTTP/0.9",
          "GET / HTTP/1",
          "GET / HTTP/1.",
          "GET / HTTP/.1",
          "GET / HTTP/1.10",
          "GET / HTTP/11.1",
          "GET / http/1.1",
          "GET / HTTP 1.1",
          "GET / HTP/1.1",
          "GET /HTTP/1.1",
          "GET HTTP/1.1",
          "GET  HTTP/1.1",
          "GET / HTTP/1.1 ",
          "GET /  HTTP/1.1",
          "GET / HTTP/1.x",
          "GET / HTTP/2",
          "GET / ICE/1.1",
          "GET / RTSP/1.0",
          "GET /\tHTTP/1.1"}) {
        EXPECT_EQ(status_of_line(line), 400) << test::escaped(line);
    }
}

TEST(ParserTarget, LimitsTheRequestLine) {
    const auto line = [](std::size_t size) {
        return "GET /" + std::string(size - 14, 'a') + " HTTP/1.1";
    };
    EXPECT_EQ(status_of_line(line(8190)), 0);
    EXPECT_EQ(status_of_line(line(8191)), 414);
    EXPECT_EQ(test::status_of(line(8192)), 414);  // an end that never comes
    EXPECT_EQ(test::status_of(line(8190)), 0);
    EXPECT_EQ(test::events_byte_by_byte(line(9000)), "error 414\n");
}

}  // namespace
