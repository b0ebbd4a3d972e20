// What reaches the wire of what an application answers (PEP 3333; specification, sections 5.8
// to 5.10 and cases 98 to 130, with the recommendations where they differ from mod_wsgi).
#include <gtest/gtest.h>

#include "http/headers.h"
#include "tests/support/deadline.h"
#include "tests/support/e2e.h"
#include "tests/support/fifo.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

class ResponseSuite : public OnLane {
protected:
    // The target that makes responds_as_told.py answer like this Python dictionary.
    static std::string telling(const std::string& told) { return "/told?" + percent_encode(told); }
    Response answer(const std::string& told) { return server().get(telling(told)); }
    Server& server() {
        if (server_ == nullptr) {
            in_daemon("threads=1");
            server_ = &start(
                "WSGIScriptAlias /told ${apps}/http/responds_as_told.py\nWSGIScriptAlias /raises "
                "${apps}/raises.py\n"
                "WSGIScriptAlias /write ${apps}/http/uses_write.py\nWSGIScriptAlias /closes "
                "${apps}/http/counts_closes.py\n"
            );
        }
        return *server_;
    }

private:
    Server* server_ = nullptr;
};

class Answer : public ResponseSuite {};
INSTANTIATE_TEST_SUITE_P(, Answer, testing::ValuesIn(both_modes()), name_of);

// Case 98.
TEST_P(Answer, WithoutALengthIsChunkedOrEndsWithTheConnection) {
    const Response modern = answer("{'body': [b'one', b'', b'two']}");
    EXPECT_EQ(modern.body, "onetwo");
    EXPECT_TRUE(modern.is_complete);
    Client old = server().connect();
    old.send("GET " + telling("{'body': [b'one', b'two']}") + " HTTP/1.0\r\n\r\n");
    const Response response = old.read_response();
    EXPECT_FALSE(response.has("Transfer-Encoding"));
    EXPECT_EQ(response.body, "onetwo");
    EXPECT_TRUE(old.is_closed_by_peer());
}

TEST_P(Answer, MayBeEmpty) {
    for (const char* told :
         {"{'body': []}",
          "{'body': [b'']}",
          "{'headers': [('Content-Length', '0')], 'body': []}"}) {
        const Response response = answer(told);
        EXPECT_EQ(response.status, 200);
        EXPECT_EQ(response.body, "");
        EXPECT_TRUE(response.is_complete);
    }
}

// Case 107.
TEST_P(Answer, KeepsStatusAndReason) {
    struct Case {
        const char* told;
        int status;
        const char* reason;
    };
    for (const Case& each :
         {Case{"200", 200, "OK"},
          Case{"200 ", 200, ""},
          Case{"999 Foo", 999, "Foo"},
          Case{"299 Custom Reason", 299, "Custom Reason"},
          Case{"200 Error", 200, "Error"},
          Case{"404 Nothing Here", 404, "Nothing Here"}}) {
        const Response response = answer(std::string("{'status': '") + each.told + "'}");
        EXPECT_EQ(response.status, each.status) << each.told;
        EXPECT_EQ(response.reason, each.reason) << each.told;
        EXPECT_EQ(response.body, "body") << each.told;
    }
}

// Cases 113, 114, 115, 117.
TEST_P(Answer, KeepsRepeatedFieldsApart) {
    const Response response = answer(
        "{'headers': [('X-A', '1'), ('Set-Cookie', 'a=1'), ('X-A', '2'), ('Set-Cookie', 'b=2'),"
        " ('WWW-Authenticate', 'Basic'), ('WWW-Authenticate', 'Digest')]}"
    );
    EXPECT_EQ(response.all("Set-Cookie"), (std::vector<std::string>{"a=1", "b=2"}));
    EXPECT_EQ(response.all("WWW-Authenticate"), (std::vector<std::string>{"Basic", "Digest"}));
    EXPECT_EQ(response.all("X-A"), (std::vector<std::string>{"1", "2"}));
    EXPECT_FALSE(response.has("Content-Type"))
        << "the script's file name says nothing about its answers";
}

TEST_P(Answer, PassesARedirectUnchanged) {
    const Response response =
        answer("{'status': '302 Found', 'headers': [('Location', '../elsewhere')]}");
    EXPECT_EQ(response.status, 302);
    EXPECT_EQ(response.header("Location"), "../elsewhere");
}

TEST_P(Answer, KeepsBytesOfHeadersAsLatin1) {
    EXPECT_EQ(answer("{'headers': [('X-Bytes', 'caf\\xe9')]}").header("X-Bytes"), "caf\xE9");
}

TEST_P(Answer, MayHaveALongHeader) {
    EXPECT_EQ(answer("{'long': 32000}").header("X-Long"), std::string(32000, 'h'));
}

// T-20: nothing of a head with CR, LF or NUL is sent.
TEST_P(Answer, T20RefusesControlBytesInItsHead) {
    for (const char* bad : {"\\r", "\\n", "\\r\\nX-Evil: 1", "\\x00", "\\x7f"}) {
        const std::string text(bad);
        for (const std::string& told :
             {"{'status': '200 O" + text + "K'}", "{'headers': [('X-A" + text + "', 'v')]}"}) {
            const Response response = answer(told);
            EXPECT_EQ(response.status, 500) << told;
            EXPECT_FALSE(response.has("X-Evil")) << told;
            EXPECT_NE(response.body, "body") << told;
        }
    }
    for (const char* bad : {"\\r", "\\n", "\\r\\nX-Evil: 1", "\\r\\n\\r\\nbody", "\\x00"}) {
        const Response response = answer(std::string("{'headers': [('X-A', 'v") + bad + "w')]}");
        EXPECT_EQ(response.status, 500) << bad;
        EXPECT_FALSE(response.has("X-Evil")) << bad;
    }
    expect_traceback("ValueError: .*control character in status reason phrase");
    expect_traceback("ValueError: .*(control|space) character in header name");
    expect_traceback(
        "ValueError: .*(carriage return|line feed|null|control) character in header value"
    );
}

// Cases 108 to 110, with the texts of section 5.8.
TEST_P(Answer, ChecksTheArgumentsOfStartResponse) {
    struct Case {
        const char* told;
        const char* error;
    };
    const Case cases[] = {
        {"'status': 'OK'", "ValueError: status code must be a 3 digit integer"},
        {"'status': '20X OK'", "ValueError: status code must be a 3 digit integer"},
        {"'status': ''", "ValueError: status code must be a 3 digit integer"},
        {"'status': '2000 OK'", "ValueError: "},
        {"'status': '200OK'", "ValueError: no space following status code"},
        {"'status': 200", "TypeError: must be str, not int"},
        {"'status': b'200 OK'", "TypeError: must be str, not bytes"},
        {"'status': '200 \\u0100'", "UnicodeEncodeError"},
        {"'headers': ()", "TypeError: start_response() argument 2 must be list, not tuple"},
        {"'headers': {}", "TypeError: start_response() argument 2 must be list, not dict"},
        {"'headers': 'X: y'", "TypeError: start_response() argument 2 must be list, not str"},
        {"'headers': [['X', 'y']]", "TypeError: each header must be a 2-tuple, not list"},
        {"'headers': [('X', 'y', 'z')]", "ValueError: each header must be a 2-tuple, got length 3"},
        {"'headers': [(1, 'y')]", "TypeError: must be str, not int"},
        {"'headers': [('X', 1)]", "TypeError: must be str, not int"},
        {"'headers': [('X', b'y')]", "TypeError: must be str, not bytes"},
        {"'headers': [('', 'y')]", "ValueError: header name is empty"},
        {"'headers': [('X y', 'z')]", "ValueError: space character in header name"},
        {"'headers': [('X\\ty', 'z')]", "ValueError: control character in header name"},
        {"'headers': [('X', '\\u0100')]", "UnicodeEncodeError"},
    };
    for (const Case& each : cases) {
        const Response response = answer(std::string("{'catch': 1, ") + each.told + "}");
        EXPECT_TRUE(response.body.starts_with(each.error)) << each.told << ": " << response.body;
    }
}

// Cases 111 and 112.
TEST_P(Answer, TakesTheLastHeadBeforeTheFirstByte) {
    for (const char* again : {"again", "again_with_exc_info"}) {
        const Response response = answer(
            std::string("{'headers': [('X-First', '1')], '") + again +
            "': ('201 Created', [('X-Second', '2')])}"
        );
        EXPECT_EQ(response.status, 201) << again;
        EXPECT_FALSE(response.has("X-First")) << again;
        EXPECT_EQ(response.header("X-Second"), "2") << again;
    }
}

// Cases 99 and 100.
TEST_P(Answer, ThatIsNoneIsAServerError) {
    for (const char* body : {"None", "'abc'", "b'abc'", "5", "['abc']", "[5]"}) {
        const Response response = answer(std::string("{'body': ") + body + "}");
        EXPECT_EQ(response.status, 500) << body;
        EXPECT_TRUE(response.is_complete) << body;
    }
    expect_traceback("TypeError: .*must yield bytes, not str");
    expect_traceback("TypeError: .*must yield bytes, not int");
    allow_log("TypeError");
}

// Case 121: an application cannot send an interim response.
TEST_P(Answer, WithAnInterimStatusIsAServerError) {
    for (const char* status : {"100 Continue", "101 Switching Protocols", "000 Zero", "099 Low"}) {
        EXPECT_EQ(answer(std::string("{'status': '") + status + "'}").status, 500) << status;
    }
    expect_log("100|status");
    expect_traceback("status");
}

// Cases 119 and 120; T-22.
TEST_P(Answer, T22HasNoBodyWhereNoneIsAllowed) {
    Client client = server().connect();
    for (const char* status : {"204 No Content", "304 Not Modified"}) {
        client.get(telling(std::string("{'status': '") + status + "', 'body': [b'smuggled']}"));
        const Response response = client.read_response();
        EXPECT_EQ(response.body, "");
        EXPECT_FALSE(response.has("Transfer-Encoding")) << status;
        EXPECT_TRUE(client.is_silent());
    }
    client.send(
        "HEAD " + telling("{'headers': [('Content-Length', '22')], 'body': [b'smuggled']}") +
        " HTTP/1.1\r\nHost: a\r\n\r\n"
    );
    EXPECT_EQ(client.read_response(true).header("Content-Length"), "22");
    client.send("HEAD " + telling("{'body': [b'smuggled']}") + " HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(client.read_response(true).status, 200);
    client.get(telling("{'body': [b'next']}"));
    EXPECT_EQ(client.read_response().body, "next");
}

// T-21: hop-by-hop fields are ours (RFC 9110 section 7.6.1).
TEST_P(Answer, T21CannotFrameItself) {
    Client client = server().connect();
    client.get(
        telling("{'headers': [('Transfer-Encoding', 'chunked'), ('Connection', 'close, X-Kept'), "
                "('Keep-Alive', 'x'),"
                " ('Proxy-Connection', 'x'), ('Upgrade', 'h2c'), ('TE', 'x'), ('Trailer', 'X'), "
                "('X-Kept', 'yes')],"
                " 'body': [b'0\\r\\n\\r\\n']}")
    );
    const Response response = client.read_response();
    EXPECT_EQ(response.body, "0\r\n\r\n");
    for (const char* name : {"Keep-Alive", "Proxy-Connection", "Upgrade", "TE", "Trailer"}) {
        EXPECT_FALSE(response.has(name)) << name;
    }
    EXPECT_EQ(response.header("X-Kept"), "yes");
    client.get(telling("{'body': [b'next']}"));
    EXPECT_EQ(client.read_response().body, "next");
}

// Case 101.
TEST_P(Answer, T21LongerThanAnnouncedIsCut) {
    Client client = server().connect();
    client.get(telling(
        "{'headers': [('Content-Length', '5')], 'body': [b'123', b'4567', b'HTTP/1.1 200 OK']}"
    ));
    EXPECT_EQ(client.read_response().body, "12345");
    client.get(telling("{'body': [b'next']}"));
    const Response next = client.read_response();
    EXPECT_TRUE(next.status == 0 || next.body == "next");
    expect_log("Content-Length");
}

// Case 102: the connection ends at once, not when its keep-alive time does.
TEST_P(Answer, T21ShorterThanAnnouncedBreaksTheConnection) {
    Client client = server().connect();
    client.get(telling("{'headers': [('Content-Length', '100')], 'body': [b'123456789']}"));
    const Response response = client.read_response();
    EXPECT_EQ(response.body, "123456789");
    EXPECT_FALSE(response.is_complete);
    allow_log("Content-Length");
}

// Case 103.
TEST_P(Answer, T21WithALengthThatIsNoneIsAServerError) {
    for (const char* length :
         {"not-a-number", "-5", "+5", "0x5", "", "5, 5", "18446744073709551619"}) {
        const Response response =
            answer(std::string("{'headers': [('Content-Length', '") + length + "')]}");
        EXPECT_EQ(response.status, 500) << length;
    }
    expect_traceback("invalid Content-Length header value");
}

TEST_P(Answer, T21WithTwoLengthsHasOne) {
    for (const char* second : {"4", "7"}) {
        const Response response = answer(
            std::string("{'headers': [('Content-Length', '4'), ('Content-Length', '") + second +
            "')]}"
        );
        EXPECT_LE(response.all("Content-Length").size(), 1U);
        EXPECT_TRUE(response.status == 500 || response.body == "body") << response.status;
    }
    allow_tracebacks();
    allow_log("Content-Length");
}

class Raising : public ResponseSuite {};
INSTANTIATE_TEST_SUITE_P(, Raising, testing::ValuesIn(both_modes()), name_of);

// Case 104.
TEST_P(Raising, BeforeTheFirstByteIsAServerError) {
    Client client = server().connect();
    for (const char* when : {"at_call", "after_start", "before_first"}) {
        client.get(std::string("/raises?") + when);
        const Response response = client.read_response();
        EXPECT_EQ(response.status, 500) << when;
        EXPECT_FALSE(response.has("X-App")) << when;
        EXPECT_TRUE(response.is_complete) << when;
        EXPECT_EQ(response.body.find("ValueError"), std::string::npos)
            << "the client learns nothing of the inside";
    }
    expect_traceback("ValueError: raised in the call");
    expect_traceback("ValueError: raised after start_response");
    expect_traceback("ValueError: raised before the first piece");
    expect_log("Traceback \\(most recent call last\\)");
    expect_log("File \".*raises.py\", line [0-9]+, in application");
}

// Case 105 and T-24.
TEST_P(Raising, T24AfterTheFirstByteBreaksTheConnection) {
    Client client = server().connect();
    client.get("/raises?after_first");
    const Response response = client.read_response();
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, "part1");
    EXPECT_FALSE(response.is_complete);
    expect_traceback("ValueError: raised after the first piece");
}

// Case 106.
TEST_P(Raising, T24AfterWriteBreaksTheConnection) {
    Client client = server().connect();
    client.get("/write?raise");
    const Response response = client.read_response();
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, "one ");
    EXPECT_FALSE(response.is_complete);
    expect_traceback("ValueError: raised after write");
}

TEST_P(Raising, SystemExitEndsTheRequestOnly) {
    EXPECT_EQ(server().get("/raises?system_exit").status, 500);
    EXPECT_EQ(answer("{}").status, 200);
    expect_traceback("SystemExit");
}

class Write : public ResponseSuite {};
INSTANTIATE_TEST_SUITE_P(, Write, testing::ValuesIn(both_modes()), name_of);

TEST_P(Write, ComesBeforeTheIterable) { EXPECT_EQ(server().get("/write").body, "one two three"); }

TEST_P(Write, SendsAtOnce) {
    Fifo gate(tmp() / "gate");
    Client client = server().connect();
    client.get("/write?gate=" + gate.path());
    EXPECT_EQ(client.read_head().status, 200);
    EXPECT_EQ(client.read_body(4), "one ");
    EXPECT_TRUE(client.is_silent());
    gate.put(".");
    EXPECT_EQ(client.read_body(100), "two three");
}

TEST_P(Write, TakesBytesOnly) {
    EXPECT_EQ(server().get("/write?type").status, 500);
    expect_traceback("TypeError: .*write\\(\\) argument must be bytes, not str");
}

class Close : public ResponseSuite {};
INSTANTIATE_TEST_SUITE_P(, Close, testing::ValuesIn(both_modes()), name_of);

// Case 127 and PEP 3333: called once, however the request ended.
TEST_P(Close, IsCalledOnce) {
    int closes = 0;
    for (const char* kind :
         {"normal", "sized", "empty", "iterator_raises", "bad_item", "close_raises"}) {
        [[maybe_unused]] const Response ignored = server().get(std::string("/closes?") + kind);
        ++closes;
        EXPECT_EQ(server().get("/closes?count").body, std::to_string(closes)) << kind;
    }
    expect_traceback("ValueError: raised while iterating");
    expect_traceback("TypeError: .*must yield bytes, not int");
    expect_traceback("ValueError: raised in close");
}

TEST_P(Close, ThatRaisesLeavesTheResponseIntact) {
    const Response response = server().get("/closes?close_raises");
    EXPECT_EQ(response.body, "whole");
    EXPECT_TRUE(response.is_complete);
    expect_traceback("ValueError: raised in close");
}

// Case 129: whoever leaves, stops the production.
TEST_P(Close, IsCalledWhenTheClientLeaves) {
    for (const bool hard : {false, true}) {
        Client client = server().connect();
        client.get("/closes?endless");
        EXPECT_EQ(client.read_head().status, 200);
        EXPECT_EQ(client.read_body(100000).size(), 100000U);
        hard ? client.reset() : client.close();
    }
    EXPECT_TRUE(eventually([&] { return server().get("/closes?count").body == "2"; }));
}

}  // namespace
}  // namespace test
