// Files are read and parsed beside whoever asks, each in the lane of its virtual host.
#include "core/site/sections/htaccess_reader.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <future>
#include <mutex>
#include <string>
#include <vector>

#include "tests/support/temp_dir.h"
#include "tests/support/test_text.h"

namespace site {
namespace {

using Place = HtaccessReader::Place;

constexpr std::uint32_t kTenant = 1;
constexpr std::uint32_t kNeighbour = 2;

// Work that ends when it is told to.
class Gate {
public:
    base::Lanes::Work work() {
        return [opened = opened_.get_future().share()] { opened.wait(); };
    }
    void open() { opened_.set_value(); }

private:
    std::promise<void> opened_;
};

class HtaccessReaderTest : public testing::Test {
protected:
    HtaccessReaderTest() {
        reader_.use({&disks_, &parsers_, [this] {
                         const std::lock_guard lock(mutex_);
                         ++told_;
                         changed_.notify_all();
                     }});
    }

    HtaccessReader::Job job(std::uint64_t id, std::uint32_t host, const std::string& text) {
        const std::string path = directory_.path() + fmt::format("/{}", id);
        test::write_file(path, text);
        return {
            id,
            host,
            base::TenantFile(base::Fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC))),
            path,
            {config::override_class::kAll, std::nullopt},
            {}};
    }
    Place submit(std::uint64_t id, std::uint32_t host, const std::string& text = "# x\n") {
        auto asked = job(id, host, text);
        return reader_.submit(asked);
    }
    void wait_until_told(int times) {
        std::unique_lock lock(mutex_);
        ASSERT_TRUE(changed_.wait_for(lock, std::chrono::seconds(60), [&] {
            return told_ >= times;
        }));
    }
    // What stands in the lane has been done; it has one thread.
    static void wait_for(base::Lanes& lanes, std::uint32_t host) {
        std::promise<void> done;
        ASSERT_TRUE(lanes.submit(fmt::format("{}", host), [&done] { done.set_value(); }));
        done.get_future().wait();
    }

    test::TempDir directory_;
    std::mutex mutex_;
    std::condition_variable changed_;
    int told_ = 0;  // guarded by mutex_
    // One thread each: their order is known.
    base::Lanes parsers_{
        {.threads = 1, .threads_per_lane = 1, .waiting_per_lane = 100, .waiting = 1000}};
    base::Lanes disks_{
        {.threads = 1, .threads_per_lane = 1, .waiting_per_lane = 100, .waiting = 1000}};
    HtaccessReader reader_{config::ParseOptions{}};
};

// Two may wait for one file, and only one of them takes what has been read.
TEST_F(HtaccessReaderTest, CountsWhatHasEndedAlsoWhenSomebodyHasTakenIt) {
    ASSERT_EQ(submit(1, kTenant), Place::kTaken);
    wait_until_told(1);
    EXPECT_EQ(reader_.ended(), 1U);
    EXPECT_EQ(reader_.take().size(), 1U);
    EXPECT_FALSE(reader_.has_read());
    EXPECT_EQ(reader_.ended(), 1U);
}

// Whatever the disk does, whoever submits goes on.
TEST_F(HtaccessReaderTest, ADiskThatStandsStillHoldsUpNobodyButTheReading) {
    Gate disk;
    ASSERT_TRUE(disks_.submit(fmt::format("{}", kTenant), disk.work()));
    ASSERT_EQ(submit(1, kTenant, "FallbackResource /x\n"), Place::kTaken);
    EXPECT_FALSE(reader_.has_read());
    disk.open();
    wait_until_told(1);
    const auto read = reader_.take();
    ASSERT_EQ(read.size(), 1U);
    ASSERT_TRUE(read[0].config) << read[0].config.error().what;
    EXPECT_TRUE(read[0].is_readable);
}

TEST_F(HtaccessReaderTest, HostsTakeTurnsWhoeverHasManyFilesAndHoweverSmall) {
    constexpr std::uint64_t kFiles = 20;
    Gate disk;
    Gate parser;
    ASSERT_TRUE(disks_.submit("before", disk.work()));
    ASSERT_TRUE(parsers_.submit("before", parser.work()));
    for (std::uint64_t id = 1; id <= kFiles; ++id) {
        ASSERT_EQ(submit(id, kTenant), Place::kTaken);
    }
    ASSERT_EQ(submit(100, kNeighbour, std::string(7000, '#') + "\n"), Place::kTaken);
    disk.open();
    wait_for(disks_, kTenant);
    parser.open();
    wait_until_told(kFiles + 1);
    const auto read = reader_.take();
    ASSERT_EQ(read.size(), kFiles + 1);
    const auto its = std::ranges::find(read, 100U, &HtaccessReader::Read::id);
    EXPECT_LE(its - read.begin(), 1) << "it waits for one file of the tenant's at most";
}

TEST_F(HtaccessReaderTest, AHostHasSoManyOnTheirWayAndOthersHaveTheirs) {
    Gate disk;
    ASSERT_TRUE(disks_.submit(fmt::format("{}", kTenant), disk.work()));
    std::uint64_t id = 0;
    while (id < HtaccessReader::kJobsOfHostMax) {
        ASSERT_EQ(submit(++id, kTenant), Place::kTaken);
    }
    auto late = job(++id, kTenant, "# late\n");
    EXPECT_EQ(reader_.submit(late), Place::kLater);
    EXPECT_TRUE(late.file.is_open()) << "it is as it was";
    EXPECT_EQ(submit(++id, kNeighbour), Place::kTaken);
    disk.open();
    wait_until_told(static_cast<int>(HtaccessReader::kJobsOfHostMax) + 1);
    EXPECT_EQ(reader_.submit(late), Place::kTaken);
}

TEST_F(HtaccessReaderTest, WithoutAThreadTheFileIsStillWhoeverAsks) {
    disks_.end();
    auto asked = job(1, kTenant, "FallbackResource /x\n");
    EXPECT_EQ(reader_.submit(asked), Place::kNone);
    ASSERT_TRUE(asked.file.is_open());
    EXPECT_TRUE(reader_.read(asked).config);
}

// A generation ends while a disk stands still.
TEST_F(HtaccessReaderTest, GoesWithoutWaitingForThoseWhoRead) {
    Gate disk;
    ASSERT_TRUE(disks_.submit(fmt::format("{}", kTenant), disk.work()));
    {
        HtaccessReader other{config::ParseOptions{}};
        other.use({&disks_, &parsers_, [] { ADD_FAILURE() << "nobody is there"; }});
        auto asked = job(1, kTenant, "# x\n");
        ASSERT_EQ(other.submit(asked), Place::kTaken);
    }
    disk.open();
    wait_for(disks_, kTenant);
    wait_for(parsers_, kTenant);
}

}  // namespace
}  // namespace site
