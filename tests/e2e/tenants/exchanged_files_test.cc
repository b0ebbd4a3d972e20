// A tenant exchanges its files for symbolic links while they are asked for: what a link may not
// lead to is never sent, or run, whatever was there when it was looked at.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "tests/support/e2e.h"
#include "tests/support/fifo.h"
#include "tests/support/name_swap.h"
#include "tests/support/test_text.h"

namespace fs = std::filesystem;

namespace test {
namespace {

constexpr const char* kSecret = "the neighbour's password";
constexpr uid_t kNeighbour = 12345;

class ExchangedFiles : public E2e {
protected:
    void SetUp() override {
        E2e::SetUp();
        fs::create_directories(tmp() / "site/sub");
        fs::create_directories(tmp() / "neighbour");
        write_file(tmp() / "site/sub/page.txt", "a page");
        write_file(tmp() / "neighbour/page.txt", kSecret);
        write_file(tmp() / "neighbour/.htaccess", "ErrorDocument 404 \"the neighbour's rules\"\n");
        allow_log("Symbolic link not allowed|symbolic link|cannot open .*: Not a directory");
    }
    Server& serve_with(const std::string& options, const std::string& override = "None") {
        return start(
            "Alias / ${tmp}/site/\n<Directory ${tmp}/site>\nOptions " + options +
            "\nAllowOverride " + override + "\n</Directory>\n"
        );
    }
    // Scripts of a handler, in embedded mode or a group of one thread; each looks at its file for
    // every request.
    Server& run_with(const std::string& options, const std::string& group) {
        write_script("site/sub/page.wsgi", "a page");
        write_script("neighbour/page.wsgi", kSecret);
        allow_log("(page|mine)\\.wsgi");
        return start(
            "ServerThreads 1\nThreadsPerChild 1\n" +
            (group.empty() ? "" : "WSGIDaemonProcess app threads=1\nWSGIProcessGroup " + group) +
            "\nWSGIScriptAlias /wait ${apps}/waits_at_gate.py\n"
            "Alias /files ${tmp}/site\n<Directory ${tmp}/site>\nOptions ExecCGI " +
            options + "\nAddHandler wsgi-script .wsgi\n</Directory>\n"
        );
    }
    void write_script(const std::string& name, const std::string& word) {
        write_file(
            tmp() / name,
            "def reload_required(resource):\n"
            "    return False\n"
            "def application(environ, start_response):\n"
            "    start_response('200 OK', [('Content-Type', 'text/plain')])\n"
            "    return [b\"" +
                word + "\"]\n"
        );
    }
    // Until both answers have been seen often: the names did change places meanwhile.
    void expect_only(
        Server& server, const std::string& target, const std::string& one, const std::string& other
    ) {
        constexpr int kEach = 1500;
        const NameSwap swap(tmp() / one, tmp() / other);
        Client client = server.connect();
        for (int own = 0, refused = 0; own < kEach || refused < kEach;) {
            client.get(target);
            const Response response = client.read_response();
            ASSERT_EQ(response.body.find("neighbour"), std::string::npos)
                << response.body << " after " << own << " and " << refused;
            ASSERT_TRUE(
                response.body == "a page" || response.status == 403 || response.status == 404
            ) << response.status;
            ++(response.body == "a page" ? own : refused);
        }
    }
};

TEST_F(ExchangedFiles, AFileThatBecomesALinkIsNeverFollowedWithoutFollowSymLinks) {
    fs::create_symlink(tmp() / "neighbour/page.txt", tmp() / "site/sub/link.txt");
    expect_only(serve_with("None"), "/sub/page.txt", "site/sub/page.txt", "site/sub/link.txt");
}

TEST_F(ExchangedFiles, ADirectoryThatBecomesALinkIsNeverFollowedWithoutFollowSymLinks) {
    fs::create_symlink(tmp() / "neighbour", tmp() / "site/away");
    expect_only(serve_with("None"), "/sub/page.txt", "site/sub", "site/away");
}

TEST_F(ExchangedFiles, ALinkThatBecomesOneToAnotherUsersFileIsNeverFollowedIfOwnersMustMatch) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "only root gives files away";
    }
    ASSERT_EQ(::chown((tmp() / "neighbour/page.txt").c_str(), kNeighbour, kNeighbour), 0);
    fs::create_symlink("page.txt", tmp() / "site/sub/mine.txt");
    fs::create_symlink(tmp() / "neighbour/page.txt", tmp() / "site/sub/other.txt");
    expect_only(
        serve_with("SymLinksIfOwnerMatch"),
        "/sub/mine.txt",
        "site/sub/mine.txt",
        "site/sub/other.txt"
    );
}

// Their SetEnv may hold passwords, and would reach the tenant's application.
TEST_F(ExchangedFiles, RulesOfANeighboursDirectoryAreNeverTaken) {
    fs::create_symlink(tmp() / "neighbour", tmp() / "site/away");
    write_file(tmp() / "site/sub/.htaccess", "ErrorDocument 404 \"a page\"\n");
    expect_only(serve_with("None", "FileInfo"), "/sub/missing", "site/sub", "site/away");
}

class ExchangedScripts : public ExchangedFiles, public testing::WithParamInterface<const char*> {};

// It has been mapped, and waits for the only thread.
TEST_P(ExchangedScripts, AScriptThatBecomesALinkBeforeItIsOpenedIsRefused) {
    Server& server = run_with("", GetParam());
    Fifo tell(tmp() / "tell");
    Fifo gate(tmp() / "gate");
    Client running = server.connect();
    running.get("/wait?tell=" + tell.path() + "&gate=" + gate.path());
    EXPECT_TRUE(tell.take_line().starts_with("begun "));
    Client waiting = server.connect();
    waiting.get("/files/sub/page.wsgi");
    // Came later, and the loop has answered it.
    EXPECT_EQ(server.get("/files/sub/page.txt").body, "a page");
    fs::remove(tmp() / "site/sub/page.wsgi");
    fs::create_symlink(tmp() / "neighbour/page.wsgi", tmp() / "site/sub/page.wsgi");
    gate.put(".");
    EXPECT_EQ(running.read_response().body, "passed");
    EXPECT_EQ(waiting.read_response().status, 403);
    expect_log("Symbolic link not allowed: .*/site/sub/page\\.wsgi");
}

TEST_P(ExchangedScripts, AScriptThatBecomesALinkIsNeverRunWithoutFollowSymLinks) {
    fs::create_symlink(tmp() / "neighbour/page.wsgi", tmp() / "site/sub/link.wsgi");
    expect_only(
        run_with("", GetParam()), "/files/sub/page.wsgi", "site/sub/page.wsgi", "site/sub/link.wsgi"
    );
}

TEST_P(ExchangedScripts, ADirectoryThatBecomesALinkHasNoScriptsWithoutFollowSymLinks) {
    fs::create_symlink(tmp() / "neighbour", tmp() / "site/away");
    expect_only(run_with("", GetParam()), "/files/sub/page.wsgi", "site/sub", "site/away");
}

TEST_P(ExchangedScripts, ALinkThatBecomesOneToAnotherUsersScriptIsNeverRunIfOwnersMustMatch) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "only root gives files away";
    }
    Server& server = run_with("SymLinksIfOwnerMatch", GetParam());
    ASSERT_EQ(::chown((tmp() / "neighbour/page.wsgi").c_str(), kNeighbour, kNeighbour), 0);
    fs::create_symlink("page.wsgi", tmp() / "site/sub/mine.wsgi");
    fs::create_symlink(tmp() / "neighbour/page.wsgi", tmp() / "site/sub/other.wsgi");
    expect_only(server, "/files/sub/mine.wsgi", "site/sub/mine.wsgi", "site/sub/other.wsgi");
}

INSTANTIATE_TEST_SUITE_P(
    InBothModes,
    ExchangedScripts,
    testing::Values("", "app"),
    [](const auto& mode) { return *mode.param == '\0' ? "Embedded" : "Daemon"; }
);

}  // namespace
}  // namespace test
