// wsgi.input: framed by the server, exact to the byte, read when the application likes
// (specification, section 5.6 and cases 85 to 97).
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/support/e2e.h"
#include "tests/support/fifo.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

std::string post(
    const std::string& target, const std::string& body, const std::string& fields = ""
) {
    return fmt::format(
        "POST {} HTTP/1.1\r\nHost: a\r\n{}Content-Length: {}\r\n\r\n{}",
        target,
        fields,
        body.size(),
        body
    );
}

// `body` in chunks of `size` bytes.
std::string post_chunked(const std::string& target, const std::string& body, std::size_t size) {
    std::string request =
        fmt::format("POST {} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", target);
    for (std::size_t at = 0; at < body.size(); at += size) {
        const std::string piece = body.substr(at, size);
        request += fmt::format("{:x}\r\n{}\r\n", piece.size(), piece);
    }
    return request + "0\r\n\r\n";
}

// All byte values, in an order that repeats late.
std::string some_bytes(std::size_t count) {
    std::string bytes(count, '\0');
    std::uint32_t state = 1;
    for (char& byte : bytes) {
        state = state * 1664525 + 1013904223;
        byte = static_cast<char>(state >> 24);
    }
    return bytes;
}

constexpr const char* kEcho = "WSGIScriptAlias / ${apps}/echoes_body.py\n";

ON_BOTH_RINGS(RequestBody);

// Case 97.
TEST_P(RequestBody, ArrivesExactly) {
    Client client = start(kEcho).connect();
    for (const std::size_t size : {0U, 1U, 11U, 1024U, 8192U, 65535U, 65536U, 1000003U}) {
        const std::string body = some_bytes(size);
        client.send(post("/", body));
        EXPECT_TRUE(client.read_response().body == body) << size;
    }
}

TEST_P(RequestBody, ArrivesExactlyInChunks) {
    Client client = start(kEcho).connect();
    const std::string body = some_bytes(100000);
    for (const std::size_t size : {1U, 7U, 4096U, 100000U}) {
        client.send(post_chunked("/", body.substr(0, size * 3000), size));
        EXPECT_TRUE(client.read_response().body == body.substr(0, size * 3000)) << size;
    }
}

TEST_P(RequestBody, ArrivesExactlyByteByByte) {
    Client client = start(kEcho).connect();
    for (const std::string& request : {post("/", "hello"), post_chunked("/", "hello", 2)}) {
        for (const char byte : request) {
            client.send({&byte, 1});
            ASSERT_TRUE(client.wait_until_taken());
        }
        EXPECT_EQ(client.read_response().body, "hello");
    }
}

// T-12: head and body in any two segments; the body is exact and the next request begins at the
// right byte.
TEST_P(RequestBody, T12SurvivesEverySplitOfAPipelinedPair) {
    Server& server = start(kEcho);
    const std::string pair = post("/one", "first body") + post_chunked("/two", "second", 4);
    for (std::size_t split = 1; split < pair.size(); ++split) {
        Client client = server.connect();
        client.send(pair.substr(0, split));
        ASSERT_TRUE(client.wait_until_taken());
        client.send(pair.substr(split));
        EXPECT_EQ(client.read_response().body, "first body") << split;
        EXPECT_EQ(client.read_response().body, "second") << split;
        ASSERT_TRUE(client.is_silent()) << split;
    }
}

IN_BOTH_MODES(Input);

std::string calls(const std::string& text) { return "/?" + percent_encode(text); }

// Cases 94 and 95.
TEST_P(Input, ReadsAsAFileDoes) {
    struct Case {
        const char* body;
        const char* calls;
        const char* results;
    };
    const Case cases[] = {
        {"0123456789abcde", "read(10);read();read()", "b'0123456789'\nb'abcde'\nb''\n"},
        {"0123", "read(0);read(-1);read(5)", "b''\nb'0123'\nb''\n"},
        {"one\ntwo\n\nfour",
         "readline();readline();readline();readline();readline()",
         "b'one\\n'\nb'two\\n'\nb'\\n'\nb'four'\nb''\n"},
        {"one\ntwo\n", "readline(2);readline(2);readline(10)", "b'on'\nb'e\\n'\nb'two\\n'\n"},
        {"one\ntwo\n", "readline(0);readline(-1)", "b''\nb'one\\n'\n"},
        {"a\nb\nc\n", "readlines(3);readlines()", "[b'a\\n', b'b\\n']\n[b'c\\n']\n"},
        {"a\nb\n", "readlines(0)", "[b'a\\n', b'b\\n']\n"},
        {"a\nb\nlast", "list(input)", "[b'a\\n', b'b\\n', b'last']\n"},
        {"a\nb\nc",
         "next(iter(input));read(1);readline();readlines()",
         "b'a\\n'\nb'b'\nb'\\n'\n[b'c']\n"},
        {"", "read();readline();readlines();list(input);read(7)", "b''\nb''\n[]\n[]\nb''\n"},
    };
    Client client = start("WSGIScriptAlias / ${apps}/http/calls_input.py\n").connect();
    for (const Case& each : cases) {
        client.send(post(calls(each.calls), each.body));
        EXPECT_EQ(client.read_response().body, each.results) << each.calls;
        client.send(post_chunked(calls(each.calls), each.body, 3));
        EXPECT_EQ(client.read_response().body, each.results) << each.calls << " chunked";
    }
}

// read(n) waits for n bytes, however they come.
TEST_P(Input, WaitsForAsManyBytesAsItWasAskedFor) {
    Client client = start("WSGIScriptAlias / ${apps}/http/calls_input.py\n").connect();
    const std::string request = post(calls("read(6);readline()"), "");
    client.send(replace_all(request, "Content-Length: 0", "Content-Length: 11"));
    for (const char* piece : {"ab", "cde", "f\nl"}) {
        ASSERT_TRUE(client.wait_until_taken());
        EXPECT_TRUE(client.is_silent());
        client.send(piece);
    }
    client.send("ine");
    EXPECT_EQ(client.read_response().body, "b'abcdef'\nb'\\n'\n");
}

TEST_P(Input, ReadsOneLineAndLeavesTheRest) {
    Client client = start("WSGIScriptAlias / ${apps}/http/reads_one_line.py\n").connect();
    client.send(post("/", "first\nsecond\n"));
    EXPECT_EQ(client.read_response().body, "first\n");
    client.send(post("/", "third\n"));
    EXPECT_EQ(client.read_response().body, "third\n");
}

// Case 96.
TEST_P(Input, IsOverWhenTheRequestIs) {
    in_daemon("threads=1");
    Client client = start("WSGIScriptAlias / ${apps}/http/keeps_environ.py\n").connect();
    client.send(post("/", "abc"));
    EXPECT_EQ(client.read_response().body, "");
    client.get("/");
    EXPECT_EQ(
        client.read_response().body,
        "RuntimeError: read() called on wsgi.input after request completed\n"
        "RuntimeError: readline() called on wsgi.input after request completed\n"
        "5\n"  // wsgi.errors is one stream per interpreter, and writes wherever the thread is
        "RuntimeError: start_response() called after request completed\n"
    );
    expect_log("late");
}

// Case 90 and T-12b: a body cut short is an error, never just short.
TEST_P(Input, RaisesWhenTheClientLeavesEarly) {
    Server& server =
        start("RequestReadTimeout body=0\nWSGIScriptAlias / ${apps}/http/calls_input.py\n");
    Fifo told(tmp() / "told");
    const std::string target = calls("fifo=" + told.path() + "|read();read()");
    const std::string beginnings[] = {
        "POST " + target + " HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\n\r\n12",
        "POST " + target + " HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12",
        "POST " + target + " HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n12\r\n",
    };
    for (const std::string& beginning : beginnings) {
        for (const bool hard : {false, true}) {
            Client client = server.connect();
            client.send(beginning);
            ASSERT_TRUE(client.wait_until_taken());
            ASSERT_EQ(told.take_line(), "begun");
            hard ? client.reset() : client.close();
            const std::string first = told.take_line();
            EXPECT_TRUE(first.starts_with("OSError: mod_wsgi request data read error: ")) << first;
            EXPECT_EQ(
                told.take_line(),
                "OSError: mod_wsgi request data read error: input is already in error state"
            );
        }
    }
    EXPECT_EQ(server.get(calls("read()")).body, "b''\n");
}

// Case 91. What came before it is good, however late the application reads.
TEST_P(Input, RaisesAtAMalformedChunk) {
    Server& server =
        start("RequestReadTimeout body=0\nWSGIScriptAlias / ${apps}/http/calls_input.py\n");
    Fifo told(tmp() / "told");
    Fifo gate(tmp() / "gate");
    for (const std::string& before_it : {std::string(), "wait('" + gate.path() + "');"}) {
        Client client = server.connect();
        client.send(
            "POST " + calls("fifo=" + told.path() + "|" + before_it + "read(2);read()") +
            " HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n12\r\n"
        );
        ASSERT_EQ(told.take_line(), "begun");
        client.send("xyz\r\n");
        EXPECT_EQ(client.read_response().status, 400);
        EXPECT_TRUE(client.is_closed_by_peer());
        if (!before_it.empty()) {
            gate.put("go\n");
            EXPECT_EQ(told.take_line(), "'go'");
        }
        EXPECT_EQ(told.take_line(), "b'12'");
        EXPECT_TRUE(told.take_line().starts_with("OSError: mod_wsgi request data read error: "));
    }
}

ON_BOTH_RINGS(Expect);

constexpr const char* kExpectant =
    "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";

// Case 92.
TEST_P(Expect, IsGrantedWhenTheApplicationReads) {
    Client client = start(kEcho).connect();
    for (int i = 0; i < 2; ++i) {
        client.send(kExpectant);
        EXPECT_EQ(client.read_head().status, 100);
        client.send("hello");
        EXPECT_EQ(client.read_response().body, "hello");
    }
}

// RFC 9110 section 10.1.1: no 100 for a body that is there already is allowed, and never one after
// the answer.
TEST_P(Expect, IsHarmlessWhenTheBodyComesAtOnce) {
    Client client = start(kEcho).connect();
    client.send(std::string(kExpectant) + "hello");
    EXPECT_EQ(client.read_response().body, "hello");
    EXPECT_TRUE(client.is_silent());
}

// T-25: the final status comes without a 100, and as the body may or may not follow, the connection
// closes.
TEST_P(Expect, T25IsNotGrantedByAnApplicationThatDoesNotRead) {
    Client client = start("WSGIScriptAlias / ${apps}/http/reads_nothing.py\n").connect();
    client.send(kExpectant);
    const Response response = client.read_response();
    EXPECT_TRUE(response.interim.empty());
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.header("Connection"), "close");
    EXPECT_TRUE(client.is_closed_by_peer());
}

TEST_P(Expect, IsNotForHttp10) {
    Client client = start(kEcho).connect();
    client.send("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello");
    const Response response = client.read_response();
    EXPECT_TRUE(response.interim.empty());
    EXPECT_EQ(response.body, "hello");
}

// An expectation that nobody knows (RFC 9110 section 10.1.1: 417).
TEST_P(Expect, OfSomethingElseIsAnsweredOnce) {
    Client client = start(kEcho).connect();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: a-miracle\r\nContent-Length: 5\r\n\r\nhello"
    );
    EXPECT_EQ(client.read_response().status, 417);
}

constexpr std::size_t kLargeBody = 8 * 1024 * 1024;

// An application may answer before, without, or in the middle of its body, where it is called
// before the body is there. These run with the smallest and the largest buffers between server and
// daemon.
class EarlyAnswer : public OnLane {
protected:
    Server& start_with(const std::string& buffers, const std::string& app) {
        in_daemon("threads=4 " + buffers);
        return start("RequestReadTimeout body=0\nWSGIScriptAlias / ${apps}/" + app + "\n");
    }
    static constexpr const char* kBuffers[] = {
        "send-buffer-size=512 receive-buffer-size=512",
        "send-buffer-size=8388608 receive-buffer-size=8388608"};
};
INSTANTIATE_TEST_SUITE_P(, EarlyAnswer, testing::ValuesIn(both_rings()), name_of);

// Case 93.
TEST_P(EarlyAnswer, ComesWhileTheBodyIsIncomplete) {
    for (const char* buffers : kBuffers) {
        Client client = start_with(buffers, "http/reads_nothing.py").connect();
        client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\npart");
        EXPECT_EQ(client.read_response().body, "xxxxxxx");
    }
}

TEST_P(EarlyAnswer, MayBeFollowedByReading) {
    for (const char* buffers : kBuffers) {
        Client client = start_with(buffers, "reads_after_answering.py").connect();
        client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n");
        EXPECT_EQ(client.read_head().status, 200);
        EXPECT_EQ(client.read_body(6), "first ");
        client.send(std::string(1000000, 'b'));
        EXPECT_EQ(client.read_body(100), "1000000");
        EXPECT_TRUE(client.is_body_complete());
        client.send(post("/", "next"));
        EXPECT_EQ(client.read_response().body, "first 4");
    }
}

// T-19: an unread body is drained, so that the next request begins at the right byte.
TEST_P(EarlyAnswer, T19LeavesTheNextRequestIntact) {
    for (const char* buffers : kBuffers) {
        for (const std::size_t size : {5U, 50000U, 300000U}) {
            Client client = start_with(buffers, "http/reads_nothing.py").connect();
            const std::string trap = "GET /trap HTTP/1.1\r\nHost: a\r\n\r\n";
            const std::string body =
                repeat(trap, size / trap.size()) + std::string(size % trap.size(), 'x');
            client.send(post("/", body));
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            EXPECT_EQ(client.read_response().body, "xxxxxxx");
            EXPECT_EQ(client.read_response().body, "xxxxxxx") << size;
            EXPECT_TRUE(client.is_silent());
        }
    }
}

TEST_P(EarlyAnswer, T19OfAGetWithABodyLeavesTheNextRequestIntact) {
    Client client = start_with("", "answers_by_name.py").connect();
    client.send(
        "GET /a HTTP/1.1\r\nHost: a\r\nContent-Length: 34\r\n\r\nGET /trap HTTP/1.1\r\nHost: "
        "trap\r\n\r\n"
        "GET /b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
        "GET /c HTTP/1.1\r\nHost: a\r\n\r\n"
    );
    for (const char* path : {"/a", "/b", "/c"}) {
        EXPECT_EQ(client.read_response().body, std::string("answers_by_name.py\n\n") + path + "\n");
    }
    EXPECT_TRUE(client.is_silent());
}

// A large answer meets a large upload that nobody reads: nobody waits for the other.
TEST_P(EarlyAnswer, OfManyBytesMeetsALargeUpload) {
    for (const char* buffers : kBuffers) {
        Client client = start_with(buffers, "http/reads_nothing.py").connect();
        std::thread sender([&client] {
            // The server may close when it has answered; how far it lets us come is its choice.
            [[maybe_unused]] const bool is_sent = client.try_send(
                fmt::format(
                    "POST /?bytes={} HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n",
                    kLargeBody,
                    kLargeBody
                ) +
                std::string(kLargeBody, 'u')
            );
        });
        EXPECT_EQ(client.read_head().status, 200);
        EXPECT_EQ(client.drain_body(), kLargeBody);
        EXPECT_TRUE(client.is_body_complete());
        sender.join();
    }
}

}  // namespace
}  // namespace test
