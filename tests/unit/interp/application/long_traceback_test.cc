// What an application raises and writes may be of any size; what is logged of it is not.
#include <algorithm>
#include <string>

#include "tests/unit/interp/python_test.h"

using test::FakeTask;

namespace {

class LongTraceback : public test::PythonTest {
protected:
    static constexpr std::size_t kMost = 256 * 1024;  // lines have prefixes

    void raise(const std::string& body) {
        FakeTask task;
        run(task, "def application(environ, start_response):\n" + body + "\n");
        EXPECT_EQ(task.aborted, 500);
    }
    [[nodiscard]] bool logged(const std::string& text) const {
        return log().find(text) != std::string::npos;
    }
    void expect_cut() const {
        EXPECT_LT(log().size(), kMost);
        EXPECT_TRUE(logged("[traceback cut]"));
    }
};

TEST_F(LongTraceback, OfExceptionsThatHoldEachOtherIsCut) {
    raise(
        "    error = ValueError('in the middle')\n"
        "    for i in range(9):\n        error = ExceptionGroup('group', [error] * 15)\n"
        "    raise error"
    );
    expect_cut();
    EXPECT_TRUE(logged("in application"));
    EXPECT_TRUE(logged("ExceptionGroup: group (15 sub-exceptions)")) << log();
}

TEST_F(LongTraceback, OfALongChainIsCut) {
    raise(
        "    error = None\n"
        "    for i in range(2000):\n"
        "        after = ValueError(i)\n        after.__cause__ = error\n        error = after\n"
        "    raise error"
    );
    expect_cut();
    EXPECT_TRUE(logged("ValueError: 1999"));
}

TEST_F(LongTraceback, OfALongTextIsCut) {
    raise("    raise ValueError('begins' + '\\n' * 2000000)");
    expect_cut();
    EXPECT_TRUE(logged("ValueError: begins"));
}

TEST_F(LongTraceback, OfALongLineHasItsBeginningAndWhatIsBehind) {
    for (const char* size : {"40000", "60000", "70000", "3000000"}) {
        raise("    raise ValueError('begins' + 'a' * " + std::string(size) + " + '\\nends')");
        EXPECT_TRUE(logged("ValueError: beginsaaaa")) << size;
        EXPECT_TRUE(logged("ends\n")) << size;
    }
    EXPECT_TRUE(logged("[traceback cut]"));
    EXPECT_LT(log().size(), 4 * kMost);
}

TEST_F(LongTraceback, OfALongNameIsCut) {
    raise(
        "    names = {}\n"
        "    code = 'def f(n):\\n return f(n - 1) if n else 1 / 0'\n"
        "    exec(compile(code, 'N' * 2000000, 'exec'), names)\n    names['f'](100)"
    );
    expect_cut();
    EXPECT_TRUE(logged("ZeroDivisionError: division by zero"));
}

TEST_F(LongTraceback, HasItsBeginningAndItsEnd) {
    raise(
        "    def even(n): return odd(n + 1)\n"
        "    def odd(n): return even(n + 1)\n"
        "    even(0)"
    );
    expect_cut();
    EXPECT_TRUE(logged("Traceback (most recent call last):"));
    EXPECT_TRUE(logged("in application"));
    EXPECT_TRUE(logged("RecursionError: maximum recursion depth exceeded"));
}

TEST_F(LongTraceback, IsWholeWhereItIsAsUsual) {
    raise(
        "    def fail(n):\n"
        "        try:\n            1 / 0 if n == 0 else fail(n - 1)\n"
        "        except Exception as error:\n            raise ValueError(n) from error\n"
        "    fail(20)"
    );
    EXPECT_FALSE(logged("[traceback cut]"));
    for (int i = 0; i <= 20; ++i) {
        EXPECT_TRUE(logged("ValueError: " + std::to_string(i)));
    }
    EXPECT_TRUE(logged("ZeroDivisionError: division by zero"));
}

TEST_F(LongTraceback, OfAClassWithALongNameIsCut) {
    raise("    raise type('N' * 1000000, (Exception,), {})('text')");
    EXPECT_LT(log().size(), kMost);
    EXPECT_TRUE(logged("NNNN exception raised processing WSGI script"));
}

TEST_F(LongTraceback, IsNotLongerThanALineOfTheApplications) {
    FakeTask task;
    run(task, R"(
def application(environ, start_response):
    environ['wsgi.errors'].write('before ')
    environ['wsgi.errors'].write('a' * 3000000 + '\nbehind\n')
    start_response('200 OK', [])
    return []
)");
    EXPECT_TRUE(task.is_finished);
    EXPECT_LT(log().size(), kMost);
    EXPECT_TRUE(logged("before "));
    EXPECT_TRUE(logged("bytes are cut"));
    EXPECT_TRUE(logged("behind"));
}

}  // namespace
