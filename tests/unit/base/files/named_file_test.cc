#include "core/base/files/named_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>

#include "core/base/files/read_to_end.h"
#include "core/base/files/reopen.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_text.h"

namespace {

namespace fs = std::filesystem;

class NamedFile : public testing::Test {
protected:
    // Its text, or what is wrong with it.
    [[nodiscard]] static std::string read(const std::string& path) {
        const auto file = base::open_named_file(path, "cannot read it");
        return file ? base::read_to_end(file->get(), 100, "").value_or("?") : file.error().what;
    }
    test::TempDir tmp_;
    const std::string path_ = tmp_ / "file";
};

TEST_F(NamedFile, IsARegularFileOrNothing) {
    test::write_file(path_, "text");
    EXPECT_EQ(read(path_), "text");
    fs::create_symlink(path_, tmp_ / "link");
    EXPECT_EQ(read(tmp_ / "link"), "text");
    EXPECT_EQ(read("/dev/null"), "");
    EXPECT_EQ(read(tmp_ / "none"), "cannot read it: No such file or directory");
}

TEST_F(NamedFile, IsNothingThatKeepsAReaderWaiting) {
    EXPECT_EQ(read("/dev/zero"), "cannot read it: it is a device, and no regular file");
    EXPECT_EQ(read(tmp_.path()), "cannot read it: it is a directory, and no regular file");
    ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
    EXPECT_EQ(read(path_), "cannot read it: it is a FIFO, and no regular file");
}

// What is read is what has been looked at.
TEST_F(NamedFile, IsTheSameThoughItsNameMeansAnotherByThen) {
    test::write_file(path_, "looked at");
    const base::Fd place(::open(path_.c_str(), O_PATH | O_CLOEXEC));
    ASSERT_EQ(::mkfifo((tmp_ / "other").c_str(), 0600), 0);
    fs::rename(tmp_ / "other", path_);
    const base::Fd file = base::reopen_to_read(place);
    EXPECT_EQ(base::read_to_end(file.get(), 100, "").value_or("?"), "looked at");
}

}  // namespace
