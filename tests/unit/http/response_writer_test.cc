// What leaves on the wire (RFC 9112 sections 4, 6, 7 and 9; T-20, T-21, T-22), read back by a
// reader of the test's own.
#include "http/response_writer.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "http/date.h"
#include "http/status.h"

namespace {

using std::string_literals::operator""s;

http::Response response_of(
    int status, std::string reason, std::optional<std::uint64_t> content_length = {}
) {
    http::Response response;
    response.status = static_cast<std::uint16_t>(status);
    response.reason = std::move(reason);
    response.content_length = content_length;
    return response;
}

// What a client makes of the bytes.
struct Read {
    std::string status_line;
    std::vector<std::pair<std::string, std::string>> fields;
    std::string body;
    bool is_complete = false;  // by its framing; without any, the end of the connection has to tell
    std::string rest;

    [[nodiscard]] std::string field(const std::string& name) const {
        std::string values;
        for (const auto& [key, value] : fields) {
            values += key == name ? "[" + value + "]" : "";
        }
        return values;
    }
};

std::string take_line(std::string& bytes) {
    const std::size_t end = bytes.find("\r\n");
    EXPECT_NE(end, std::string::npos) << bytes;
    const std::string line = bytes.substr(0, end);
    bytes.erase(0, end + 2);
    return line;
}

void read_chunks(std::string bytes, Read& read) {
    while (!bytes.empty()) {
        const std::size_t size = std::stoul(take_line(bytes), nullptr, 16);
        read.body += bytes.substr(0, size);
        bytes.erase(0, size);
        EXPECT_EQ(take_line(bytes), "");
        if (size == 0) {
            read.is_complete = true;
            break;
        }
    }
    read.rest = bytes;
}

Read read_back(std::string bytes, bool is_bodiless = false) {
    Read read;
    read.status_line = take_line(bytes);
    for (std::string line = take_line(bytes); !line.empty(); line = take_line(bytes)) {
        const std::size_t colon = line.find(": ");
        read.fields.emplace_back(line.substr(0, colon), line.substr(colon + 2));
    }
    const std::string length = read.field("Content-Length");
    if (is_bodiless) {
        read.is_complete = true;
        read.rest = bytes;
    } else if (read.field("Transfer-Encoding") == "[chunked]") {
        EXPECT_EQ(length, "");
        read_chunks(bytes, read);
    } else if (!length.empty()) {
        const std::size_t size = std::stoul(length.substr(1));
        read.body = bytes.substr(0, size);
        read.is_complete = read.body.size() == size;
        read.rest = bytes.size() > size ? bytes.substr(size) : "";
    } else {
        read.body = bytes;
    }
    return read;
}

struct Written {
    std::string bytes;
    http::Framing framing;
    bool is_whole;
};

Written write(
    const http::Response& response,
    const http::HeadContext& context,
    const std::vector<std::string>& pieces
) {
    Written written;
    written.framing = http::write_head(response, context, written.bytes);
    for (const std::string& piece : pieces) {
        http::write_body(written.framing, piece, written.bytes);
    }
    written.is_whole = http::write_end(written.framing, written.bytes);
    return written;
}

TEST(ResponseWriter, WritesAResponseOfKnownLength) {
    http::Response response = response_of(200, "OK", 5);
    response.headers.add("Content-Type", "text/plain");
    const http::OwnFields own("Sun, 06 Nov 1994 08:49:37 GMT", "x");
    const Written written = write(response, {.own = &own}, {"he", "llo"});
    EXPECT_EQ(
        written.bytes,
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nDate: Sun, 06 Nov 1994 08:49:37 "
        "GMT\r\nServer: x\r\n"
        "Content-Length: 5\r\n\r\nhello"
    );
    EXPECT_TRUE(written.is_whole);
    EXPECT_TRUE(written.framing.keep_alive);
}

TEST(ResponseWriter, ChunksWhereTheLengthIsUnknown) {
    const Written written = write(response_of(200, "OK"), {}, {"hello world, 17 b", "", "!"});
    EXPECT_EQ(
        written.bytes,
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n11\r\nhello world, 17 "
        "b\r\n1\r\n!\r\n0\r\n\r\n"
    );
}

TEST(ResponseWriter, EndsTheBodyWithTheConnectionForHttp10) {
    const Written written = write(response_of(200, "OK"), {.minor = 0}, {"abc"});
    EXPECT_EQ(written.bytes, "HTTP/1.1 200 OK\r\n\r\nabc");
    EXPECT_FALSE(written.framing.keep_alive);
    EXPECT_TRUE(written.is_whole);
}

TEST(ResponseWriter, SaysWhatBecomesOfTheConnection) {
    const auto connection = [](std::uint8_t minor, bool may_keep_alive) {
        const http::HeadContext context{.minor = minor, .may_keep_alive = may_keep_alive};
        const Written written = write(response_of(200, "OK", 0), context, {});
        EXPECT_EQ(written.framing.keep_alive, may_keep_alive);
        return read_back(written.bytes).field("Connection");
    };
    EXPECT_EQ(connection(1, true), "");
    EXPECT_EQ(connection(1, false), "[close]");
    EXPECT_EQ(connection(0, true), "[keep-alive]");
    EXPECT_EQ(connection(0, false), "");
}

TEST(ResponseWriter, WritesAnEmptyReasonWithItsSpace) {
    EXPECT_TRUE(write(response_of(200, "", 0), {}, {}).bytes.starts_with("HTTP/1.1 200 \r\n"));
    EXPECT_TRUE(write(response_of(999, "A b", 0), {}, {}).bytes.starts_with("HTTP/1.1 999 A b\r\n")
    );
}

TEST(ResponseWriter, T20RefusesBytesThatSplitAHead) {
    for (const std::string& bad : {"a\rb"s, "a\nb"s, "a\0b"s, "\r\nX: y"s}) {
        EXPECT_FALSE(http::check(response_of(200, bad)));
        http::Response value = response_of(200, "OK");
        value.headers.add("X", bad);
        EXPECT_FALSE(http::check(value));
        http::Response name = response_of(200, "OK");
        name.headers.add(bad, "y");
        EXPECT_FALSE(http::check(name));
        EXPECT_EQ(http::check(name).error().fault, base::Fault::kApplication);
    }
    http::Response good = response_of(200, "Gr\xfc\xdf dich");
    good.headers.add("X-A", "\t \xff");
    EXPECT_TRUE(http::check(good));
}

TEST(ResponseWriter, T20RefusesNamesThatAreNoTokens) {
    for (const char* name : {"", "X Y", "X:", "\x80", "(", "X\t"}) {
        http::Response response = response_of(200, "OK");
        response.headers.add(name, "y");
        EXPECT_FALSE(http::check(response)) << name;
    }
}

TEST(ResponseWriter, RefusesStatusesThatEndNoRequest) {
    for (const int status : {0, 99, 100, 101, 199, 1000}) {
        EXPECT_FALSE(http::check(response_of(status, ""))) << status;
    }
    for (const int status : {200, 299, 600, 999}) {
        EXPECT_TRUE(http::check(response_of(status, ""))) << status;
    }
}

TEST(ResponseWriter, T21DropsHopByHopFields) {
    http::Response response = response_of(200, "OK", 1);
    for (const char* name :
         {"Connection",
          "Keep-Alive",
          "Proxy-Connection",
          "Transfer-Encoding",
          "Upgrade",
          "TE",
          "Trailer",
          "Content-Length",
          "content-length",
          "TRANSFER-ENCODING"}) {
        response.headers.add(name, "7");
    }
    response.headers.add("X-Kept", "a");
    EXPECT_EQ(
        write(response, {}, {"x"}).bytes,
        "HTTP/1.1 200 OK\r\nX-Kept: a\r\nContent-Length: 1\r\n\r\nx"
    );
}

TEST(ResponseWriter, T21CutsABodyThatIsLongerThanAnnounced) {
    const Written written = write(response_of(200, "OK", 5), {}, {"hel", "lo world", "!"});
    EXPECT_TRUE(written.framing.was_cut);
    EXPECT_TRUE(written.is_whole);
    EXPECT_EQ(read_back(written.bytes).body, "hello");
    EXPECT_FALSE(write(response_of(200, "OK", 5), {}, {"hello", ""}).framing.was_cut);
}

TEST(ResponseWriter, T21ReportsABodyThatIsShorterThanAnnounced) {
    EXPECT_FALSE(write(response_of(200, "OK", 5), {}, {"hell"}).is_whole);
    EXPECT_FALSE(write(response_of(200, "OK", 5), {}, {}).is_whole);
}

TEST(ResponseWriter, T22WritesNoBodyWhereThereIsNone) {
    for (const int status : {204, 304}) {
        const Written written = write(response_of(status, "", 3), {}, {"abc"});
        EXPECT_EQ(written.bytes, "HTTP/1.1 " + std::to_string(status) + " \r\n\r\n");
        EXPECT_TRUE(written.is_whole);
        EXPECT_FALSE(written.framing.was_cut);
    }
    EXPECT_EQ(
        write(response_of(205, "", 3), {}, {"abc"}).bytes,
        "HTTP/1.1 205 \r\nContent-Length: 0\r\n\r\n"
    );
}

TEST(ResponseWriter, T22AnswersHeadWithTheHeadOfGet) {
    const Written known = write(response_of(200, "OK", 5), {.is_head = true}, {"hello"});
    EXPECT_EQ(known.bytes, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
    EXPECT_TRUE(known.is_whole);
    const Written unknown = write(response_of(200, "OK"), {.minor = 0, .is_head = true}, {"hello"});
    EXPECT_EQ(unknown.bytes, "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_TRUE(unknown.framing.keep_alive);
}

TEST(ResponseWriter, KeepsDateAndServerOfTheApplication) {
    http::Response response = response_of(200, "OK", 0);
    response.headers.add("date", "then");
    response.headers.add("SERVER", "mine");
    const http::OwnFields own("now", "ours");
    const Read read = read_back(write(response, {.own = &own}, {}).bytes);
    EXPECT_EQ(read.field("Date") + read.field("Server"), "");
    EXPECT_EQ(read.field("date") + read.field("SERVER"), "[then][mine]");
}

TEST(ResponseWriter, AddsWhatOfDateAndServerTheApplicationLeavesOut) {
    const http::OwnFields own("now", "ours");
    const auto added_to = [&own](const char* name) {
        http::Response response = response_of(200, "OK", 0);
        response.headers.add(name, "its");
        const Read read = read_back(write(response, {.own = &own}, {}).bytes);
        return read.field("Date") + read.field("Server");
    };
    EXPECT_EQ(added_to("X"), "[now][ours]");
    EXPECT_EQ(added_to("date"), "[ours]");
    EXPECT_EQ(added_to("server"), "[now]");
}

TEST(ResponseWriter, LeavesOutWhatOfItsOwnFieldsIsEmpty) {
    const auto written_with = [](const http::OwnFields& own) {
        return write(response_of(204, ""), {.own = &own}, {}).bytes;
    };
    EXPECT_EQ(written_with({}), "HTTP/1.1 204 \r\n\r\n");
    EXPECT_EQ(written_with({"now", ""}), "HTTP/1.1 204 \r\nDate: now\r\n\r\n");
    EXPECT_EQ(written_with({"", "ours"}), "HTTP/1.1 204 \r\nServer: ours\r\n\r\n");
}

// Room is counted first, and written into without another look: a sanitizer sees what goes too far.
TEST(ResponseWriter, HasRoomForTheLongestOfEverything) {
    const http::OwnFields own("now", "ours");
    const std::vector<std::pair<std::string, std::string>> extra = {{"A", ""}, {"B", "b"}};
    http::Response response = response_of(65535, "?", UINT64_MAX);
    response.headers.add("X", "");
    std::string bytes = "in front ";
    http::write_head(response, {.minor = 0, .own = &own, .extra = extra}, bytes);
    EXPECT_EQ(
        bytes,
        "in front HTTP/1.1 65535 ?\r\nX: \r\nA: \r\nB: b\r\nDate: now\r\nServer: ours\r\n"
        "Content-Length: 18446744073709551615\r\nConnection: keep-alive\r\n\r\n"
    );
}

TEST(ResponseWriter, KeepsRepeatedFieldsAndTheirOrder) {
    http::Response response = response_of(200, "OK", 0);
    response.headers.add("Set-Cookie", "a=1");
    response.headers.add("X", "y");
    response.headers.add("Set-Cookie", "b=2");
    const Read read = read_back(write(response, {}, {}).bytes);
    EXPECT_EQ(read.fields[0].second + read.fields[1].second + read.fields[2].second, "a=1yb=2");
}

TEST(ResponseWriter, CountsBytesThatTravelAnotherWay) {
    std::string out;
    http::Framing framing = http::write_head(response_of(200, "OK", 10), {}, out);
    EXPECT_EQ(http::take_unframed(framing, 4), 4U);
    EXPECT_EQ(http::take_unframed(framing, 8), 6U);
    EXPECT_TRUE(framing.was_cut);
    EXPECT_EQ(http::take_unframed(framing, 1), 0U);
    EXPECT_TRUE(http::write_end(framing, out));

    http::Framing until_close = http::write_head(response_of(200, "OK"), {.minor = 0}, out);
    EXPECT_EQ(http::take_unframed(until_close, 1ULL << 40), 1ULL << 40);
    http::Framing head = http::write_head(response_of(200, "OK", 9), {.is_head = true}, out);
    EXPECT_EQ(http::take_unframed(head, 9), 0U);
}

TEST(ResponseWriter, StartsAChunkForBytesThatTravelAnotherWay) {
    std::string out;
    http::write_chunk_start(0x1abcdef, out);
    EXPECT_EQ(out, "1abcdef\r\n");
}

// Whatever is written is read back: every framing, version and cut of a body.
TEST(ResponseWriter, IsReadBackByAnotherReader) {
    const std::string body = "0\r\n\r\nHTTP/1.1 200 OK\r\n" + std::string(300, 'x');
    int cases = 0;
    for (const std::uint8_t minor : {std::uint8_t{0}, std::uint8_t{1}}) {
        for (const bool is_head : {false, true}) {
            for (const int status : {200, 204, 205, 304, 404, 500}) {
                for (const bool is_known : {false, true}) {
                    for (std::size_t cut = 0; cut <= body.size(); cut += 7) {
                        http::Response response = response_of(status, "Some Reason");
                        if (is_known) {
                            response.content_length = body.size();
                        }
                        const Written written = write(
                            response,
                            {.minor = minor, .is_head = is_head},
                            {body.substr(0, cut), body.substr(cut)}
                        );
                        const bool is_bodiless =
                            is_head || status == 204 || status == 205 || status == 304;
                        const Read read = read_back(written.bytes, is_bodiless);
                        ASSERT_EQ(
                            read.status_line, "HTTP/1.1 " + std::to_string(status) + " Some Reason"
                        );
                        ASSERT_EQ(read.body, is_bodiless ? "" : body);
                        ASSERT_EQ(read.rest, "");
                        ASSERT_TRUE(written.is_whole);
                        ASSERT_EQ(read.is_complete, written.framing.keep_alive) << written.bytes;
                        ++cases;
                    }
                }
            }
        }
    }
    EXPECT_GT(cases, 1000);
}

TEST(ResponseWriter, AddsTheFieldsOfTheConfiguration) {
    const std::vector<std::pair<std::string, std::string>> extra = {
        {"Set-Cookie", "a=1"}, {"Set-Cookie", "b=2"}, {"Connection", "x"}, {"Content-Length", "9"}};
    http::Response response = response_of(200, "OK", 0);
    response.headers.add("Set-Cookie", "own=1");
    std::string bytes;
    http::write_head(response, {.extra = extra}, bytes);
    EXPECT_EQ(
        bytes,
        "HTTP/1.1 200 OK\r\nSet-Cookie: own=1\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n"
        "Content-Length: 0\r\n\r\n"
    );
}

TEST(ResponseWriter, ChecksSingleFields) {
    EXPECT_TRUE(http::check_field("Set-Cookie", "a=1; path=/"));
    EXPECT_FALSE(http::check_field("Set-Cookie", "a\r\nX: y"));
    EXPECT_FALSE(http::check_field("Set-Cookie", "a\n"));
    EXPECT_FALSE(http::check_field("Set-Cookie", "a\0b"s));
    EXPECT_FALSE(http::check_field("Set Cookie", "a"));
    EXPECT_FALSE(http::check_field("", "a"));
}

TEST(ResponseWriter, RefusesThreeBytesOfAValueAndNoOther) {
    for (int byte = 0; byte <= 0xff; ++byte) {
        const bool is_refused = byte == 0 || byte == '\r' || byte == '\n';
        const std::string value = "a" + std::string(1, static_cast<char>(byte)) + "b";
        EXPECT_EQ(http::check_field("X", value).has_value(), !is_refused) << byte;
    }
}

TEST(HttpDate, IsAnImfFixdate) {
    EXPECT_EQ(
        http::http_date(784111777), "Sun, 06 Nov 1994 08:49:37 GMT"
    );  // RFC 9110 section 5.6.7
    EXPECT_EQ(http::http_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
    EXPECT_EQ(http::http_date(951782399), "Mon, 28 Feb 2000 23:59:59 GMT");
    EXPECT_EQ(http::http_date(951782400), "Tue, 29 Feb 2000 00:00:00 GMT");
    EXPECT_EQ(http::http_date(4102444799), "Thu, 31 Dec 2099 23:59:59 GMT");
}

TEST(Status, HasThePhrasesOfTheRegistry) {
    EXPECT_EQ(http::reason_phrase(100), "Continue");
    EXPECT_EQ(http::reason_phrase(200), "OK");
    EXPECT_EQ(http::reason_phrase(413), "Content Too Large");
    EXPECT_EQ(http::reason_phrase(431), "Request Header Fields Too Large");
    EXPECT_EQ(http::reason_phrase(511), "Network Authentication Required");
    for (const int status : {0, 99, 299, 306, 418, 512, 999, -1}) {
        EXPECT_EQ(http::reason_phrase(status), "") << status;
    }
}

TEST(Status, BlamesTheRightOne) {
    EXPECT_EQ(http::status_for({base::Fault::kClient, ""}), 400);
    EXPECT_EQ(http::status_for({base::Fault::kApplication, ""}), 500);
    EXPECT_EQ(http::status_for({base::Fault::kServer, ""}), 500);
    EXPECT_EQ(http::status_for({base::Fault::kConfig, ""}), 500);
    EXPECT_EQ(http::status_for({base::Fault::kSystem, ""}), 503);
}

}  // namespace
