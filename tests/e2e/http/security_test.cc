// Malformed and ambiguous requests (the security record's tests T-10 to T-18): refused, and nothing
// further is read from their connection, even what is there already.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/e2e.h"
#include "tests/support/fifo.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

using namespace std::string_literals;

class Hostile : public OnLane {
protected:
    void SetUp() override {
        OnLane::SetUp();
        server_ = &start("WSGIScriptAlias / ${apps}/echoes_body.py\n");
    }

    // `request` is answered with `status` and the connection closes. A well-formed request stands
    // behind it in the same segment and must not be served (T-17).
    void expect_refused(const std::string& request, int status = 400) {
        Client client = server_->connect();
        client.send(request + "GET /next HTTP/1.1\r\nHost: a\r\n\r\n");
        const std::string all = client.read_until_close();
        const std::string shown = testing::PrintToString(request.substr(0, 300));
        EXPECT_TRUE(all.starts_with(fmt::format("HTTP/1.1 {} ", status))) << shown << "\n"
                                                                          << all.substr(0, 100);
        EXPECT_EQ(count_of(all, "HTTP/1."), 1U) << shown << "\n" << all;
    }
    void expect_all_refused(const std::vector<std::string>& requests, int status = 400) {
        for (const std::string& request : requests) {
            expect_refused(request, status);
        }
        EXPECT_EQ(server_->get("/").status, 200) << "the next client is served";
    }
    static std::string with_fields(const std::string& fields, const std::string& body = "") {
        return "POST / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n\r\n" + body;
    }
    static std::string chunked(const std::string& body) {
        return with_fields("Transfer-Encoding: chunked", body);
    }

    Server* server_ = nullptr;
};
INSTANTIATE_TEST_SUITE_P(, Hostile, testing::ValuesIn(both_modes()), name_of);

TEST_P(Hostile, T10TwoFramings) {
    expect_all_refused({
        with_fields("Content-Length: 3\r\nTransfer-Encoding: chunked", "0\r\n\r\n"),
        with_fields("Transfer-Encoding: chunked\r\nContent-Length: 3", "0\r\n\r\n"),
        with_fields("Content-Length: 3\r\nContent-Length: 4", "abcd"),
        with_fields("Content-Length: 3\r\nContent-Length: 3", "abc"),
        with_fields("Content-Length: 3, 3", "abc"),
        with_fields("Content-Length: 3,4", "abc"),
    });
}

TEST_P(Hostile, T10LengthsThatAreNone) {
    std::vector<std::string> requests;
    for (const char* length :
         {"+3",
          "-1",
          "0x3",
          "1_0",
          "3 3",
          "3.0",
          "abc",
          "",
          " ",
          "18446744073709551619",
          "99999999999999999999999",
          "3;"}) {
        requests.push_back(with_fields("Content-Length: "s + length, "abc"));
    }
    expect_all_refused(requests);
}

// Blanks around a value are no part of it (RFC 9110 section 5.5): " 3" and "3 " are 3.
TEST_P(Hostile, T10WhiteSpaceAroundALengthIsHarmless) {
    for (const char* field : {"Content-Length:   3", "Content-Length: 3 "}) {
        Client client = server_->connect();
        client.send(with_fields(field, "abc"));
        EXPECT_EQ(client.read_response().body, "abc") << field;
    }
}

TEST_P(Hostile, T10TransferEncodingsThatAreNotChunked) {
    expect_all_refused({
        with_fields("Transfer-Encoding: xchunked", "0\r\n\r\n"),
        with_fields("Transfer-Encoding: \x0b"s + "chunked", "0\r\n\r\n"),
        with_fields("Transfer-Encoding: chunked, identity", "0\r\n\r\n"),
        with_fields("Transfer-Encoding: chunked, chunked", "0\r\n\r\n"),
        with_fields("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", "0\r\n\r\n"),
        with_fields("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "0\r\n\r\n"),
        with_fields("Transfer-Encoding:", "0\r\n\r\n"),
        with_fields("Transfer-Encoding: identity", "0\r\n\r\n"),
        with_fields("Transfer-Encoding:\r\n chunked", "0\r\n\r\n"),
        with_fields("Transfer-Encoding: chunked;q=1", "0\r\n\r\n"),
        "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    });
}

// RFC 9112 section 6.1: a coding that is understood by nobody here.
TEST_P(Hostile, T10OtherTransferEncodingsAreNotImplemented) {
    for (const char* coding : {"gzip, chunked", "gzip"}) {
        Client client = server_->connect();
        client.send(with_fields(
            "Transfer-Encoding: "s + coding, "0\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"
        ));
        const std::string all = client.read_until_close();
        EXPECT_TRUE(all.starts_with("HTTP/1.1 501 ") || all.starts_with("HTTP/1.1 400 "))
            << coding << all;
        EXPECT_EQ(count_of(all, "HTTP/1."), 1U);
    }
}

TEST_P(Hostile, T11LineEndsThatAreNone) {
    expect_all_refused({
        "GET / HTTP/1.1\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: y\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n\n",
        "GET / HTTP/1.1\rHost: a\r\r",
        "GET / HTTP/1.1\r\nHost: a\rX: y\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: y\rz\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n\rX",
        "GET / HTTP/1.1\r\nHost: a\r\nX: y\r\r\n\r\n",
    });
}

TEST_P(Hostile, T11FieldsThatAreNone) {
    expect_all_refused({
        with_fields("X : y"),
        with_fields("X\t: y"),
        with_fields(": y"),
        with_fields(" X: y"),
        with_fields("X: y\r\n folded"),
        with_fields("X: y\r\n\tfolded"),
        with_fields("no colon"),
        with_fields("X: a\0b"s),
        with_fields("X: a\x01"
                    "b"),
        with_fields("X: a\x7f"
                    "b"),
        with_fields("X\x01: y"),
        with_fields("X\0: y"s),
        with_fields("X(y): z"),
        with_fields("X\xc3\xa9: z"),
    });
}

TEST_P(Hostile, T13AHeaderBehindACarriageReturn) {
    expect_all_refused({
        with_fields("X: \rTransfer-Encoding: chunked", "0\r\n\r\n"),
        with_fields("X: \rxTransfer-Encoding: chunked", "0\r\n\r\n"),
        with_fields("X:\rContent-Length: 3", "abc"),
    });
}

// The head is fine, so the application may have begun; it must neither get a clean end nor the
// connection a next request.
TEST_P(Hostile, T14ChunksThatAreNone) {
    std::vector<std::string> requests;
    for (const std::string& body : {
             "3;a\nb\r\nabc\r\n0\r\n\r\n"s,
             "3;a\rb\r\nabc\r\n0\r\n\r\n"s,
             "3;a\0b\r\nabc\r\n0\r\n\r\n"s,
             "3\nabc\r\n0\r\n\r\n"s,
             "0x3\r\nabc\r\n0\r\n\r\n"s,
             "+3\r\nabc\r\n0\r\n\r\n"s,
             "-1\r\nabc\r\n0\r\n\r\n"s,
             "10000000000000003\r\nabc\r\n0\r\n\r\n"s,
             "fffffffffffffffff\r\nabc\r\n"s,
             "\r\nabc\r\n0\r\n\r\n"s,
             "\nabc\r\n0\r\n\r\n"s,
             "3\r\nabcX\r\n0\r\n\r\n"s,
             "3\r\nabc\n0\r\n\r\n"s,
             "3\r\nabc0\r\n\r\n"s,
             "3 \r\nabc\r\n0\r\n\r\n"s,
             " 3\r\nabc\r\n0\r\n\r\n"s,
             "3\r\r\nabc\r\n0\r\n\r\n"s,
             "g\r\nabc\r\n0\r\n\r\n"s,
         }) {
        requests.push_back(chunked(body));
    }
    allow_tracebacks();
    allow_log("OSError");
    expect_all_refused(requests);
}

TEST_P(Hostile, T14ExtensionsWithoutEnd) {
    allow_tracebacks();
    allow_log("OSError");
    expect_all_refused({
        chunked("3;" + std::string(20000, 'e') + "\r\nabc\r\n0\r\n\r\n"),
        chunked(repeat("1;" + std::string(1000, 'e') + "\r\na\r\n", 20) + "0\r\n\r\n"),
    });
}

TEST_P(Hostile, T14ManyTinyChunksAreJustABody) {
    constexpr std::size_t kChunks = 100000;
    Client client = server_->connect();
    client.send(chunked(repeat("1\r\na\r\n", kChunks) + "0\r\n\r\n"));
    EXPECT_TRUE(client.read_response().body == std::string(kChunks, 'a'));
}

TEST_P(Hostile, T15HostsThatAreNone) {
    expect_all_refused({
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: user@a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a?b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a#b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: " + std::string(256, 'h') + "\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a:http\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a:99999\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a:-1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a:80:80\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a,b\r\n\r\n",
    });
}

TEST_P(Hostile, T16TargetsThatAreNone) {
    expect_all_refused({
        "GET a HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET * HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /a\tb HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /a\0b HTTP/1.1\r\nHost: a\r\n\r\n"s,
        "GET  HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET a:80 HTTP/1.1\r\nHost: a\r\n\r\n",
        "G(T / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1 \r\nHost: a\r\n\r\n",
        "GET / HTTP/11\r\nHost: a\r\n\r\n",
        "GET / http/1.1\r\nHost: a\r\n\r\n",
        "GET / \r\n\r\n",
    });
}

TEST_P(Hostile, T16VersionsThatAreNotOurs) {
    expect_refused("GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505);
    expect_refused("GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505);
}

TEST_P(Hostile, T17ARefusalEndsTheConnection) {
    Client client = server_->connect();
    const std::string good = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";
    client.send(good + good + with_fields("Content-Length: x") + good + good);
    const std::string all = client.read_until_close();
    EXPECT_EQ(count_of(all, "HTTP/1.1 200 "), 2U);
    EXPECT_EQ(count_of(all, "HTTP/1.1 400 "), 1U);
    EXPECT_EQ(count_of(all, "HTTP/1.1 "), 3U);
    EXPECT_LT(all.rfind("HTTP/1.1 200 "), all.find("HTTP/1.1 400 "));
}

TEST_P(Hostile, T18TrailersAreNoHeaders) {
    Server& server = start("WSGIScriptAlias / ${apps}/shows_environ.py\n");
    Client client = server.connect();
    client.send(chunked("0\r\nX-Trailer: 1\r\n\r\n"));
    const Response response = client.read_response();
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body.find("X_TRAILER"), std::string::npos);
}

// What the application sends after its body was found to be cut is never a clean answer to half a
// body.
TEST_P(Hostile, T12bACutBodyIsNeverAShortOne) {
    allow_tracebacks();
    allow_log("OSError");
    for (const std::string& request :
         {with_fields("Content-Length: 10", "abc"),
          chunked("3\r\nabc\r\n"),
          chunked("3\r\nabc\r\n0\r\n")}) {
        Client client = server_->connect();
        client.send(request);
        client.shut_down_sending();
        EXPECT_EQ(client.read_until_close().find("HTTP/1.1 200 "), std::string::npos);
    }
}

// Limits of a head (RFC 9112 section 3, RFC 6585 section 5).
TEST_P(Hostile, HeadsAreLimited) {
    expect_refused("GET /" + std::string(9000, 'u') + " HTTP/1.1\r\nHost: a\r\n\r\n", 414);
    expect_refused(with_fields("X: " + std::string(9000, 'v')), 431);
    expect_refused(with_fields(std::string(9000, 'n') + ": v"), 431);
    expect_refused(with_fields(repeat("X: y\r\n", 101) + "Z: z"), 431);
    const Response fits =
        server_->get("/" + std::string(8000, 'u'), "X: " + std::string(8000, 'v') + "\r\n");
    EXPECT_EQ(fits.status, 200);
}

// All byte values in the value of a field: an answer or a refusal, never a death (T-40 in small).
TEST_P(Hostile, AnyByteInAFieldIsSurvived) {
    for (int byte = 0; byte < 256; ++byte) {
        Client client = server_->connect();
        client.send(with_fields(
            std::string("Cookie: a") + static_cast<char>(byte) + "b\r\nConnection: close"
        ));
        const std::string all = client.read_until_close();
        EXPECT_TRUE(all.starts_with("HTTP/1.1 200 ") || all.starts_with("HTTP/1.1 400 "))
            << byte << all;
    }
}

// A client cannot write lines into our log (T-33).
TEST_P(Hostile, T33CannotForgeLogLines) {
    Server& server = start(
        "ErrorLog ${tmp}/forged.log\nCustomLog ${tmp}/access.txt combined\nWSGIScriptAlias / "
        "${apps}/raises.py\n"
    );
    Client client = server.connect();
    client.get("/%0a[forged]?at_call", "User-Agent: a\"b\\\xff\r\n");
    EXPECT_EQ(client.read_response().status, 500);
    server.stop();
    EXPECT_FALSE(any_line_matches(read_file(tmp() / "forged.log"), "^\\[forged\\]"));
    EXPECT_EQ(count_of(read_file(tmp() / "access.txt"), "\n"), 1U);
    EXPECT_NE(read_file(tmp() / "access.txt").find(R"("a\"b\\\xff")"), std::string::npos);
    expect_traceback("Error");
}

}  // namespace
}  // namespace test
