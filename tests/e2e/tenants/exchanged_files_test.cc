// A tenant exchanges its files for symbolic links while they are asked for: what a link may not
// lead to is never sent, whatever was there when it was looked at.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "tests/support/e2e.h"
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

}  // namespace
}  // namespace test
