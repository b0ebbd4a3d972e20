#include "core/site/sections/htaccess_reader.h"

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>

namespace site {
namespace {

class HtaccessReaderTest : public testing::Test {
protected:
    HtaccessReaderTest() {
        reader_.notify([this] {
            const std::lock_guard lock(mutex_);
            ++told_;
            changed_.notify_all();
        });
    }

    static HtaccessReader::Job job(std::uint64_t id, std::size_t bytes) {
        return {id, "#" + std::string(bytes, 'x') + "\n", "/srv/.htaccess", {}, {}};
    }
    void wait_until_told(int times) {
        std::unique_lock lock(mutex_);
        ASSERT_TRUE(changed_.wait_for(lock, std::chrono::seconds(60), [&] {
            return told_ >= times;
        }));
    }

    const config::ParseOptions options_;
    std::mutex mutex_;
    std::condition_variable changed_;
    int told_ = 0;  // guarded by mutex_
    HtaccessReader reader_{options_};
};

// Two may wait for one file, and only one of them takes what has been read.
TEST_F(HtaccessReaderTest, CountsWhatHasEndedAlsoWhenSomebodyHasTakenIt) {
    ASSERT_TRUE(reader_.submit(job(1, 10)));
    wait_until_told(1);
    EXPECT_EQ(reader_.ended(), 1U);
    EXPECT_EQ(reader_.take().size(), 1U);
    EXPECT_FALSE(reader_.has_read());
    EXPECT_EQ(reader_.ended(), 1U);
}

TEST_F(HtaccessReaderTest, PutsTheLargestOffWhereThereIsNoRoomForASmallerOne) {
    std::uint64_t id = 0;
    while (reader_.submit(job(++id, 200'000))) {
        ASSERT_LT(id, 100'000U) << "there is always room";
    }
    ASSERT_TRUE(reader_.submit(job(++id, 100)));
    const std::uint64_t refused = id - 1;
    std::size_t put_off = 0;
    bool has_small = false;
    for (std::uint64_t left = id - 1; left > 0;) {
        for (const HtaccessReader::Read& read : reader_.take()) {
            put_off += read.is_put_off ? 1U : 0U;
            has_small = has_small || (read.id == id && !read.is_put_off);
            EXPECT_NE(read.id, refused);
            --left;
        }
    }
    EXPECT_EQ(put_off, 1U);
    EXPECT_TRUE(has_small);
}

}  // namespace
}  // namespace site
