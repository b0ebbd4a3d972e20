// application(environ, start_response), the iterable, close(): PEP 3333, specification 5.8 to 5.10.
#include <thread>

#include "tests/unit/interp/python_test.h"

using test::FakeTask;

namespace {

class Call : public test::PythonTest {
protected:
    // Runs an application whose body, after start_response('200 OK', headers), is `body`.
    void answer(FakeTask& task, const std::string& body, const std::string& headers = "[]") {
        run(task,
            "def application(environ, start_response):\n    write = start_response('200 OK', " +
                headers + ")\n    " + body + "\n");
    }
    bool logged(const std::string& text) const { return log().find(text) != std::string::npos; }
};

TEST_F(Call, SaysHello) {
    FakeTask task;
    run(task, R"(
def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain'), ('X-A', '1'), ('X-A', '2')])
    return [b'hello']
)");
    EXPECT_TRUE(task.is_finished) << log();
    EXPECT_EQ(task.status(), 200);
    EXPECT_EQ(task.head->reason, "OK");
    EXPECT_EQ(task.header("Content-Type"), "text/plain");
    EXPECT_EQ(task.header("X-A"), "1|2");
    EXPECT_EQ(task.head->content_length, 5U);
    EXPECT_EQ(task.body, "hello");
    EXPECT_TRUE(task.was_last);
    EXPECT_EQ(task.sends.size(), 1U);
    EXPECT_EQ(log().find("error"), std::string::npos) << log();
}

TEST_F(Call, OneItemMakesTheLength) {
    for (const char* body : {"return [b'four']", "return (b'four',)"}) {
        FakeTask task;
        answer(task, body);
        EXPECT_EQ(task.head->content_length, 4U) << body;
        EXPECT_EQ(task.body, "four") << body;
    }
    for (const char* body : {"return []", "return ()", "return [b'']"}) {
        FakeTask task;
        answer(task, body);
        EXPECT_EQ(task.head->content_length, 0U) << body;
        EXPECT_TRUE(task.is_finished);
    }
    for (const char* body : {"return [b'a', b'b']", "return iter([b'ab'])", "yield b'ab'"}) {
        FakeTask task;
        answer(task, body);
        EXPECT_FALSE(task.head->content_length.has_value()) << body;
        EXPECT_EQ(task.body, "ab") << body;
        EXPECT_TRUE(task.is_finished);
    }
}

TEST_F(Call, HeadHasNoBodyAndNoLengthOfItsOwn) {
    FakeTask task;
    task.request.method = "HEAD";
    answer(task, "return [b'']");
    EXPECT_FALSE(task.head->content_length.has_value());
    FakeTask with_length;
    with_length.request.method = "HEAD";
    answer(with_length, "return [b'x' * 22]", "[('Content-Length', '22')]");
    EXPECT_EQ(with_length.head->content_length, 22U);
    EXPECT_EQ(with_length.body, "");
}

TEST_F(Call, StatusesWithoutContentSendNone) {
    for (const char* status : {"204 No Content", "304 Not Modified"}) {
        FakeTask task;
        run(task,
            "def application(environ, start_response):\n    start_response('" +
                std::string(status) + "', [])\n    return [b'body']\n");
        EXPECT_FALSE(task.head->content_length.has_value()) << status;
        EXPECT_EQ(task.body, "") << status;
        EXPECT_TRUE(task.is_finished) << status;
    }
}

TEST_F(Call, EmptyItemsAreSkippedAndDoNotSendTheHead) {
    FakeTask task;
    run(task, R"(
def application(environ, start_response):
    yield b''
    start_response('200 OK', [])
    yield b''
    start_response('201 Created', [])
    yield b'a'
    yield b''
    yield b'b'
)");
    EXPECT_EQ(task.status(), 201) << log();
    EXPECT_EQ(task.sends, (std::vector<std::string>{"a", "b"}));
}

TEST_F(Call, IterableMayStartTheResponseOnItsFirstItem) {
    FakeTask task;
    run(task, R"(
class Response:
    def __init__(self, start_response):
        self.start_response = start_response
    def __iter__(self):
        self.start_response('200 OK', [('X-Late', 'yes')])
        yield b'late'
def application(environ, start_response):
    return Response(start_response)
)");
    EXPECT_EQ(task.header("X-Late"), "yes") << log();
    EXPECT_EQ(task.body, "late");
}

TEST_F(Call, EmptyIterableSendsTheHead) {
    FakeTask task;
    answer(task, "return iter([])", "[('X-A', 'b')]");
    EXPECT_EQ(task.status(), 200);
    EXPECT_EQ(task.header("X-A"), "b");
    EXPECT_TRUE(task.is_finished);
}

TEST_F(Call, WriteThenIterable) {
    FakeTask task;
    answer(task, "write(b'a'); write(b'b'); return [b'c']");
    EXPECT_EQ(task.body, "abc") << log();
    EXPECT_FALSE(task.head->content_length.has_value());
    EXPECT_TRUE(task.is_finished);
    FakeTask only_head;
    answer(only_head, "write(b''); yield b'x'");
    EXPECT_EQ(only_head.sends, (std::vector<std::string>{"", "x"}));
}

TEST_F(Call, WriteTakesOnlyBytes) {
    FakeTask task;
    answer(task, "write('text'); return []");
    EXPECT_EQ(task.aborted, 500);
    EXPECT_TRUE(logged("TypeError: write() argument must be bytes, not str")) << log();
}

TEST_F(Call, OutputWithoutStartResponseIs500) {
    for (const char* body :
         {"return [b'x']", "return []", "return iter([])", "yield b'x'", "return [b'x', b'y']"}) {
        FakeTask task;
        run(task, "def application(environ, start_response):\n    " + std::string(body) + "\n");
        EXPECT_EQ(task.aborted, 500) << body;
        EXPECT_FALSE(task.head.has_value()) << body;
    }
    EXPECT_TRUE(
        logged("RuntimeError: start_response() must be called before response content is produced")
    );
}

TEST_F(Call, OnlyIterablesOfBytes) {
    const std::pair<const char*, const char*> cases[] = {
        {"return None", "TypeError: 'NoneType' object is not iterable"},
        {"return 'abc'", "TypeError: response iterable must yield bytes, not str"},
        {"return b'abc'", "TypeError: response iterable must yield bytes, not int"},
        {"return [b'a', 'b']", "TypeError: response iterable must yield bytes, not str"},
        {"return ['b']", "TypeError: response iterable must yield bytes, not str"},
        {"return [bytearray(b'b')]",
         "TypeError: response iterable must yield bytes, not bytearray"},
    };
    for (const auto& [body, text] : cases) {
        FakeTask task;
        answer(task, body);
        EXPECT_EQ(task.aborted, 500) << body;
        EXPECT_TRUE(logged(text)) << body << log();
    }
    FakeTask task;
    answer(task, "return [type('B', (bytes,), {})(b'sub')]");
    EXPECT_EQ(task.body, "sub");
}

TEST_F(Call, ContentLengthCutsAndGoesOn) {
    FakeTask task;
    answer(
        task,
        R"(
    try:
        for part in (b'abc', b'defg', b'h'):
            yield part
    finally:
        environ['wsgi.errors'].write('all the way\n'))",
        "[('Content-Length', '5')]"
    );
    EXPECT_EQ(task.body, "abcde") << log();
    EXPECT_EQ(task.head->content_length, 5U);
    EXPECT_TRUE(task.is_finished);
    EXPECT_TRUE(logged("all the way"));
    EXPECT_TRUE(logged("longer than its Content-Length"));
}

TEST_F(Call, ShortBodyIsLeftToTheServer) {
    FakeTask task;
    answer(task, "return [b'123456789']", "[('Content-Length', '100')]");
    EXPECT_EQ(task.head->content_length, 100U);
    EXPECT_EQ(task.body, "123456789");
    EXPECT_TRUE(task.is_finished);
}

TEST_F(Call, InvalidContentLengthIs500) {
    for (const char* value : {"not-a-number", "-1", "+5", "5 ", "", "18446744073709551616"}) {
        FakeTask task;
        answer(task, "return [b'x']", "[('Content-Length', '" + std::string(value) + "')]");
        EXPECT_EQ(task.aborted, 500) << value;
        EXPECT_FALSE(task.head.has_value()) << value;
    }
    EXPECT_TRUE(logged("ValueError: invalid Content-Length header value: 'not-a-number'")) << log();
    FakeTask replaced;
    run(replaced, R"(
def application(environ, start_response):
    start_response('200 OK', [('Content-Length', 'x')])
    start_response('200 OK', [('content-length', '2')])
    return [b'ok']
)");
    EXPECT_EQ(replaced.body, "ok") << log();
}

TEST_F(Call, ExceptionBeforeOutputIs500WithItsTraceback) {
    FakeTask task;
    run(task, R"(
def inner():
    raise ValueError('what went wrong')
def application(environ, start_response):
    start_response('200 OK', [('X-App', 'dropped')])
    inner()
)");
    EXPECT_EQ(task.aborted, 500);
    EXPECT_FALSE(task.head.has_value());
    EXPECT_EQ(task.abort_reason, "ValueError: what went wrong");
    EXPECT_TRUE(logged("ValueError exception raised processing WSGI script '")) << log();
    EXPECT_TRUE(logged("for main interpreter in embedded mode."));
    EXPECT_TRUE(logged("Traceback (most recent call last):"));
    EXPECT_TRUE(logged("in inner"));
    EXPECT_TRUE(logged("[client 192.0.2.7:4711] [script /"));
}

// T-24: the client never sees a clean end.
TEST_F(Call, ExceptionAfterOutputAborts) {
    for (const char* body :
         {"yield b'part1'; raise KeyError('later')", "write(b'part1'); raise KeyError('later')"}) {
        FakeTask task;
        answer(task, body);
        EXPECT_EQ(task.body, "part1") << body;
        EXPECT_TRUE(task.aborted.has_value()) << body;
        EXPECT_FALSE(task.is_finished) << body;
    }
    EXPECT_TRUE(logged("KeyError: 'later'"));
}

TEST_F(Call, SystemExitIsAnExceptionLikeAnyOther) {
    FakeTask task;
    answer(task, "raise SystemExit(3)");
    EXPECT_EQ(task.aborted, 500);
    EXPECT_TRUE(logged("SystemExit exception raised by WSGI script '")) << log();
    FakeTask next;
    answer(next, "return [b'alive']");
    EXPECT_EQ(next.body, "alive");
}

constexpr const char* kClosing = R"(
class Response:
    closed = 0
    def __init__(self, mode): self.mode, self.left = mode, 3
    def __iter__(self): return self
    def __next__(self):
        if self.mode == 'raise' and self.left == 1: raise ValueError('iteration')
        if self.mode == 'text' and self.left == 1: return 'text'
        if not self.left: raise StopIteration
        self.left -= 1
        return b'x'
    def close(self):
        print('closed', flush=True)
        if self.mode == 'close': raise RuntimeError('in close')
def application(environ, start_response):
    if environ['QUERY_STRING'] != 'unstarted':
        start_response('200 OK', [])
    return Response(environ['QUERY_STRING'])
)";

int count(const std::string& text, const std::string& what) {
    int found = 0;
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) {
        ++found;
    }
    return found;
}

TEST_F(Call, CloseIsCalledOnceHoweverItEnds) {
    int expected = 0;
    for (const char* mode : {"normal", "raise", "text", "close", "unstarted", "gone"}) {
        FakeTask task;
        task.request.target = "/?" + std::string(mode);
        task.sends_before_close = mode == std::string("gone") ? 1 : SIZE_MAX;
        run(task, kClosing);
        EXPECT_EQ(count(log(), "] closed"), ++expected) << mode << log();
        const bool is_complete = mode == std::string("normal") || mode == std::string("close");
        EXPECT_EQ(task.is_finished, is_complete) << mode;
    }
    EXPECT_TRUE(logged("RuntimeError: in close"));
    EXPECT_FALSE(logged("Broken pipe"));
}

TEST_F(Call, GeneratorIsClosedWhenTheClientHasGone) {
    FakeTask task;
    task.sends_before_close = 2;
    answer(task, R"(
    try:
        for number in range(1000):
            yield b'%d' % number
    except GeneratorExit:
        print('stopped at', number)
        raise)");
    EXPECT_EQ(task.body, "01");
    EXPECT_TRUE(task.aborted.has_value());
    EXPECT_TRUE(logged("stopped at 2")) << log();
    EXPECT_FALSE(logged("Traceback"));
}

TEST_F(Call, WriteRaisesWhenTheClientHasGone) {
    FakeTask task;
    task.sends_before_close = 1;
    answer(task, R"(
    write(b'a')
    for attempt in range(2):
        try:
            write(b'b')
        except OSError as error:
            print(attempt, error)
    return [])");
    EXPECT_TRUE(logged("0 mod_wsgi client connection closed")) << log();
    EXPECT_TRUE(logged("1 mod_wsgi client connection closed")) << log();
    EXPECT_TRUE(task.aborted.has_value());
}

TEST_F(Call, ObjectsKeptAfterTheRequestSayThatItIsOver) {
    FakeTask first;
    run(first, R"(
import sys
def application(environ, start_response):
    sys.kept = environ, start_response, start_response('200 OK', [])
    return [b'']
)");
    FakeTask second;
    answer(second, R"(
    import sys
    environ, start, old_write = sys.kept
    found = []
    for call in (lambda: environ['wsgi.input'].read(), lambda: environ['wsgi.input'].readline(),
                 lambda: environ['wsgi.input'].readlines(), lambda: environ['wsgi.input'].close(),
                 lambda: iter(environ['wsgi.input']), lambda: start('200 OK', []), lambda: old_write(b'')):
        try:
            call()
        except RuntimeError as error:
            found.append(str(error))
    del sys.kept
    return ['|'.join(found).encode()])");
    EXPECT_EQ(
        second.body,
        "read() called on wsgi.input after request completed|"
        "readline() called on wsgi.input after request completed|"
        "readlines() called on wsgi.input after request completed|"
        "close() called on wsgi.input after request completed|"
        "iteration of wsgi.input attempted after request completed|"
        "start_response() called after request completed|"
        "write() called after request completed"
    );
}

TEST_F(Call, TellsThePoolWhenItMayWait) {
    FakeTask task;
    task.is_slow = true;
    answer(task, "yield b'a'; yield b'b'");
    EXPECT_EQ(observer_.blocked, 2);
    EXPECT_EQ(observer_.unblocked, 2);
    FakeTask fast;
    answer(fast, "return [b'x' * 1000000]");
    EXPECT_EQ(fast.body.size(), 1000000U);
    EXPECT_EQ(observer_.blocked, 3) << "what is long may have to wait for a client";
    FakeTask brief;
    answer(brief, "return [b'x' * 1000]");
    EXPECT_EQ(observer_.blocked, 3);
}

TEST_F(Call, ValidatedApplicationPasses) {
    FakeTask task;
    task.request.method = "POST";
    task.request.headers.add("Content-Type", "text/plain");
    task.set_body("one\ntwo\n");
    run(task, R"(
from wsgiref.validate import validator
def inner(environ, start_response):
    lines = [environ['wsgi.input'].readline(), environ['wsgi.input'].read(100)]
    environ['wsgi.errors'].write('validated\n')
    environ['wsgi.errors'].flush()
    write = start_response('200 OK', [('Content-Type', 'text/plain'), ('Content-Length', '8')])
    return lines
application = validator(inner)
)");
    EXPECT_TRUE(task.is_finished) << log();
    EXPECT_EQ(task.body, "one\ntwo\n");
    EXPECT_TRUE(logged("validated"));
}

TEST_F(Call, AcquireHoldsTheGilOverManyRequests) {
    const std::string path = script(
        "def application(environ, start_response):\n    start_response('200 OK', [])\n    return "
        "[b'x']\n"
    );
    for (int round = 0; round < 3; ++round) {
        worker_->acquire();
        EXPECT_TRUE(worker_->holds_gil());
        for (int i = 0; i < 3; ++i) {
            FakeTask task;
            run_file(task, path);
            EXPECT_EQ(task.body, "x");
        }
        worker_->release();
        EXPECT_FALSE(worker_->holds_gil());
    }
}

}  // namespace
