// How long a message is (RFC 9112 section 6), and that nothing ambiguous passes (T-10, T-14, T-17,
// T-18, T-19).
#include <gtest/gtest.h>

#include <string>

#include "tests/unit/http/events.h"
#include "tests/unit/http/parser/whole_request.h"

namespace {

// The status of a POST with these fields besides Host, and a body that none of them describes for
// sure.
int status_of_post(const std::string& fields, const std::string& version = "1.1") {
    return test::status_of(
        "POST / HTTP/" + version + "\r\nHost: a\r\n" + fields +
        "\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n"
    );
}

std::string chunked(const std::string& body) {
    return "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + body;
}

std::string body_of(const std::string& bytes) {
    const std::string events = test::events_of(bytes);
    const std::size_t start = events.find("\nbody ");
    return start == std::string::npos
               ? ""
               : events.substr(start + 6, events.find('\n', start + 1) - start - 6);
}

TEST(ParserFraming, T10RejectsContentLengthWithTransferEncoding) {
    EXPECT_EQ(status_of_post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), 400);
    EXPECT_EQ(status_of_post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), 400);
    EXPECT_EQ(status_of_post("Transfer-Encoding: chunked\r\nX: y\r\ncontent-length: 0\r\n"), 400);
}

TEST(ParserFraming, T10RejectsSeveralContentLengths) {
    EXPECT_EQ(status_of_post("Content-Length: 3\r\nContent-Length: 4\r\n"), 400);
    EXPECT_EQ(status_of_post("Content-Length: 3\r\nContent-Length: 3\r\n"), 400);
    EXPECT_EQ(status_of_post("Content-Length: 3, 3\r\n"), 400);
    EXPECT_EQ(status_of_post("Content-Length: 3,\r\n"), 400);
}

TEST(ParserFraming, T10RejectsContentLengthThatIsNotDigits) {
    for (const char* value :
         {"+3", "-1", "0x3", "1_0", "3 3", "3;", "", "abc", "3\t4", "0.0", "\xb2"}) {
        EXPECT_EQ(status_of_post(std::string("Content-Length: ") + value + "\r\n"), 400) << value;
    }
}

TEST(ParserFraming, T10RejectsContentLengthAbove64Bits) {
    EXPECT_EQ(status_of_post("Content-Length: 18446744073709551619\r\n"), 400);  // 2^64 + 3
    EXPECT_EQ(status_of_post("Content-Length: 99999999999999999999999999\r\n"), 400);
    EXPECT_EQ(
        status_of_post("Content-Length: 18446744073709551615\r\n"), 413
    );  // 2^64 - 1 is a number, and too much
}

// RFC 9110 section 5.5: white space around a value is no part of it.
TEST(ParserFraming, AcceptsSpacesAroundContentLength) {
    for (const char* value : {"3", " 3", "   3", "\t3", " 3 ", " 3   "}) {
        const std::string head =
            std::string("POST / HTTP/1.1\r\nHost: a\r\nContent-Length:") + value + "\r\n\r\n";
        EXPECT_EQ(body_of(head + "abc"), "abc") << value;
    }
}

TEST(ParserFraming, T10RejectsTransferEncodingThatDoesNotEndWithOneChunked) {
    for (const char* value :
         {"xchunked",
          "\x0b"
          "chunked",
          "chunked, identity",
          "identity",
          "gzip",
          "",
          ",",
          "chunked,",
          ",chunked",
          "chunked, chunked",
          "chunked;q=1",
          "chunked chunked",
          "\"chunked\"",
          "chunked\x80",
          "gzip;q=1, chunked"}) {
        EXPECT_EQ(status_of_post(std::string("Transfer-Encoding: ") + value + "\r\n"), 400)
            << value;
    }
}

TEST(ParserFraming, T10RejectsTwoTransferEncodings) {
    EXPECT_EQ(status_of_post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400);
    EXPECT_EQ(status_of_post("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n"), 400);
    EXPECT_EQ(status_of_post("Transfer-Encoding: gzip,\r\n chunked\r\n"), 400);
    EXPECT_EQ(status_of_post("Transfer-Encoding:\r\n chunked\r\n"), 400);
}

TEST(ParserFraming, T10RejectsTransferEncodingInHttp10) {
    EXPECT_EQ(status_of_post("Transfer-Encoding: chunked\r\n", "1.0"), 400);
    EXPECT_EQ(status_of_post("Transfer-Encoding: identity\r\n", "1.0"), 400);
}

// RFC 9112 section 6.1: well-formed, but not a coding that we have.
TEST(ParserFraming, AnswersOtherTransferEncodingsWith501) {
    EXPECT_EQ(status_of_post("Transfer-Encoding: gzip, chunked\r\n"), 501);
    EXPECT_EQ(status_of_post("Transfer-Encoding: GZip ,\tCHUNKED\r\n"), 501);
}

TEST(ParserFraming, AcceptsChunkedInAnySpelling) {
    for (const char* value : {"chunked", "Chunked", "CHUNKED", " chunked \t"}) {
        const std::string head =
            std::string("POST / HTTP/1.1\r\nHost: a\r\ntransfer-encoding: ") + value + "\r\n\r\n";
        EXPECT_EQ(body_of(head + "3\r\nabc\r\n0\r\n\r\n"), "abc") << value;
    }
}

TEST(ParserFraming, DecodesChunks) {
    EXPECT_EQ(
        body_of(chunked("3\r\nabc\r\n0A\r\n0123456789\r\n1\r\n!\r\n000\r\n\r\n")), "abc0123456789!"
    );
    EXPECT_EQ(body_of(chunked("0000000000000003\r\nabc\r\n0\r\n\r\n")), "abc");
    EXPECT_EQ(body_of(chunked("f\r\n0\r\n\r\nGET / HTTP\r\n0\r\n\r\n")), "0\\r\\n\\r\\nGET / HTTP");
}

TEST(ParserFraming, T14AcceptsWellFormedChunkExtensions) {
    EXPECT_EQ(body_of(chunked("3;a\r\nabc\r\n0;b=c;d=\"e;\\\" f\";g\r\n\r\n")), "abc");
    EXPECT_EQ(
        body_of(chunked("3;a=\"\";b=\"\\\\\";c=\"\t\x80\\\x80\"\r\nabc\r\n0\r\n\r\n")), "abc"
    );
}

TEST(ParserFraming, T14RejectsMalformedChunkExtensions) {
    for (const char* line :
         {"3;",
          "3;;a",
          "3; a",
          "3 ;a",
          "3;a ",
          "3;=b",
          "3;a=",
          "3;a=\"b",
          "3;a=\"b\"c",
          "3;a\rb",
          "3;a=\"\x01\"",
          "3;a=\"\rb\"",
          "3;a=\"\nb\"",
          "3;a=\"\\\n\"",
          "3;a\n",
          "3;a=b\n",
          "3;a=b=c"}) {
        EXPECT_EQ(test::status_of(chunked(std::string(line) + "\r\nabc\r\n0\r\n\r\n")), 400)
            << test::escaped(line);
    }
    using std::string_literals::operator""s;
    EXPECT_EQ(test::status_of(chunked("3;a\0b\r\nabc\r\n0\r\n\r\n"s)), 400);
    EXPECT_EQ(test::status_of(chunked("3;a=\"\0\"\r\nabc\r\n0\r\n\r\n"s)), 400);
}

// RFC 9112 section 7.1.1: a name is a token, a value a token or a quoted string, and no token is
// empty.
TEST(ParserFraming, T14RejectsChunkExtensionsOfWrongParts) {
    for (const char* extension :
         {"a;",
          "a=b;",
          "a=\"b\";",
          "a=;b",
          "=;b",
          "a=b\"c\"",
          "a=b\"c\"d",
          "a\"b\"",
          "\"a\"=b",
          "a=\"b\"\"c\"",
          "a=\x80",
          "a=\"\x7f\"",
          "a=\"\\\x7f\"",
          "a=\"\\\x01\""}) {
        EXPECT_EQ(
            test::status_of(chunked("3;" + std::string(extension) + "\r\nabc\r\n0\r\n\r\n")), 400
        ) << test::escaped(extension);
        EXPECT_EQ(test::status_of(chunked("0;" + std::string(extension) + "\r\n\r\n")), 400)
            << test::escaped(extension);
    }
}

TEST(ParserFraming, T14RejectsMalformedChunkSizes) {
    for (const char* line :
         {"0x3\r\n",
          "+3\r\n",
          "-1\r\n",
          "\r\n",
          "3\n",
          "\n",
          " 3\r\n",
          "3 \r\n",
          "g\r\n",
          "3\r\r\n",
          "3\rabc",
          "00000000000000003\r\n",
          "10000000000000000\r\n",
          "3_\r\n"}) {
        EXPECT_EQ(test::status_of(chunked(std::string(line) + "abc\r\n0\r\n\r\n")), 400)
            << test::escaped(line);
    }
}

// Wherever in a body the size stands, and whatever is behind it.
TEST(ParserFraming, T14CountsTheDigitsOfEachSize) {
    const std::string fifteen(15, '0');
    for (const char* extension : {"", ";a", ";a=b;c=\"d\""}) {
        const std::string end = extension + std::string("\r\n");
        const std::string good = chunked(fifteen + "1" + end + "x\r\n" + fifteen + "2" + end);
        EXPECT_EQ(test::status_of(good), 0) << extension;
        EXPECT_EQ(test::status_of(good + "yz\r\n" + fifteen + "0" + end + "\r\n"), 0) << extension;
        EXPECT_EQ(test::status_of(good + "yz\r\n" + fifteen + "00" + end), 400) << extension;
        EXPECT_EQ(test::status_of(good + "yz\r\n" + fifteen + "01" + end), 400) << extension;
        EXPECT_EQ(test::status_of(chunked(fifteen + "01" + end)), 400) << extension;
    }
    EXPECT_EQ(
        test::status_of(chunked(std::string(100, '0'))), 400
    );  // there is no need to wait for CRLF
}

TEST(ParserFraming, T14RejectsChunkDataWithoutCrlf) {
    for (const char* end : {"", "\n", "\r", "\n\r", "d\r\n", "\rx", " \r\n"}) {
        EXPECT_EQ(test::status_of(chunked(std::string("3\r\nabc") + end + "0\r\n\r\n")), 400)
            << test::escaped(end);
    }
}

TEST(ParserFraming, T14RejectsMoreThan16KiBOfChunkExtensions) {
    EXPECT_EQ(test::status_of(chunked("3;" + std::string(16000, 'a') + "\r\nabc\r\n")), 0);
    EXPECT_EQ(test::status_of(chunked("3;" + std::string(16384, 'a') + "\r\nabc\r\n")), 400);
    EXPECT_EQ(test::status_of(chunked("3;" + std::string(16383, 'a') + "\r\nabc\r\n")), 0);
    EXPECT_EQ(test::status_of(chunked("3;a=\"" + std::string(17000, 'b'))), 400);
    std::string many;
    for (int i = 0; i < 1700; ++i) {
        many += "1;123456789\r\nx\r\n";  // 17 000 bytes in all
    }
    EXPECT_EQ(test::status_of(chunked(many)), 400);
}

TEST(ParserFraming, T14DecodesAMillionChunksOfOneByte) {
    test::Conversation conversation;
    conversation.feed(chunked(""));
    std::string thousand;
    for (int i = 0; i < 1000; ++i) {
        thousand += "1\r\nx\r\n";
    }
    for (int i = 0; i < 1000; ++i) {
        conversation.feed(thousand);
    }
    conversation.feed("0\r\n\r\n");
    EXPECT_EQ(conversation.status(), 0);
    EXPECT_FALSE(conversation.parser().is_inside_message());
}

TEST(ParserFraming, T17ReadsNothingBehindAnError) {
    test::Conversation conversation;
    conversation.feed("GET /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(conversation.events(), "error 400\n");

    http::Limits limits;
    http::Request request;
    test::Conversation body;
    http::Parser parser(limits, body);
    base::Bytes bad = "BAD\r\n";
    EXPECT_EQ(parser.feed(bad, request), http::Parser::Step::kError);
    base::Bytes good = "GET /b HTTP/1.1\r\nHost: a\r\n\r\n";
    const std::size_t size = good.size();
    EXPECT_EQ(parser.feed(good, request), http::Parser::Step::kError);
    EXPECT_EQ(good.size(), size);
    EXPECT_EQ(parser.error().status, 400);
}

TEST(ParserFraming, T18DropsTrailers) {
    const std::string events = test::events_of(
        chunked("3\r\nabc\r\n0\r\nX-Sum: 1\r\nX-Forwarded-For: evil\r\n\r\n") +
        "GET /next HTTP/1.1\r\nHost: b\r\n\r\n"
    );
    EXPECT_EQ(
        events,
        "POST / HTTP/1.1\n  Host: a\n  Transfer-Encoding: chunked\nauthority a\nchunked\nbody "
        "abc\nend\n"
        "GET /next HTTP/1.1\n  Host: b\nauthority b\nend\n"
    );
}

TEST(ParserFraming, T18RejectsTrailersThatMayNotBeOnes) {
    for (const char* field :
         {"Content-Length: 3",
          "Transfer-Encoding: chunked",
          "Host: b",
          "host: b",
          "Authorization: x",
          "TE: x",
          "Trailer: x",
          "Connection: close",
          "Cookie: a=b",
          "Content-Type: text/plain"}) {
        EXPECT_EQ(test::status_of(chunked(std::string("0\r\n") + field + "\r\n\r\n")), 400)
            << field;
    }
}

TEST(ParserFraming, T18RejectsMalformedTrailers) {
    for (const char* field :
         {"X : y\r\n",
          ": y\r\n",
          "X\r\n",
          "X: y\n",
          " X: y\r\n",
          "X: y\r\n z\r\n",
          "X: a\rb\r\n"}) {
        EXPECT_EQ(test::status_of(chunked(std::string("0\r\n") + field + "\r\n")), 400)
            << test::escaped(field);
    }
    EXPECT_EQ(test::status_of(chunked("0\r\n\n")), 400);
    EXPECT_EQ(test::status_of(chunked("0\r\n\rX")), 400);
}

TEST(ParserFraming, T18LimitsTrailers) {
    std::string many;
    for (int i = 0; i < 101; ++i) {
        many += "X: y\r\n";
    }
    EXPECT_EQ(test::status_of(chunked("0\r\n" + many + "\r\n")), 431);
    EXPECT_EQ(test::status_of(chunked("0\r\nX: " + std::string(8190, 'y') + "\r\n\r\n")), 431);
}

TEST(ParserFraming, T19ReadsTheRequestBehindTheBodyOfAGet) {
    const std::string events = test::events_of(
        "GET /a HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nGET GET /b HTTP/1.1\r\nHost: "
        "a\r\n\r\n"
    );
    EXPECT_EQ(
        events,
        "GET /a HTTP/1.1\n  Host: a\n  Content-Length: 4\nauthority a\nlength 4\nbody GET \nend\n"
        "GET /b HTTP/1.1\n  Host: a\nauthority a\nend\n"
    );
}

TEST(ParserFraming, SaysEndWithoutHeadWhereThereIsNoBody) {
    http::Limits limits;
    http::Request request;
    test::Conversation body;
    http::Parser parser(limits, body);
    base::Bytes input = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\nGET";
    EXPECT_EQ(parser.feed(input, request), http::Parser::Step::kEnd);
    EXPECT_EQ(request.content_length, 0U);
    EXPECT_FALSE(request.has_body());
    EXPECT_EQ(input, "GET");
}

TEST(ParserFraming, SaysHeadAsSoonAsTheHeadIsComplete) {
    http::Limits limits;
    http::Request request;
    test::Conversation body;
    http::Parser parser(limits, body);
    base::Bytes input = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nab";
    EXPECT_EQ(parser.feed(input, request), http::Parser::Step::kHead);
    EXPECT_EQ(input, "ab");
    EXPECT_TRUE(parser.is_inside_body());
    EXPECT_EQ(parser.feed(input, request), http::Parser::Step::kNeedMore);
    EXPECT_EQ(body.events(), "body ab\n");
    input = "cG";
    EXPECT_EQ(parser.feed(input, request), http::Parser::Step::kEnd);
    EXPECT_EQ(input, "G");
    EXPECT_FALSE(parser.is_inside_body());
    EXPECT_FALSE(parser.is_inside_message());
}

// The request may be with another thread by then.
TEST(ParserFraming, LeavesTheRequestAloneWhileTheBodyIsRead) {
    http::Limits limits;
    http::Request first;
    http::Request untouched;
    test::Conversation body;
    http::Parser parser(limits, body);
    base::Bytes input =
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nA: "
        "b\r\n\r\n";
    EXPECT_EQ(parser.feed(input, first), http::Parser::Step::kHead);
    untouched.target = "/untouched";
    EXPECT_EQ(parser.feed(input, untouched), http::Parser::Step::kEnd);
    EXPECT_EQ(untouched.target, "/untouched");
    EXPECT_TRUE(untouched.headers.is_empty());
    EXPECT_EQ(first.headers.size(), 2U);
}

TEST(ParserFraming, LimitsTheBody) {
    http::Limits limits;
    limits.body = 10;
    const std::string fixed = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ";
    EXPECT_EQ(test::events_of(fixed + "11\r\n\r\n01234567890", 0, limits), "error 413\n");
    EXPECT_NE(
        test::events_of(fixed + "10\r\n\r\n0123456789", 0, limits).find("end"), std::string::npos
    );
    const std::string events =
        test::events_of(chunked("6\r\n012345\r\n5\r\n67890\r\n0\r\n\r\n"), 0, limits);
    EXPECT_NE(events.find("body 012345\nerror 413\n"), std::string::npos);
    EXPECT_EQ(
        test::events_of(chunked("6\r\n012345\r\n4\r\n6789\r\n0\r\n\r\n"), 0, limits).find("error"),
        std::string::npos
    );
    EXPECT_NE(
        test::events_of(chunked("ffffffffffffffff\r\n"), 0, limits).find("error 413"),
        std::string::npos
    );
    limits.body = 0;
    EXPECT_EQ(
        test::events_of(fixed + "18446744073709551615\r\n\r\n", 0, limits).find("error"),
        std::string::npos
    );
}

}  // namespace
