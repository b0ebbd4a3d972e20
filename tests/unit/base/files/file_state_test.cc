#include "core/base/files/file_state.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <string>

#include "core/base/system/fd.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_text.h"

namespace base {
namespace {

class FileState : public testing::Test {
protected:
    struct Seen {
        FileIdentity identity;
        FileVersion version;
        FileStamp stamp;
    };
    void SetUp() override { write("one", "text"); }
    [[nodiscard]] std::string path(const std::string& name) const { return tmp_ / name; }
    void write(const std::string& name, std::string_view content) const {
        test::write_file(path(name), content);
    }
    void set_modified(const std::string& name, std::int64_t seconds) const {
        const timespec times[] = {{seconds, 0}, {seconds, 0}};
        ASSERT_EQ(::utimensat(AT_FDCWD, path(name).c_str(), times, 0), 0);
    }
    [[nodiscard]] Seen look(const std::string& name) const {
        struct stat facts {};
        EXPECT_EQ(::stat(path(name).c_str(), &facts), 0);
        return {FileIdentity::of(facts), FileVersion::of(facts), FileStamp::of(0, facts)};
    }

private:
    test::TempDir tmp_;
};

TEST_F(FileState, AFileHasOneIdentityByWhateverName) {
    std::filesystem::create_hard_link(path("one"), path("other"));
    const Fd fd(::open(path("other").c_str(), O_RDONLY | O_CLOEXEC));
    EXPECT_EQ(look("one").identity, look("other").identity);
    EXPECT_EQ(look("one").identity, FileIdentity::of(fd.get()));
    write("two", "text");
    EXPECT_NE(look("one").identity, look("two").identity);
    EXPECT_EQ(FileIdentity::of(-1), FileIdentity());
}

TEST_F(FileState, AnotherFileOfTheSameTimeAndSizeIsAnotherVersion) {
    set_modified("one", 1);
    const FileVersion before = look("one").version;
    write("two", "text");
    set_modified("two", 1);
    std::filesystem::rename(path("two"), path("one"));
    EXPECT_NE(look("one").version, before);
}

TEST_F(FileState, ALinkToItIsNoOtherVersionAndYetAChange) {
    set_modified("one", 1);
    const Seen before = look("one");
    // Until the clock of files has moved on.
    while (FileStamp::now() <= before.stamp.changed) {
    }
    std::filesystem::create_hard_link(path("one"), path("other"));
    EXPECT_EQ(look("one").version, before.version);
    EXPECT_NE(look("one").stamp, before.stamp);
}

TEST_F(FileState, ATimeThatNobodyWillLiveToSeeIsATime) {
    set_modified("one", 15'000'000'000);  // of which a 64-bit number cannot count the nanoseconds
    const FileVersion late = look("one").version;
    set_modified("one", 1);
    EXPECT_NE(look("one").version, late);
}

TEST_F(FileState, WhatIsNotThereHasAStampToo) {
    const FileStamp missing = FileStamp::of(ENOENT, {});
    EXPECT_EQ(missing, FileStamp::of(ENOENT, {}));
    EXPECT_NE(missing, FileStamp::of(EACCES, {}));
    EXPECT_TRUE(missing.is_settled(0));
}

TEST_F(FileState, AChangeIsSettledAFewTicksLater) {
    constexpr std::int64_t kSecond = 1'000'000'000;
    const FileStamp stamp = look("one").stamp;
    EXPECT_FALSE(stamp.is_settled(stamp.changed + kSecond));
    EXPECT_TRUE(stamp.is_settled(stamp.changed + 2 * kSecond));
}

}  // namespace
}  // namespace base
