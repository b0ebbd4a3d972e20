// What a script's name may come to stand for: whatever it is, a thread is never held by it, and
// once it is a file again it is loaded.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "tests/support/name_swap.h"
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

// Between the mapping of a request and the opening of its script anything may happen to the name:
// the link stands there when the script is opened.
class LinkedScript : public ScriptFile {
protected:
    // A script that says `word`, and is looked at for each request.
    std::string says(const std::string& word) {
        return script(
            "def reload_required(resource):\n"
            "    return False\n"
            "def application(environ, start_response):\n"
            "    start_response('200 OK', [])\n"
            "    return [b'" +
            word + "']\n"
        );
    }
    // What a request says, or the status of its refusal.
    std::string ask(const std::string& path, const base::LinkRule& links, bool reloads = true) {
        FakeTask task;
        task.route.links = links;
        task.route.reloads = reloads;
        run_file(task, path);
        return task.aborted ? std::to_string(*task.aborted) : task.body;
    }
    static void becomes_link(const std::string& path, const std::string& target) {
        std::filesystem::remove(path);
        std::filesystem::create_symlink(target, path);
    }
    // Of the last component of a name in the temporary directory.
    static base::LinkRule rule(bool owner_decides) {
        const auto depth = std::ranges::count(test::temporary_directory().string(), '/');
        return {static_cast<std::size_t>(depth) + 1, owner_decides};
    }
};

TEST_F(LinkedScript, IsNotOpenedWhereNoLinkMayBeFollowed) {
    const std::string foreign = says("foreign");
    const std::string path = script("");
    becomes_link(path, foreign);
    EXPECT_EQ(ask(path, rule(false)), "403");
    EXPECT_NE(log().find("Symbolic link not allowed: " + path), std::string::npos) << log();
    EXPECT_EQ(ask(path, {}), "foreign");
}

TEST_F(LinkedScript, IsSeenWhenTheScriptIsLookedAtAgain) {
    const std::string foreign = says("foreign");
    const std::string path = says("own");
    EXPECT_EQ(ask(path, rule(false)), "own");
    becomes_link(path, foreign);
    EXPECT_EQ(ask(path, rule(false)), "403");
}

TEST_F(LinkedScript, ThatWasLoadedForSomebodyElseIsLookedAt) {
    const std::string path = script("");
    becomes_link(path, says("foreign"));
    for (const bool reloads : {true, false}) {
        EXPECT_EQ(ask(path, {}, reloads), "foreign");
        EXPECT_EQ(ask(path, rule(false), reloads), "403");
    }
}

TEST_F(LinkedScript, IsLoadedOnceForAllRulesUnderWhichItIsFound) {
    const std::string path = script(
        "import itertools\n"
        "numbers = itertools.count(1)\n"
        "def application(environ, start_response):\n"
        "    start_response('200 OK', [])\n"
        "    return [b'%d' % next(numbers)]\n"
    );
    EXPECT_EQ(ask(path, {}), "1");
    EXPECT_EQ(ask(path, rule(true)), "2");
    EXPECT_EQ(ask(path, {rule(false).looks_from + 1, false}), "3");
    EXPECT_EQ(ask(path, rule(true)), "4");
    EXPECT_EQ(ask(path, {}), "5");
}

TEST_F(LinkedScript, IsOpenedWhereItsOwnerIsThatOfTheFile) {
    const std::string target = says("target");
    const std::string path = script("");
    becomes_link(path, target);
    EXPECT_EQ(ask(path, rule(true)), "target");
    if (::geteuid() != 0) {
        GTEST_SKIP() << "only root gives files away";
    }
    ASSERT_EQ(::chown(target.c_str(), 12345, 12345), 0);
    EXPECT_EQ(ask(path, rule(true)), "403");
}

TEST_F(LinkedScript, IsNeverRunWhileItIsExchangedForTheFile) {
    constexpr int kEach = 300;
    const std::string own = says("own");
    const std::string link = script("");
    becomes_link(link, says("foreign"));
    const test::NameSwap swap(own, link);
    for (int served = 0, refused = 0; served < kEach || refused < kEach;) {
        const std::string answer = ask(own, rule(false));
        ASSERT_TRUE(answer == "own" || answer == "403") << answer;
        ++(answer == "own" ? served : refused);
    }
}

}  // namespace
