#include "core/server/served/file_room.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <deque>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <utility>

#include "core/base/system/fd.h"
#include "core/base/system/log.h"

namespace test {
namespace {

using server::FileRoom;

class FileRoomTest : public testing::Test {
protected:
    static constexpr const char* kOne = "192.0.2.1";
    static constexpr const char* kOther = "192.0.2.2";

    // As many as it gets.
    std::size_t take_all(std::uint32_t host, const std::string& address) {
        std::size_t count = 0;
        while (shares_[{host, address}].emplace_back().take(room_, host, address)) {
            ++count;
        }
        shares_[{host, address}].pop_back();
        return count;
    }

    FileRoom room_{32};
    std::map<std::pair<std::uint32_t, std::string>, std::deque<FileRoom::Share>> shares_;
};

TEST_F(FileRoomTest, IsDividedByVirtualHostAndInItByClient) {
    EXPECT_EQ(take_all(0, kOne), 8U);
    EXPECT_EQ(take_all(0, kOther), 4U);
    EXPECT_EQ(take_all(0, kOne), 0U);
    EXPECT_EQ(take_all(1, "192.0.2.3"), 5U) << "a quarter of what the other host leaves";
    EXPECT_EQ(take_all(2, "192.0.2.4"), 4U) << "and the next may begin";
}

TEST_F(FileRoomTest, LeavesHalfToOthersWhateverHostsOneClientAsksAt) {
    std::size_t all = 0;
    for (std::uint32_t host = 0; host < 100; ++host) {
        all += take_all(host, kOne);
    }
    EXPECT_LE(all, 16U);
    EXPECT_GE(all, 12U) << "nobody else wants any";
    EXPECT_EQ(take_all(100, kOther), 4U) << "a quarter of what is left";
    EXPECT_EQ(take_all(0, kOther), 1U) << "half of the half of that host";
}

TEST_F(FileRoomTest, IsGivenBack) {
    EXPECT_EQ(take_all(0, kOne), 8U);
    shares_.clear();
    EXPECT_EQ(take_all(1, kOne), 8U);
    shares_[{1, kOne}].front().give_back();
    EXPECT_EQ(take_all(1, kOne), 1U);
}

TEST_F(FileRoomTest, CountsAShareOnce) {
    FileRoom room(4);
    FileRoom::Share share;
    EXPECT_TRUE(share.take(room, 0, kOne));
    EXPECT_TRUE(share.take(room, 0, kOne)) << "it has it";
    FileRoom::Share other;
    EXPECT_FALSE(other.take(room, 0, kOne));
    share.give_back();
    EXPECT_TRUE(other.take(room, 0, kOne));
}

// One line for all of a crowd, however many of it are refused, and the next when most of it has
// gone.
TEST_F(FileRoomTest, TellsTheLogOnceOfACrowd) {
    const auto lines = [](const std::string& path) {
        std::ostringstream all;
        all << std::ifstream(path).rdbuf();
        const std::string said = all.str();
        std::size_t count = 0;
        for (std::size_t at = 0; (at = said.find("LimitNOFILE", at)) != std::string::npos; ++at) {
            ++count;
        }
        return count;
    };
    const std::string path = testing::TempDir() + "file_room_log";
    base::set_main_log(std::make_shared<base::Log>(
        base::Fd(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)),
        base::LogLevel::kWarn
    ));
    EXPECT_EQ(take_all(0, kOne), 8U);
    for (int i = 0; i < 6; ++i) {
        shares_[{0, kOne}].pop_front();
        EXPECT_EQ(take_all(0, kOne), 1U);
    }
    EXPECT_EQ(lines(path), 1U);
    shares_.clear();
    EXPECT_EQ(take_all(0, kOne), 8U);
    EXPECT_EQ(lines(path), 2U);
    base::set_main_log(base::log_to_standard_error(base::LogLevel::kWarn));
    std::filesystem::remove(path);
}

}  // namespace
}  // namespace test
