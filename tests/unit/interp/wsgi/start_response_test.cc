// Every check of start_response(), in the order and with the words of specification 5.8.
#include "tests/unit/interp/python_test.h"

using test::FakeTask;

namespace {

class StartResponse : public test::PythonTest {
protected:
    // "Type: text" of what start_response(arguments) raises; "" when it raises nothing.
    std::string raised(const std::string& arguments) {
        FakeTask task;
        run(task,
            "def application(environ, start_response):\n"
            "    try:\n"
            "        start_response(" +
                arguments +
                ")\n"
                "        text = ''\n"
                "    except BaseException as error:\n"
                "        text = '%s: %s' % (type(error).__name__, error)\n"
                "    start_response('200 OK', [])\n"
                "    return [text.encode()]\n");
        EXPECT_EQ(task.status(), 200) << log();
        return task.body;
    }
    FakeTask::Head head(const std::string& arguments) {
        FakeTask task;
        run(task,
            "def application(environ, start_response):\n    start_response(" + arguments +
                ")\n    return iter([])\n");
        EXPECT_TRUE(task.head.has_value()) << arguments << log();
        return task.head.value_or(FakeTask::Head{});
    }
};

TEST_F(StartResponse, Arguments) {
    EXPECT_EQ(
        raised("'200 OK'"),
        "TypeError: start_response() takes 2 or 3 positional arguments but 1 were given"
    );
    EXPECT_EQ(
        raised("'200 OK', headers=[]"), "TypeError: start_response() takes no keyword arguments"
    );
    EXPECT_EQ(
        raised("'200 OK', ()"), "TypeError: start_response() argument 2 must be list, not tuple"
    );
    EXPECT_EQ(
        raised("'200 OK', {}"), "TypeError: start_response() argument 2 must be list, not dict"
    );
    EXPECT_EQ(
        raised("'200 OK', 'X: y'"), "TypeError: start_response() argument 2 must be list, not str"
    );
    EXPECT_EQ(
        raised("'200 OK', [], 5"),
        "RuntimeError: start_response() argument 'exc_info' must be a 3-tuple or None"
    );
    EXPECT_EQ(
        raised("'200 OK', [], (1, 2)"),
        "RuntimeError: start_response() argument 'exc_info' must be a 3-tuple or None"
    );
    EXPECT_EQ(raised("'200 OK', [], None"), "");
    EXPECT_EQ(
        raised("5, 'both are wrong'"),
        "TypeError: start_response() argument 2 must be list, not str"
    );
}

TEST_F(StartResponse, Status) {
    EXPECT_EQ(raised("200, []"), "TypeError: must be str, not int");
    EXPECT_EQ(raised("b'200 OK', []"), "TypeError: must be str, not bytes");
    EXPECT_EQ(raised("'200 \\u20ac', []").substr(0, 19), "UnicodeEncodeError:");
    for (const char* status : {"OK", "20X OK", "2000 OK", "", "20", " 200 OK"}) {
        EXPECT_EQ(
            raised("'" + std::string(status) + "', []"),
            "ValueError: status code must be a 3 digit integer: b'" + std::string(status) + "'"
        );
    }
    EXPECT_EQ(raised("'200OK', []"), "ValueError: no space following status code: b'200OK'");
    EXPECT_EQ(
        raised("'200 OK\\r\\nX: y', []"),
        "ValueError: control character in status reason phrase: b'200 OK\\r\\nX: y'"
    );
    EXPECT_EQ(
        raised("'200 O\\0K', []"),
        "ValueError: control character in status reason phrase: b'200 O\\x00K'"
    );
    // 1xx are not responses; an application that sends one is wrong (case 121).
    EXPECT_EQ(
        raised("'100 Continue', []"),
        "ValueError: status code must be from 200 to 999: b'100 Continue'"
    );
    EXPECT_EQ(raised("'000 No', []"), "ValueError: status code must be from 200 to 999: b'000 No'");
}

TEST_F(StartResponse, Headers) {
    EXPECT_EQ(
        raised("'200 OK', [['A', 'b']]"), "TypeError: each header must be a 2-tuple, not list"
    );
    EXPECT_EQ(raised("'200 OK', [None]"), "TypeError: each header must be a 2-tuple, not NoneType");
    EXPECT_EQ(
        raised("'200 OK', [('A', 'b', 'c')]"),
        "ValueError: each header must be a 2-tuple, got length 3"
    );
    EXPECT_EQ(raised("'200 OK', [()]"), "ValueError: each header must be a 2-tuple, got length 0");
    EXPECT_EQ(raised("'200 OK', [(1, 'b')]"), "TypeError: must be str, not int");
    EXPECT_EQ(raised("'200 OK', [('A', 1)]"), "TypeError: must be str, not int");
    EXPECT_EQ(raised("'200 OK', [('A', b'b')]"), "TypeError: must be str, not bytes");
    EXPECT_EQ(raised("'200 OK', [('', 'b')]"), "ValueError: header name is empty");
    EXPECT_EQ(
        raised("'200 OK', [('A\\tB', 'b')]"),
        "ValueError: control character in header name: b'A\\tB'"
    );
    EXPECT_EQ(
        raised("'200 OK', [('A\\r\\nB', 'b')]"),
        "ValueError: control character in header name: b'A\\r\\nB'"
    );
    EXPECT_EQ(
        raised("'200 OK', [('A\\0', 'b')]"),
        "ValueError: control character in header name: b'A\\x00'"
    );
    EXPECT_EQ(
        raised("'200 OK', [('A B', 'b')]"), "ValueError: space character in header name: b'A B'"
    );
    EXPECT_EQ(
        raised("'200 OK', [('A:', 'b')]"), "ValueError: invalid character in header name: b'A:'"
    );
    EXPECT_EQ(
        raised("'200 OK', [('\\xe9', 'b')]"),
        "ValueError: invalid character in header name: b'\\xe9'"
    );
    EXPECT_EQ(raised("'200 OK', [('\\u20ac', 'b')]").substr(0, 19), "UnicodeEncodeError:");
    EXPECT_EQ(raised("'200 OK', [('A', '\\u20ac')]").substr(0, 19), "UnicodeEncodeError:");
    EXPECT_EQ(
        raised("'200 OK', [('A', 'b\\rc')]"),
        "ValueError: carriage return character in header value: b'b\\rc'"
    );
    EXPECT_EQ(
        raised("'200 OK', [('A', 'b\\nc')]"),
        "ValueError: line feed character in header value: b'b\\nc'"
    );
    EXPECT_EQ(
        raised("'200 OK', [('A', 'b\\0c')]"),
        "ValueError: null character in header value: b'b\\x00c'"
    );
}

// Bytes are looked at by eights.
TEST_F(StartResponse, FindsWhatMayNotBeWhereverItStands) {
    FakeTask task;
    run(task, R"(
def application(environ, start_response):
    failures = []
    def try_it(status, headers, may_be):
        try:
            start_response(status, headers)
        except ValueError:
            if may_be:
                failures.append(repr((status, headers)))
        else:
            if not may_be:
                failures.append(repr((status, headers)))
    for size in range(1, 25):
        for at in range(size):
            for code in range(256):
                text = 'a' * at + chr(code) + '\xff' * (size - at - 1)
                is_control = code < 0x20 or code == 0x7f
                try_it('200 ' + text, [], not is_control)
                try_it('200 OK', [('X', text)], chr(code) not in '\r\n\0')
    start_response('200 OK', [])
    return [repr(failures[:5]).encode()]
)");
    EXPECT_EQ(task.body, "[]") << log();
}

TEST_F(StartResponse, ANameThatWasRightBeforeIsSoOnlyForItself) {
    FakeTask task;
    run(task, R"(
class Name(str):
    pass
def application(environ, start_response):
    right, wrong = 'X-Name', 'X Name'
    answers = []
    for names in [right], [wrong], [right], [wrong], [right] * 20, [right] * 16 + [wrong], [Name('X')], [Name('X ')]:
        try:
            start_response('200 OK', [(name, 'v') for name in names])
            answers.append(len(names))
        except ValueError:
            answers.append('refused')
    start_response('200 OK', [(right, 'a'), (right, 'b')])
    return [repr(answers).encode()]
)");
    EXPECT_EQ(task.body, "[1, 'refused', 1, 'refused', 20, 'refused', 1, 'refused']") << log();
    EXPECT_EQ(task.header("X-Name"), "a|b");
}

// Every text comes behind every other, at the same place of the list and as the same object.
TEST_F(StartResponse, WhatWasRightBeforeIsSoOnlyWhereItWas) {
    const std::string path = script(R"(
from itertools import product
class Text(str):
    pass
statuses = '200 OK', '404 Not Found', '200', 'OK', '200 O\rK', Text('201 Created'), '200 ' + 'x' * 200
names = 'X', 'Content-Length', 'content-length', 'X Name', '', 'X' * 200, Text('Content-Length'), Text('X\n')
values = '1', '2', '', 'a\rb', '9' * 200, 'x' * 200, Text('3'), Text('3\n'), '\u1234'
def is_right(status, name, value):
    return status[:3].isdigit() and '\r' not in status and name.isascii() and name.replace('-', '').isalpha() \
        and not set(value) & set('\r\n\u1234')
def calls():
    for pair in product(list(product(statuses, names[:1], values[:1])), repeat=2):
        yield from pair
    for pair in product(list(product(statuses[:1], names, values)), repeat=2):
        yield from pair
def application(environ, start_response):
    failures = []
    for call in calls():
        status, name, value = call
        try:
            start_response(status, [(name, value)])
            is_accepted = True
        except (ValueError, UnicodeEncodeError):
            is_accepted = False
        if is_accepted != is_right(*call):
            failures.append(call)
    start_response('200 OK', [('Failures', repr(failures[:3]).encode('ascii', 'replace').decode())])
    return [b'']
)");
    FakeTask task;
    run_file(task, path);
    EXPECT_EQ(task.header("Failures"), "[]") << log();
}

TEST_F(StartResponse, ALengthIsThatOfItsOwnCall) {
    const std::string path = script(R"(
length, other = '3', 'abc'
heads = {
    '/length': [('Content-Length', length)],
    '/other-name': [('X', length)],
    '/other-value': [('Content-Length', '2')],
    '/invalid': [('Content-Length', other)],
    '/text': [('X', other)],
    '/both': [('Content-Length', '2'), ('Content-Length', length)],
    '/long': [('X' * 200, length)],
}
def application(environ, start_response):
    start_response('200 OK', heads[environ['PATH_INFO']])
    return iter([b'abc'])
)");
    const std::pair<const char*, std::optional<std::uint64_t>> kLengths[] = {
        {"/length", 3},
        {"/other-name", {}},
        {"/other-value", 2},
        {"/text", {}},
        {"/both", 3},
        {"/long", {}}};
    for (const auto& [first, first_length] : kLengths) {
        for (const auto& [second, second_length] : kLengths) {
            for (const auto& [way, length] :
                 {std::pair(first, first_length), std::pair(second, second_length)}) {
                FakeTask task;
                task.route.path_info = way;
                run_file(task, path);
                ASSERT_TRUE(task.head.has_value()) << log();
                EXPECT_EQ(task.head->content_length, length) << way << " behind " << first;
            }
            FakeTask invalid;
            invalid.route.path_info = "/invalid";
            run_file(invalid, path);
            EXPECT_EQ(invalid.aborted, 500);
        }
    }
}

TEST_F(StartResponse, NothingOfARefusedCallIsSent) {
    FakeTask task;
    run(task, R"(
def application(environ, start_response):
    for headers in [('X-First', '1'), ('X-Second', 'a\nb')], [('X-Third', '3')]:
        try:
            start_response('200 OK', headers)
        except ValueError:
            pass
    return [b'x']
)");
    EXPECT_EQ(task.header("X-First"), "") << log();
    EXPECT_EQ(task.header("X-Third"), "3");
}

// T-20: nothing is sent.
TEST_F(StartResponse, RefusedHeadersAreA500) {
    for (const char* arguments :
         {"'200 OK\\r\\nX: y', []",
          "'200 OK', [('A\\nB', 'c')]",
          "'200 OK', [('A', 'b\\r\\nSet-Cookie: c')]",
          "'200 OK', [('A', 'b\\0')]"}) {
        FakeTask task;
        run(task,
            "def application(environ, start_response):\n    start_response(" +
                std::string(arguments) + ")\n    return [b'x']\n");
        EXPECT_EQ(task.aborted, 500) << arguments;
        EXPECT_FALSE(task.head.has_value()) << arguments;
    }
}

TEST_F(StartResponse, StatusesGoThrough) {
    EXPECT_EQ(head("'200', []").reason, "OK");
    EXPECT_EQ(head("'200 ', []").reason, "");
    EXPECT_EQ(head("'999 Foo', []").status, 999);
    EXPECT_EQ(head("'299 Custom Words', []").reason, "Custom Words");
    EXPECT_EQ(head("'200 Error', []").reason, "Error");
    EXPECT_EQ(head("'200 \\xe9', []").reason, "\xe9");
    EXPECT_EQ(head("'302 Found', [('Location', '../x')]").headers[0].second, "../x");
}

TEST_F(StartResponse, LastContentLengthWins) {
    const auto both = head("'200 OK', [('Content-Length', '3'), ('CONTENT-LENGTH', '0')]");
    EXPECT_EQ(both.content_length, 0U);
    EXPECT_TRUE(both.headers.empty());
}

TEST_F(StartResponse, SecondCallReplacesTheFirstBeforeOutput) {
    FakeTask task;
    run(task, R"(
def application(environ, start_response):
    start_response('200 OK', [('X-First', '1'), ('Content-Length', '9')])
    start_response('404 Not Found', [('X-Second', '2')])
    return [b'x']
)");
    EXPECT_EQ(task.status(), 404) << log();
    EXPECT_EQ(task.header("X-First"), "");
    EXPECT_EQ(task.header("X-Second"), "2");
    EXPECT_EQ(task.head->content_length, 1U);
}

TEST_F(StartResponse, RefusedSecondCallLeavesTheFirst) {
    FakeTask task;
    run(task, R"(
def application(environ, start_response):
    start_response('203 First', [('X-First', '1')])
    try:
        start_response('404 Not Found', [('X-Second', 'a\nb')])
    except ValueError:
        pass
    return [b'x']
)");
    EXPECT_EQ(task.status(), 203) << log();
    EXPECT_EQ(task.header("X-First"), "1");
}

TEST_F(StartResponse, AfterOutputOnlyWithExcInfoAndThenItRaises) {
    FakeTask task;
    run(task, R"(
import sys
def application(environ, start_response):
    start_response('200 OK', [])
    yield b'a'
    try:
        start_response('500 Late', [])
    except RuntimeError as error:
        yield str(error).encode()
    try:
        raise KeyError('mine')
    except KeyError as error:
        before = error
        try:
            start_response('500 Late', [], sys.exc_info())
        except KeyError as again:
            yield b'same' if again is before else b'other'
)");
    EXPECT_EQ(task.body, "astart_response() called more than once without exc_infosame") << log();
    EXPECT_EQ(task.status(), 200);
}

TEST_F(StartResponse, ExcInfoReplacesBeforeOutput) {
    FakeTask task;
    run(task, R"(
import sys
def application(environ, start_response):
    start_response('200 OK', [('X-First', '1')])
    try:
        raise ValueError
    except ValueError:
        start_response('503 Sorry', [('X-Second', '2')], sys.exc_info())
    return [b'sorry']
)");
    EXPECT_EQ(task.status(), 503) << log();
    EXPECT_EQ(task.header("X-First"), "");
    EXPECT_EQ(task.body, "sorry");
}

}  // namespace
