// wsgi.input: specification 5.6, PEP 3333, and io.BytesIO as the oracle.
#include <random>
#include <thread>

#include "tests/unit/interp/python_test.h"

using test::FakeTask;

namespace {

class Input : public test::PythonTest {
protected:
    // The str() of `expression` with `body` as the request's body; `i` is wsgi.input.
    std::string read(FakeTask& task, const std::string& expression) {
        task.request.method = "POST";
        return evaluate(task, "(lambda i: " + expression + ")(environ['wsgi.input'])");
    }
    std::string read(const std::string& body, const std::string& expression) {
        FakeTask task;
        task.set_body(body);
        return read(task, expression);
    }
};

TEST_F(Input, Read) {
    EXPECT_EQ(read("", "[i.read(), i.read(5), i.read()]"), "[b'', b'', b'']");
    EXPECT_EQ(read("0123456789abcde", "[i.read(10), i.read()]"), "[b'0123456789', b'abcde']");
    EXPECT_EQ(read("abc", "[i.read(-1), i.read()]"), "[b'abc', b'']");
    EXPECT_EQ(read("abc", "[i.read(None), i.read(None)]"), "[b'abc', b'']");
    EXPECT_EQ(
        read("abc", "[i.read(0), i.read(2), i.read(2), i.read(2)]"), "[b'', b'ab', b'c', b'']"
    );
    EXPECT_EQ(read("abc", "i.read(2**100)"), "b'abc'");
}

TEST_F(Input, Lines) {
    const std::string body = "one\n\ntwo\r\nthree";
    EXPECT_EQ(
        read(body, "[i.readline() for n in range(6)]"),
        "[b'one\\n', b'\\n', b'two\\r\\n', b'three', b'', b'']"
    );
    EXPECT_EQ(
        read(body, "[i.readline(2), i.readline(10), i.read(3), i.readline(-1)]"),
        "[b'on', b'e\\n', b'\\ntw', b'o\\r\\n']"
    );
    EXPECT_EQ(
        read(body, "[i.readline(0), i.readline(4), i.readline(1)]"), "[b'', b'one\\n', b'\\n']"
    );
    EXPECT_EQ(read(body, "i.readlines()"), "[b'one\\n', b'\\n', b'two\\r\\n', b'three']");
    EXPECT_EQ(
        read(body, "[i.readlines(1), i.readlines(2), i.readlines()]"),
        "[[b'one\\n'], [b'\\n', b'two\\r\\n'], [b'three']]"
    );
    EXPECT_EQ(
        read(body, "[i.readlines(0), i.readlines(-1)]"),
        "[[b'one\\n', b'\\n', b'two\\r\\n', b'three'], []]"
    );
    EXPECT_EQ(read(body, "list(i)"), "[b'one\\n', b'\\n', b'two\\r\\n', b'three']");
    EXPECT_EQ(
        read(body, "[next(i), i.read(1), list(i)]"), "[b'one\\n', b'\\n', [b'two\\r\\n', b'three']]"
    );
}

TEST_F(Input, HasTheMethodsOfPep3333AndNoOthers) {
    EXPECT_EQ(
        read("", "sorted(name for name in dir(i) if not name.startswith('_'))"),
        "['close', 'read', 'readline', 'readlines']"
    );
    EXPECT_EQ(read("abc", "[i.close(), i.read()]"), "[None, b'abc']");
}

TEST_F(Input, RefusesWrongArguments) {
    for (const char* call : {"i.read('a')", "i.readline(1.5)", "i.read(1, 2)"}) {
        FakeTask task;
        task.set_body("abc");
        run(task,
            "def application(environ, start_response):\n    i = environ['wsgi.input']\n    " +
                std::string(call) + "\n");
        EXPECT_EQ(task.aborted, 500) << call;
    }
    EXPECT_NE(log().find("TypeError"), std::string::npos);
}

// The same calls on the same bytes give the same results as io.BytesIO, however the bytes arrive.
TEST_F(Input, AgreesWithBytesIO) {
    std::mt19937 random(20260101);
    for (int round = 0; round < 40; ++round) {
        const std::size_t sizes[] = {0, 1, 11, 1024, 8192, 65536, 200001};
        std::string body(sizes[random() % std::size(sizes)], '\0');
        const unsigned newline_every = 1 + static_cast<unsigned>(random() % 3000);
        for (char& c : body) {
            c = random() % newline_every == 0 ? '\n' : static_cast<char>(random());
        }
        FakeTask task;
        const bool is_chunked = random() % 2 == 0;
        task.read_max = 1 + random() % 20000;
        task.request.method = "POST";
        task.request.chunked = is_chunked;
        if (!is_chunked) {
            task.request.content_length = body.size();
        }
        task.request.target = "/?" + std::to_string(random());
        std::thread client([&task, &body, &random] {
            std::size_t sent = 0;
            while (sent < body.size()) {
                const std::size_t count = std::min(body.size() - sent, 1 + random() % 50000);
                task.arrive(body.substr(sent, count));
                sent += count;
            }
            task.end_body();
        });
        run(task, R"(
import io, random
def application(environ, start_response):
    start_response('200 OK', [])
    dice = random.Random(environ['QUERY_STRING'])
    calls, results, source = [], [], environ['wsgi.input']
    while True:
        name = dice.choice(['read', 'readline', 'readlines', 'next'])
        argument = dice.choice([-1, 0, 1, 7, 100, 8191, 8192, 8193, 70000]) if dice.random() < .97 else None
        calls.append((name, argument))
        results.append(perform(source, name, argument))
        if not results[-1] and argument not in (0,) and name != 'next':
            break
    oracle = io.BytesIO(b''.join(join(result) for result in results))
    body = oracle.getvalue()
    for (name, argument), result in zip(calls, results):
        expected = perform(oracle, name, argument)
        if expected != result:
            return [('%s(%r): %r, not %r' % (name, argument, result[:60], expected[:60])).encode()]
    return [b'same', body]
def perform(file, name, argument):
    return next(file, b'') if name == 'next' else getattr(file, name)(argument)
def join(result):
    return b''.join(result) if isinstance(result, list) else result
)");
        client.join();
        ASSERT_EQ(task.status(), 200) << log();
        ASSERT_EQ(task.body.substr(0, 4), "same") << task.body << " round " << round;
        ASSERT_EQ(task.body.substr(4), body) << "round " << round;
    }
}

TEST_F(Input, WaitsWithoutTheGilAndTellsThePool) {
    FakeTask task;
    task.request.content_length = 10;
    task.arrive("hello");
    std::thread client([&task] {
        task.await_reader();
        // The GIL is free while the application waits: another thread can run Python.
        interp::Worker other(test::python(), 9, nullptr);
        FakeTask second;
        second.route.script_filename = "wsgiref.simple_server:demo_app";
        other.run(second);
        EXPECT_EQ(second.status(), 200);
        task.arrive("world");
        task.end_body();
    });
    EXPECT_EQ(read(task, "i.read()"), "b'helloworld'");
    client.join();
    EXPECT_EQ(observer_.blocked, task.waits);
    EXPECT_EQ(observer_.unblocked, task.waits);
    EXPECT_GE(task.waits, 1);
}

TEST_F(Input, WhatIsHereIsTakenWithoutWaiting) {
    FakeTask task;
    task.set_body(std::string(100000, 'x'));
    EXPECT_EQ(read(task, "len(i.read())"), "100000");
    EXPECT_EQ(task.waits, 0);
    EXPECT_EQ(observer_.blocked, 0);
}

TEST_F(Input, ErrorsAreOSErrorsAndFinal) {
    FakeTask task;
    task.request.method = "POST";
    task.request.content_length = 50;
    task.arrive("ab");
    task.fail_body("Partial results are valid but processing is incomplete");
    run(task, R"(
def application(environ, start_response):
    start_response('200 OK', [])
    for attempt in ('read', 'read', 'readline', 'readlines', '__next__'):
        try:
            getattr(environ['wsgi.input'], attempt)()
        except OSError as error:
            yield ('%s|' % error).encode()
)");
    const std::string again = "mod_wsgi request data read error: input is already in error state|";
    EXPECT_EQ(
        task.body,
        "mod_wsgi request data read error: Partial results are valid but processing is "
        "incomplete|" +
            again + again + again + again
    );
}

TEST_F(Input, ChunkedBodyHasNoLengthAndEnds) {
    FakeTask task;
    task.request.chunked = true;
    task.request.headers.add("Transfer-Encoding", "chunked");
    task.arrive("abc");
    task.end_body();
    EXPECT_EQ(
        read(
            task,
            "[i.read(), i.read(), environ.get('CONTENT_LENGTH'), environ['HTTP_TRANSFER_ENCODING']]"
        ),
        "[b'abc', b'', None, 'chunked']"
    );
}

// A length that a client only claims is not believed with memory.
TEST_F(Input, HugeAnnouncementsCostNothing) {
    FakeTask task;
    task.request.content_length = std::uint64_t{1} << 62;
    task.arrive("abc");
    task.end_body();
    EXPECT_EQ(read(task, "i.read()"), "b'abc'");
}

TEST_F(Input, ThreadOfTheApplicationMayRead) {
    FakeTask task;
    task.request.method = "POST";
    task.request.content_length = 5;
    std::thread client([&task] {
        task.await_reader();
        task.arrive("hello");
        task.end_body();
    });
    run(task, R"(
import threading
def application(environ, start_response):
    start_response('200 OK', [])
    found = []
    reader = threading.Thread(target=lambda: found.append(environ['wsgi.input'].read()))
    reader.start()
    reader.join()
    return found
)");
    client.join();
    EXPECT_EQ(task.body, "hello") << log();
    EXPECT_EQ(observer_.blocked, 0) << "the pool's own thread has not waited";
}

// What is asked of an argument is Python: it may read itself, and take longer than its request.
TEST_F(Input, TheSizeMayReadTheInputItself) {
    for (const std::string method : {"read", "readline", "readlines"}) {
        FakeTask task;
        task.set_body("ab\ncd\n");
        const std::string body = read(
            task,
            "[i.readline(), i." + method +
                "(type('I', (), {'__index__': lambda s: len(i.readline()) * 100})())]"
        );
        EXPECT_EQ(body, method == "readlines" ? "[b'ab\\n', []]" : "[b'ab\\n', b'']") << method;
    }
}

TEST_F(Input, TheSizeMayComeAfterTheEndOfTheRequest) {
    const std::string path = script(R"(
import threading
ended = threading.Event()
inside = threading.Event()
readers = []
raised = []
class Late:
    def __index__(self):
        inside.set()
        ended.wait()
        return 5
def application(environ, start_response):
    start_response('200 OK', [])
    if not readers:
        def read(method):
            try:
                raised.append(getattr(environ['wsgi.input'], method)(Late()))
            except Exception as error:
                raised.append('%s: %s' % (type(error).__name__, error))
        for method in ('read', 'readline', 'readlines'):
            readers.append(threading.Thread(target=read, args=(method,)))
            inside.clear()
            readers[-1].start()
            inside.wait()
        return [b'first']
    ended.set()
    for reader in readers:
        reader.join()
    return ['\n'.join(sorted(raised)).encode()]
)");
    FakeTask first;
    first.set_body("hello\nworld\n");
    run_file(first, path);
    EXPECT_EQ(first.body, "first");
    FakeTask second;
    run_file(second, path);
    EXPECT_EQ(
        second.body,
        "RuntimeError: read() called on wsgi.input after request completed\n"
        "RuntimeError: readline() called on wsgi.input after request completed\n"
        "RuntimeError: readlines() called on wsgi.input after request completed"
    ) << log();
}

// The task lives until the reader is out of it.
TEST_F(Input, RequestEndsAfterAReaderThatStillWaits) {
    FakeTask task;
    task.request.method = "POST";
    task.request.content_length = 5;
    const std::string path = script(R"(
import threading
def application(environ, start_response):
    start_response('200 OK', [])
    started = threading.Event()
    def read():
        started.set()
        environ['wsgi.input'].read()
    threading.Thread(target=read).start()
    started.wait()
    return [b'early']
)");
    std::thread client([&task] {
        task.await_reader();
        task.arrive("hello");
        task.end_body();
    });
    // The reader may also come after the end of the request; then it raises, and the client must be
    // let go.
    run_file(task, path);
    EXPECT_EQ(task.body, "early");
    if (task.waits == 0) {
        EXPECT_TRUE(task.wait_for_body().has_value());
    }
    client.join();
}

}  // namespace
