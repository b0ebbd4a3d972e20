// What is mounted over a directory or a .htaccess file while the server serves: inotify does not
// tell of it, and what the new file denies is denied all the same.
#include <gtest/gtest.h>
#include <sys/mount.h>

#include <filesystem>
#include <string>

#include "tests/support/e2e.h"
#include "tests/support/hung_file_system.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

namespace fs = std::filesystem;

class MountedOver : public E2e {
protected:
    void SetUp() override {
        if (!HungFileSystem::has_own_mounts()) {
            GTEST_SKIP() << "nothing can be mounted here";
        }
        fs::create_directories(tmp() / "www/sub/deep");
        fs::create_directories(tmp() / "new/deep");
        for (const char* const file : {"www/sub/f.txt", "www/sub/deep/f.txt"}) {
            write_file(tmp() / file, "open");
        }
        for (const char* const file : {"new/f.txt", "new/deep/f.txt"}) {
            write_file(tmp() / file, "secret");
        }
        write_file(tmp() / "new/.htaccess", "Require all denied\n");
    }
    Server& start_site() {
        return start(
            "DocumentRoot ${tmp}/www\n<Directory ${tmp}/www>\nAllowOverride All\n"
            "Require all granted\n</Directory>\n"
        );
    }
    // It is covered as long as this lives.
    class Cover {
    public:
        Cover(const std::string& by, const std::string& at) : at_(at) {
            EXPECT_EQ(::mount(by.c_str(), at.c_str(), nullptr, MS_BIND, nullptr), 0);
        }
        ~Cover() { ::umount2(at_.c_str(), MNT_DETACH); }
        Cover(const Cover&) = delete;
        Cover& operator=(const Cover&) = delete;

    private:
        const std::string at_;
    };
};

TEST_F(MountedOver, ADirectoryBringsItsAccessFile) {
    const Server& server = start_site();
    EXPECT_EQ(server.get("/sub/f.txt").body, "open");
    EXPECT_EQ(server.get("/sub/deep/f.txt").body, "open");
    {
        const Cover cover(tmp() / "new", tmp() / "www/sub");
        EXPECT_EQ(server.get("/sub/f.txt").status, 403);
        EXPECT_EQ(server.get("/sub/deep/f.txt").status, 403);
    }
    EXPECT_EQ(server.get("/sub/f.txt").body, "open");
    allow_log("denied");
}

TEST_F(MountedOver, AnAccessFileCountsAndNotWhatItCovers) {
    write_file(tmp() / "www/sub/.htaccess", "Require all granted\n");
    const Server& server = start_site();
    EXPECT_EQ(server.get("/sub/f.txt").body, "open");
    const Cover cover(tmp() / "new/.htaccess", tmp() / "www/sub/.htaccess");
    EXPECT_EQ(server.get("/sub/f.txt").status, 403);
    allow_log("denied");
}

}  // namespace
}  // namespace test
