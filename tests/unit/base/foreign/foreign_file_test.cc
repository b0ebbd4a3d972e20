#include "core/base/foreign/foreign_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "tests/support/temp_dir.h"
#include "tests/support/test_text.h"

namespace {

namespace fs = std::filesystem;

class ForeignFile : public testing::Test {
protected:
    // Its text, or what is wrong with it.
    [[nodiscard]] std::string read(std::size_t bytes_max = 100) const {
        const auto text = base::read_regular_file(path_, bytes_max);
        return text ? *text : text.error().what;
    }
    test::TempDir tmp_;
    const std::string path_ = tmp_ / "file";
};

TEST_F(ForeignFile, IsReadUpToItsBound) {
    test::write_file(path_, "0123456789");
    EXPECT_EQ(read(10), "0123456789");
    EXPECT_EQ(read(9), "read " + path_ + ": larger than 9 bytes");
    ::truncate(path_.c_str(), 1L << 40);
    EXPECT_EQ(read(), "read " + path_ + ": larger than 100 bytes");
    fs::remove(path_);
    EXPECT_EQ(read(), "open " + path_ + ": No such file or directory");
}

TEST_F(ForeignFile, IsNoPipeAndNoDevice) {
    ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
    EXPECT_EQ(read(), path_ + " is not a regular file");
    fs::remove(path_);
    fs::create_symlink("/dev/zero", path_);
    EXPECT_EQ(read(), path_ + " is not a regular file");
}

TEST_F(ForeignFile, IsReadThroughLinksButForThoseToOurOwnDescriptors) {
    test::write_file(tmp_ / "other", "other");
    fs::create_symlink("other", path_);
    EXPECT_EQ(read(), "other");
    fs::remove(path_);
    const base::Fd memory(::memfd_create("requests", MFD_CLOEXEC));
    ASSERT_EQ(::write(memory.get(), "secret", 6), 6);
    fs::create_symlink(fmt::format("/proc/self/fd/{}", memory.get()), path_);
    EXPECT_EQ(read(), "open " + path_ + ": Too many levels of symbolic links");
}

// Whoever has one may keep others waiting for /proc/sys/fs/lease-break-time.
TEST_F(ForeignFile, IsNotWaitedForWhileSomebodyHasALease) {
    test::write_file(path_, "text");
    const auto before = std::signal(SIGIO, SIG_IGN);
    const base::Fd holder(::open(path_.c_str(), O_RDWR | O_CLOEXEC));
    if (::fcntl(holder.get(), F_SETLEASE, F_WRLCK) != 0) {
        GTEST_SKIP() << "no leases on this file system";
    }
    EXPECT_EQ(read(), "open " + path_ + ": somebody has a lease on it");
    ::fcntl(holder.get(), F_SETLEASE, F_UNLCK);
    EXPECT_EQ(read(), "text");
    std::signal(SIGIO, before);
}

}  // namespace
