// Who may read what, by mode bits (path_resolution(7)): the first class that one belongs to
// decides, and every directory on the way counts.
#include "core/server/tools/rights/reading_rights.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "tests/support/temp_dir.h"
#include "tests/support/test_text.h"

namespace {

using server::Reader;
using Wanted = Reader::Wanted;

class ReadingRights : public testing::Test {
protected:
    void SetUp() override {
        std::filesystem::create_directories(tmp_ / "way/in");
        test::write_file(tmp_ / "way/in/file", "x");
        set("way", 0755);
        set("way/in", 0755);
        set("way/in/file", 0644);
    }
    void set(const std::string& name, mode_t mode) const {
        ASSERT_EQ(::chmod((tmp_ / name).c_str(), mode), 0);
    }
    [[nodiscard]] static Reader reader(uid_t uid, gid_t gid) {
        ipc::Identity identity;
        identity.uid = uid;
        identity.gid = gid;
        return Reader(identity);
    }
    [[nodiscard]] bool may_read(uid_t uid, gid_t gid) const {
        return reader(uid, gid).obstacle(tmp_ / "way/in/file", Wanted::kRead).empty();
    }

    static constexpr uid_t kStranger = 54321;
    static constexpr gid_t kStrangers = 54321;
    test::TempDir tmp_;
    gid_t group_ = ::getegid();
};

TEST_F(ReadingRights, OfEverybody) { EXPECT_TRUE(may_read(kStranger, kStrangers)); }

TEST_F(ReadingRights, EndAtAnyDirectoryOnTheWay) {
    set("way", 0750);
    EXPECT_FALSE(may_read(kStranger, kStrangers));
    EXPECT_TRUE(may_read(kStranger, group_));
    const auto obstacle =
        reader(kStranger, kStrangers).obstacle(tmp_ / "way/in/file", Wanted::kRead);
    EXPECT_TRUE(obstacle.starts_with((tmp_ / "way") + " has mode 0750")) << obstacle;
}

TEST_F(ReadingRights, TheFirstClassDecides) {
    set("way/in/file", 0604);
    EXPECT_FALSE(may_read(kStranger, group_));
    EXPECT_TRUE(may_read(kStranger, kStrangers));
}

TEST_F(ReadingRights, RootReadsEverything) {
    set("way", 0);
    EXPECT_TRUE(may_read(0, 0));
    set("way", 0755);
}

TEST_F(ReadingRights, FollowLinks) {
    std::filesystem::create_directory(tmp_ / "other");
    std::filesystem::create_symlink(tmp_ / "way/in/file", tmp_ / "other/link");
    set("way", 0700);
    EXPECT_FALSE(reader(kStranger, kStrangers).obstacle(tmp_ / "other/link", Wanted::kRead).empty()
    );
}

TEST_F(ReadingRights, OfADirectoryAreThoseToSearchIt) {
    set("way/in", 0744);
    EXPECT_FALSE(reader(kStranger, kStrangers).obstacle(tmp_ / "way/in", Wanted::kSearch).empty());
    set("way/in", 0711);
    EXPECT_TRUE(reader(kStranger, kStrangers).obstacle(tmp_ / "way/in", Wanted::kSearch).empty());
}

}  // namespace
