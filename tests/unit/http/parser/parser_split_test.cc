// T-12: where the network cuts a message never changes what it says.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/http/events.h"

namespace {

void expect_same_events_for_every_split(const std::string& bytes, const http::Limits& limits = {}) {
    const std::string whole = test::events_of(bytes, 0, limits);
    for (std::size_t split = 1; split < bytes.size(); ++split) {
        ASSERT_EQ(test::events_of(bytes, split, limits), whole)
            << "split at " << split << " of " << test::escaped(bytes);
    }
    EXPECT_EQ(test::events_byte_by_byte(bytes, limits), whole) << test::escaped(bytes);
}

const std::string kPost =
    "POST /a?b=c HTTP/1.1\r\nHost: example.org\r\nX-Long: a value with spaces \t "
    "\r\nEmpty:\r\nContent-Length: 11\r\n\r\nhello world";
const std::string kChunked =
    "\r\nPUT http://b.org:81/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nExpect: "
    "100-continue\r\n\r\n"
    "5;a=\"b\"\r\nhello\r\n1\r\n!\r\n0\r\nX-Sum: 7\r\n\r\n";
const std::string kGet = "GET / HTTP/1.0\r\n\r\n";

TEST(ParserSplit, T12PipelinedPairsAreTheSameForEverySplit) {
    for (const std::string& first : {kPost, kChunked, kGet}) {
        for (const std::string& second : {kPost, kChunked, kGet}) {
            expect_same_events_for_every_split(first + second);
        }
    }
}

TEST(ParserSplit, T12HeadAndBodyInOneSegmentAreByteExact) {
    std::string body;
    for (int code = 0; code < 256; ++code) {
        body += static_cast<char>(code);
    }
    const std::string bytes = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 256\r\n\r\n" + body;
    EXPECT_NE(
        test::events_of(bytes).find("\nbody " + test::escaped(body) + "\nend\n"), std::string::npos
    );
    expect_same_events_for_every_split(bytes);
}

TEST(ParserSplit, T12ErrorsAreTheSameForEverySplit) {
    for (const char* bad :
         {"GET / HTTP/1.1\r\n\r\n",
          "GET / HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n",
          "GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n",
          "GET / HTTP/1.1\r\nHost: a\r\nX: \rxTransfer-Encoding: chunked\r\n\r\n",
          "\r\nGET /# HTTP/1.1\r\nHost: a\r\n\r\n",
          "GET / HTTP/2.0\r\nHost: a\r\n\r\n",
          "GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n",
          "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: "
          "chunked\r\n\r\n0\r\n\r\n",
          "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
          "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n",
          "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nHost: "
          "b\r\n\r\n",
          "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
          "chunked\r\n\r\n00000000000000001\r\na\r\n0\r\n\r\n",
          "\r\n\r\n\r\n\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"}) {
        expect_same_events_for_every_split(bad);
    }
}

TEST(ParserSplit, T12ChunkLinesAreTheSameForEverySplit) {
    const http::Limits limits{.body = 8};
    const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    const std::string zeros(15, '0');
    for (const std::string& line :
         {zeros + "2;a=b;c=\"\\\"d\"",
          zeros + "02;a=b",
          zeros + "009;a=b",
          zeros + "0009",
          std::string("2;a=;b"),
          std::string("2;;a"),
          std::string("2;=b"),
          std::string("2;a=b\"c\""),
          std::string("2;a=\"b"),
          std::string("9;a"),
          std::string("2;a=\"\""),
          zeros + "0;a",
          zeros + "00;a",
          std::string("2;a\rb"),
          std::string("2;a=\nb")}) {
        expect_same_events_for_every_split(
            head + line + "\r\nxy\r\n" + line + "\r\nxy\r\n0;a\r\nB: c\r\n\r\n" + kGet, limits
        );
    }
}

TEST(ParserSplit, T12LimitsAreTheSameForEverySplit) {
    const http::Limits limits{.request_line = 30, .field_size = 20, .fields = 3, .body = 8};
    const std::string head = "GET / HTTP/1.1\r\nHost: a\r\n";
    const std::vector<std::string> cases = {
        "GET /" + std::string(30, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /\x01" + std::string(30, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n",
        head + "X: " + std::string(20, 'a') + "\x01\r\n\r\n",
        head + "X: " + std::string(20, 'a') + "\r\n\r\n",
        head + "A: b\r\nA: b\r\nA: b\r\nA\x01: b\r\n\r\n",
        head + "Content-Length: 9\r\n\r\n123456789",
        head + "Transfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n4\r\n6789\r\n0\r\n\r\n",
    };
    for (const std::string& bytes : cases) {
        expect_same_events_for_every_split(bytes, limits);
    }
}

}  // namespace
