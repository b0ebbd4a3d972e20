// The fields of a head (RFC 9112 section 5; T-11, T-13), their limits, and what they say about the
// connection.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "http/parser/head_check.h"
#include "tests/unit/http/events.h"
#include "tests/unit/http/parser/whole_request.h"

namespace {

using std::string_literals::operator""s;

TEST(ParserHead, ReadsARequest) {
    const http::Request request = test::request_of(
        "GET /a/b?c=d HTTP/1.1\r\nHost: example.org:8000\r\nX-A:  b c \t\r\nEmpty:\r\n\r\n"
    );
    EXPECT_EQ(request.method, "GET");
    EXPECT_EQ(request.target, "/a/b?c=d");
    EXPECT_EQ(request.path(), "/a/b");
    EXPECT_EQ(request.query(), "c=d");
    EXPECT_EQ(request.authority, "example.org:8000");
    EXPECT_EQ(request.minor, 1);
    EXPECT_TRUE(request.keep_alive);
    EXPECT_EQ(request.headers.size(), 3U);
    EXPECT_EQ(request.headers.find("x-a"), "b c");
    EXPECT_EQ(request.headers.find("EMPTY"), "");
    EXPECT_FALSE(request.has_body());
}

// A Host that is the last one of the connection is not looked at again.
TEST(ParserHead, KnowsTheLastHostOfAConnectionAndNoOther) {
    const auto status_behind_a_host = [](const std::string& fields) {
        test::Conversation conversation;
        conversation.feed("GET /1 HTTP/1.1\r\nHost: a.example:80\r\n\r\n");
        EXPECT_EQ(conversation.status(), 0);
        conversation.feed("GET /2 HTTP/1.1\r\n" + fields + "\r\n");
        return conversation.status();
    };
    EXPECT_EQ(status_behind_a_host("Host: a.example:80\r\n"), 0);
    EXPECT_EQ(status_behind_a_host("Host: b.example\r\n"), 0);
    EXPECT_EQ(status_behind_a_host("Host: a.example:80a\r\n"), 400);
    EXPECT_EQ(status_behind_a_host("Host: a.example:8 0\r\n"), 400);
    EXPECT_EQ(status_behind_a_host("Host: a.example:80\r\nHost: a.example:80\r\n"), 400);
    EXPECT_EQ(status_behind_a_host(""), 400) << "it counts for its own request alone";
}

TEST(ParserHead, KnowsNoHostThatItHasRefused) {
    std::string known = "a";
    http::Request request;
    request.headers.add("Host", "b c");
    EXPECT_TRUE(http::check_head(request, known).is_error());
    EXPECT_TRUE(http::check_head(request, known).is_error());
    EXPECT_EQ(known, "a");
}

TEST(ParserHead, CutsPathAndQueryOutOfATarget) {
    struct Case {
        const char* target;
        const char* path;
        const char* query;
    };
    for (const Case& one : std::vector<Case>{
             {"/", "/", ""},
             {"/a?", "/a", ""},
             {"/a?b?c", "/a", "b?c"},
             {"*", "*", ""},
             {"http://h", "/", ""},
             {"http://h?b", "/", "b"},
             {"http://h/a?b", "/a", "b"},
             {"http://h/?", "/", ""},
         }) {
        http::Request request;
        request.target = one.target;
        EXPECT_EQ(request.asked().path, one.path) << one.target;
        EXPECT_EQ(request.asked().query, one.query) << one.target;
    }
}

TEST(ParserHead, T11RejectsBareLfAndCrAnywhere) {
    for (const char* bytes :
         {"\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
          "\rGET / HTTP/1.1\r\nHost: a\r\n\r\n",
          "GET / HTTP/1.1\nHost: a\r\n\r\n",
          "GET / HTTP/1.1\r\nHost: a\n\r\n",
          "GET / HTTP/1.1\r\nHost: a\r\n\n",
          "GET / HTTP/1.1\r\nHost: a\r\r\n\r\n",
          "GET / HTTP/1.1\r\rHost: a\r\n\r\n",
          "GET / HTTP/1.1\r\nHost: a\rX: y\r\n\r\n",
          "GET / HTTP/1.1\r\nHost\r\n: a\r\n\r\n",
          "GET / HTTP/1.1\r\nHost: a\r\nX: y\nY: z\r\n\r\n",
          "GET / HTTP/1.1\r\r\nHost: a\r\n\r\n",
          "GET / HTTP/1.1\r\nHost: a\r\nX:\ny\r\n\r\n",
          "GET / HTTP/1.1\r\nHost: a\r\nX:\n\r\n",
          "GET /\r HTTP/1.1\r\nHost: a\r\n\r\n",
          "GET / HTTP/1.1\r\nHost: a\r\nX:\r y\r\n\r\n",
          "GET / HTTP/1.1\r\nHost: a\r\nX: \n y\r\n\r\n"}) {
        EXPECT_EQ(test::status_of(bytes), 400) << test::escaped(bytes);
    }
}

TEST(ParserHead, T11RejectsHeaderBlockEndedByCrAndAnotherByte) {
    EXPECT_EQ(test::status_of("GET / HTTP/1.1\r\nHost: a\r\n\rX"), 400);
    EXPECT_EQ(test::status_of("GET / HTTP/1.1\r\nHost: a\r\n\rX: y\r\n\r\n"), 400);
    EXPECT_EQ(test::status_of("GET / HTTP/1.1\r\nHost: a\r\n\r\r\n"), 400);
}

TEST(ParserHead, T11RejectsMalformedNames) {
    for (const char* field :
         {"X : y",
          "X\t: y",
          ": y",
          " : y",
          "X",
          "X Y: z",
          "(X): y",
          "X\x80: y",
          "X\x7f: y",
          "\xc3\xa4: y",
          "X@: y",
          "=: y"}) {
        EXPECT_EQ(test::status_with(field + "\r\n"s), 400) << test::escaped(field);
        EXPECT_EQ(test::status_of("GET / HTTP/1.1\r\n"s + field + "\r\nHost: a\r\n\r\n"), 400)
            << test::escaped(field);
    }
    EXPECT_EQ(test::status_with("X\0: y\r\n"s), 400);
}

TEST(ParserHead, T11RejectsFoldedValues) {
    EXPECT_EQ(test::status_with("X: a\r\n b\r\n"), 400);
    EXPECT_EQ(test::status_with("X: a\r\n\tb\r\n"), 400);
    EXPECT_EQ(test::status_with("X:\r\n b\r\n"), 400);
    EXPECT_EQ(test::status_with("X: a\r\n \r\n"), 400);
    EXPECT_EQ(test::status_of("GET / HTTP/1.1\r\n X: a\r\nHost: a\r\n\r\n"), 400);
    EXPECT_EQ(test::status_of("GET / HTTP/1.1\r\n\tX: a\r\nHost: a\r\n\r\n"), 400);
}

TEST(ParserHead, T11RejectsControlBytesInValues) {
    for (int code = 0; code < 256; ++code) {
        const std::string value{'a', static_cast<char>(code), 'b'};
        const bool is_allowed = code == '\t' || (code >= 0x20 && code != 0x7f);
        EXPECT_EQ(test::status_with("X: " + value + "\r\n"), is_allowed ? 0 : 400) << code;
        if (is_allowed) {
            EXPECT_EQ(test::request_with("X: " + value + "\r\n").headers.find("x"), value) << code;
        }
    }
}

// T-40, at unit level: no byte anywhere in these values does worse than an error.
TEST(ParserHead, SurvivesEveryByteInEveryFieldThatItReads) {
    for (const char* name :
         {"Host", "Content-Length", "Transfer-Encoding", "Connection", "Expect", "Upgrade"}) {
        for (int code = 0; code < 256; ++code) {
            const char byte = static_cast<char>(code);
            for (const std::string& value :
                 {std::string{byte}, std::string{'1', byte}, std::string{byte, '1'}}) {
                test::Conversation conversation;
                conversation.feed(
                    "GET / HTTP/1.1\r\nHost: a\r\n"s + name + ": " + value + "\r\n\r\n"
                );
                EXPECT_TRUE(conversation.status() == 0 || conversation.status() >= 400);
            }
        }
    }
}

TEST(ParserHead, T13RejectsAHeaderHiddenBehindACr) {
    EXPECT_EQ(test::status_with("X: \rxTransfer-Encoding: chunked\r\n"), 400);
    EXPECT_EQ(test::status_with("X:\rTransfer-Encoding: chunked\r\n"), 400);
}

TEST(ParserHead, KeepsTheConnectionAsTheVersionAndConnectionSay) {
    EXPECT_TRUE(test::request_with("").keep_alive);
    EXPECT_FALSE(test::request_with("Connection: close\r\n").keep_alive);
    EXPECT_FALSE(test::request_with("Connection: keep-alive, CLOSE\r\n").keep_alive);
    EXPECT_FALSE(test::request_with("connection: te\r\nConnection: x ,\tClose\r\n").keep_alive);
    EXPECT_TRUE(test::request_with("Connection: closed\r\n").keep_alive);
    EXPECT_FALSE(test::request_with("", "1.0").keep_alive);
    EXPECT_TRUE(test::request_with("Connection: Keep-Alive\r\n", "1.0").keep_alive);
    EXPECT_TRUE(test::request_with("Connection: x,keep-alive\r\n", "1.0").keep_alive);
    EXPECT_FALSE(test::request_with("Connection: keep-alive, close\r\n", "1.0").keep_alive);
}

// RFC 9110 section 7.8: a server may ignore Upgrade.
TEST(ParserHead, IgnoresUpgrade) {
    const std::string events = test::events_of(
        "GET /a HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
        "POST /b HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: "
        "2\r\n\r\nxy"
        "POST /c HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nTransfer-Encoding: "
        "chunked\r\n\r\n"
        "2\r\nxy\r\n0\r\n\r\n"
        "GET /d HTTP/1.1\r\nHost: d\r\n\r\n"
    );
    EXPECT_NE(events.find("GET /d HTTP/1.1\n  Host: d\nauthority d\nend\n"), std::string::npos)
        << events;
    EXPECT_EQ(events.find("error"), std::string::npos) << events;
}

TEST(ParserHead, ReadsExpectations) {
    EXPECT_TRUE(test::request_with("Expect: 100-continue\r\n").expects_continue);
    EXPECT_TRUE(test::request_with("expect: 100-Continue\r\n").expects_continue);
    EXPECT_FALSE(test::request_with("").expects_continue);
    EXPECT_FALSE(test::request_with("Expect: 100-continue\r\n", "1.0").expects_continue);
    EXPECT_EQ(test::status_with("Expect: 200-ok\r\n"), 417);
    EXPECT_EQ(test::status_with("Expect: 100-continue, x\r\n"), 417);
}

TEST(ParserHead, IgnoresAFewEmptyLinesBeforeARequest) {
    const std::string get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    const std::string events = test::events_of(get);
    EXPECT_EQ(test::events_of("\r\n" + get), events);
    EXPECT_EQ(test::events_of("\r\n\r\n" + get + "\r\n" + get), events + events);
    EXPECT_EQ(test::status_of("\r\n\r\n\r\n\r\n\r\n\r\n" + get), 400);
}

TEST(ParserHead, KnowsWhereInAMessageItIs) {
    test::Conversation conversation;
    EXPECT_FALSE(conversation.parser().is_inside_message());
    conversation.feed("\r\n");
    EXPECT_FALSE(conversation.parser().is_inside_message());
    conversation.feed("G");
    EXPECT_TRUE(conversation.parser().is_inside_message());
    EXPECT_FALSE(conversation.parser().is_inside_body());
    conversation.feed("ET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n");
    EXPECT_TRUE(conversation.parser().is_inside_body());
    conversation.feed("x");
    EXPECT_FALSE(conversation.parser().is_inside_message());
}

TEST(ParserHead, LimitsTheSizeOfAField) {
    EXPECT_EQ(test::status_with("X: " + std::string(8189, 'y') + "\r\n"), 0);
    EXPECT_EQ(test::status_with("X: " + std::string(8190, 'y') + "\r\n"), 431);
    EXPECT_EQ(test::status_with(std::string(8191, 'x') + ":\r\n"), 431);
}

TEST(ParserHead, LimitsTheNumberOfFields) {
    std::string fields;
    for (int i = 0; i < 99; ++i) {
        fields += "X: y\r\n";
    }
    EXPECT_EQ(test::status_with(fields), 0);  // and Host
    EXPECT_EQ(test::status_with(fields + "X: y\r\n"), 431);
    http::Limits limits;
    limits.fields = 0;
    EXPECT_EQ(
        test::status_of("GET / HTTP/1.1\r\nHost: a\r\n" + fields + fields + "\r\n", limits), 0
    );
}

TEST(ParserHead, LimitsTheHeadAsAWhole) {
    std::string fields;
    for (int i = 0; i < 9; ++i) {
        fields += "X: " + std::string(8000, 'y') + "\r\n";
    }
    EXPECT_EQ(test::status_with(fields), 431);
    EXPECT_EQ(test::status_of("GET / HTTP/1.1\r\nHost: a\r\nX:" + std::string(70000, ' ')), 431);
    EXPECT_EQ(test::status_of("GET / HTTP/1.1\r\n" + std::string(70000, 'x')), 431);
}

}  // namespace
