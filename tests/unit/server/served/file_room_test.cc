#include "core/server/served/file_room.h"

#include <gtest/gtest.h>

#include <array>
#include <deque>

namespace test {
namespace {

using server::FileRoom;

class FileRoomTest : public testing::Test {
protected:
    // As many as it gets.
    std::size_t take_all(std::uint32_t host) {
        std::size_t count = 0;
        while (shares_[host].emplace_back().take(room_, host)) {
            ++count;
        }
        return count;
    }

    FileRoom room_{16};
    std::array<std::deque<FileRoom::Share>, 4> shares_;
};

TEST_F(FileRoomTest, IsDividedByVirtualHost) {
    EXPECT_EQ(take_all(0), 8U);
    EXPECT_EQ(take_all(1), 4U);
    EXPECT_EQ(take_all(2), 2U);
    EXPECT_EQ(take_all(0), 0U);
    EXPECT_EQ(take_all(3), 1U);
}

TEST_F(FileRoomTest, IsGivenBack) {
    EXPECT_EQ(take_all(0), 8U);
    shares_[0].clear();
    EXPECT_EQ(take_all(1), 8U);
    shares_[1].front().give_back();
    EXPECT_EQ(take_all(1), 1U);
}

TEST_F(FileRoomTest, CountsAShareOnce) {
    FileRoom room(1);
    FileRoom::Share share;
    EXPECT_TRUE(share.take(room, 0));
    EXPECT_TRUE(share.take(room, 0)) << "it has it";
    FileRoom::Share other;
    EXPECT_FALSE(other.take(room, 1));
    share.give_back();
    EXPECT_TRUE(other.take(room, 1));
}

}  // namespace
}  // namespace test
