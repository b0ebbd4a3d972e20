// What a script's name may come to stand for: whatever it is, a thread is never held by it, and
// once it is a file again it is loaded.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "tests/unit/interp/python_test.h"

namespace {

using test::FakeTask;

class ScriptFile : public test::PythonTest {
protected:
    // The status of a request for it: that of the answer, or with which it was aborted.
    int ask(const std::string& path) {
        FakeTask task;
        run_file(task, path);
        return task.aborted ? *task.aborted : task.status();
    }
    void becomes_file(const std::string& path) {
        std::filesystem::remove(path);
        write(
            path,
            "def application(environ, start_response):\n"
            "    start_response('200 OK', [])\n"
            "    return [b'a file again']\n"
        );
    }
};

TEST_F(ScriptFile, ThatIsAFifoIsRefusedAtOnce) {
    const std::string path = script("");
    std::filesystem::remove(path);
    ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
    EXPECT_EQ(ask(path), 403);
    EXPECT_NE(log().find(path + ": Permission denied"), std::string::npos) << log();
    becomes_file(path);
    EXPECT_EQ(ask(path), 200);
}

TEST_F(ScriptFile, ThatIsADeviceIsRefusedAtOnce) {
    for (const char* device : {"/dev/zero", "/dev/full", "/dev/tty"}) {
        const std::string path = script("");
        std::filesystem::remove(path);
        std::filesystem::create_symlink(device, path);
        EXPECT_EQ(ask(path), 403) << device;
        becomes_file(path);
        EXPECT_EQ(ask(path), 200) << device;
    }
}

TEST_F(ScriptFile, ThatHasNoEndIsAnError) {
    const std::string path = script("x = 1\n");
    std::filesystem::resize_file(path, 64ULL << 20U);
    EXPECT_EQ(ask(path), 500);
    EXPECT_NE(log().find("File too large"), std::string::npos) << log();
    becomes_file(path);
    EXPECT_EQ(ask(path), 200);
}

}  // namespace
