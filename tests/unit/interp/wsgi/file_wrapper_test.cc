// wsgi.file_wrapper: specification 5.7.
#include <fstream>

#include "tests/unit/interp/python_test.h"

using test::FakeTask;

namespace {

class FileWrapper : public test::PythonTest {
protected:
    FileWrapper() : path_((test::temporary_directory() / "file.bin").string()) {
        for (int i = 0; content_.size() < 50000; ++i) {
            content_ += std::to_string(i) + "\n";
        }
        content_.resize(50000);
        write(path_, content_);
    }
    // An application that opens the file as `f`, does `before`, and returns its file_wrapper.
    void send(FakeTask& task, const std::string& before, const std::string& headers = "[]") {
        run(task,
            "def application(environ, start_response):\n    f = open('" + path_ + "', 'rb')\n    " +
                before + "\n    start_response('200 OK', " + headers +
                ")\n    return environ['wsgi.file_wrapper'](f, 1000)\n");
    }
    std::string path_;
    std::string content_;
};

TEST_F(FileWrapper, SendsTheDescriptor) {
    FakeTask task;
    send(task, "pass");
    EXPECT_TRUE(task.is_finished) << log();
    EXPECT_TRUE(task.was_file_sent);
    EXPECT_EQ(task.head->content_length, 50000U);
    EXPECT_EQ(task.body, content_);
}

TEST_F(FileWrapper, StartsAtThePositionOfTheFile) {
    FakeTask task;
    send(task, "f.seek(100)");
    EXPECT_EQ(task.head->content_length, 49900U);
    EXPECT_EQ(task.body, content_.substr(100));
    FakeTask buffered;
    send(buffered, "f.read(10)");  // the descriptor itself is further than that
    EXPECT_EQ(buffered.body, content_.substr(10));
    FakeTask at_end;
    send(at_end, "f.seek(0, 2)");
    EXPECT_EQ(at_end.head->content_length, 0U);
    EXPECT_EQ(at_end.body, "");
    EXPECT_TRUE(at_end.is_finished);
}

TEST_F(FileWrapper, ContentLengthLimits) {
    FakeTask task;
    send(task, "pass", "[('Content-Length', '10')]");
    EXPECT_EQ(task.head->content_length, 10U);
    EXPECT_EQ(task.body, content_.substr(0, 10));
    FakeTask more;
    send(more, "pass", "[('Content-Length', '60000')]");
    EXPECT_EQ(more.head->content_length, 60000U);
    EXPECT_EQ(more.body, content_);
    EXPECT_NE(log().find("shorter than the Content-Length"), std::string::npos);
}

TEST_F(FileWrapper, HeadHasTheLengthAndNoBody) {
    FakeTask task;
    task.request.method = "HEAD";
    send(task, "pass");
    EXPECT_EQ(task.head->content_length, 50000U);
    EXPECT_EQ(task.body, "");
    EXPECT_FALSE(task.was_file_sent);
}

TEST_F(FileWrapper, OtherFilesAreIterated) {
    FakeTask task;
    run(task, R"(
import io
def application(environ, start_response):
    start_response('200 OK', [])
    return environ['wsgi.file_wrapper'](io.BytesIO(b'x' * 20000))
)");
    EXPECT_FALSE(task.was_file_sent);
    EXPECT_FALSE(task.head->content_length.has_value());
    EXPECT_EQ(task.sends.size(), 3U);
    EXPECT_EQ(task.body, std::string(20000, 'x'));
    FakeTask after_write;
    run(after_write,
        "def application(environ, start_response):\n    start_response('200 OK', [])(b'<')\n"
        "    return environ['wsgi.file_wrapper'](open('" +
            path_ + "', 'rb'))\n");
    EXPECT_FALSE(after_write.was_file_sent);
    EXPECT_EQ(after_write.body, "<" + content_);
}

TEST_F(FileWrapper, ClosesTheFile) {
    for (const char* source : {"open(PATH, 'rb')", "io.BytesIO(b'abc')"}) {
        FakeTask task;
        run(task,
            "import io\nPATH = '" + path_ +
                "'\nclass File:\n    def __init__(self, file): self.file = file\n"
                "    def __getattr__(self, name): return getattr(self.file, name)\n"
                "    def close(self): print('file closed'); self.file.close()\n"
                "def application(environ, start_response):\n    start_response('200 OK', [])\n"
                "    return environ['wsgi.file_wrapper'](File(" +
                std::string(source) + "))\n");
        EXPECT_TRUE(task.is_finished) << log();
    }
    const std::string text = log();
    EXPECT_NE(text.find("file closed"), text.rfind("file closed"));
}

TEST_F(FileWrapper, IsAClassWithChecks) {
    FakeTask task;
    run(task, R"(
import io, mod_wsgi
def attempt(call):
    try:
        return repr(call())
    except Exception as error:
        return '%s: %s' % (type(error).__name__, error)
class Text:
    def read(self, size): return 'text'
def application(environ, start_response):
    start_response('200 OK', [])
    W = environ['wsgi.file_wrapper']
    w = W(io.BytesIO(b'abcde'), 2)
    closed = W(io.BytesIO(b''))
    closed.close()
    closed.close()
    class Sub(W): pass
    return ['\n'.join([
        repr(W is mod_wsgi.FileWrapper), repr(w.blksize), repr(W(w.filelike).blksize), repr(list(w)),
        attempt(lambda: W(io.BytesIO(), -1)), attempt(lambda: W(io.BytesIO(), 'a')), attempt(lambda: W()),
        attempt(lambda: next(W(Text()))), attempt(lambda: iter(closed)), attempt(lambda: next(closed)),
        attempt(lambda: W(5).close()), repr(list(Sub(filelike=io.BytesIO(b'z'), blksize=1)))]).encode()]
)");
    EXPECT_EQ(
        task.body,
        "True\n2\n8192\n[b'ab', b'cd', b'e']\n"
        "ValueError: file wrapper blksize must not be negative\n"
        "TypeError: 'str' object cannot be interpreted as an integer\n"
        "TypeError: FileWrapper() missing required argument 'filelike' (pos 1)\n"
        "TypeError: file wrapper read() must return bytes, not str\n"
        "ValueError: I/O operation on closed file\n"
        "ValueError: I/O operation on closed file\n"
        "None\n[b'z']"
    ) << log();
}

// Its end does not go as deep as it does.
TEST_F(FileWrapper, MayWrapOthersAsDeepAsItLikes) {
    FakeTask task;
    run(task, R"(
def application(environ, start_response):
    start_response('200 OK', [])
    wrapper = environ['wsgi.file_wrapper']
    nested = wrapper(None)
    for _ in range(500000):
        nested = wrapper(nested)
    del nested
    return [b'gone']
)");
    EXPECT_EQ(task.body, "gone") << log();
}

}  // namespace
