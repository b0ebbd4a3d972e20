// A script that hangs while it is loaded is told of, as long as it does. The test is the clock and
// reads the log.
#include "interp/application/import_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <optional>
#include <string>

#include "core/base/system/fd.h"
#include "core/base/system/log.h"

namespace {

using interp::ImportWatch;
using std::chrono::seconds;
using testing::HasSubstr;

class ImportWatchTest : public testing::Test {
protected:
    ImportWatchTest() { EXPECT_TRUE(watch_.open().has_value()); }

    static base::Log make_log(base::Fd& reading) {
        std::array<int, 2> ends{};
        EXPECT_EQ(::pipe(ends.data()), 0);
        reading = base::Fd(ends[0]);
        return {base::Fd(ends[1]), base::LogLevel::kWarn};
    }
    // What was logged since, when the main thread looks after so long.
    std::string said_after(seconds time) {
        watch_.tell_late(began_ + time);
        pollfd waiting{log_end_.get(), POLLIN, 0};
        std::array<char, 4096> bytes{};
        if (::poll(&waiting, 1, 0) == 0) {
            return {};
        }
        const ssize_t count = ::read(log_end_.get(), bytes.data(), bytes.size());
        return {bytes.data(), static_cast<std::size_t>(count)};
    }
    [[nodiscard]] bool is_due() const {
        pollfd waiting{watch_.fd(), POLLIN, 0};
        return ::poll(&waiting, 1, 0) == 1;
    }

    const ImportWatch::Clock::time_point began_ = ImportWatch::Clock::now();
    base::Fd log_end_;
    base::Log log_ = make_log(log_end_);
    ImportWatch watch_;
};

TEST_F(ImportWatchTest, TellsOfWhatHangsAndAgainLater) {
    const ImportWatch::Loading loading(watch_, log_, "script '/slow.wsgi' into here", began_);
    EXPECT_EQ(said_after(seconds(9)), "");
    EXPECT_THAT(
        said_after(seconds(10)), HasSubstr("'/slow.wsgi' into here has not ended for 10 s")
    );
    EXPECT_EQ(said_after(seconds(69)), "");
    EXPECT_THAT(said_after(seconds(70)), HasSubstr("has not ended for 70 s"));
    EXPECT_FALSE(is_due());
}

TEST_F(ImportWatchTest, SaysNothingOfWhatHasBeenLoaded) {
    std::optional<ImportWatch::Loading> first;
    std::optional<ImportWatch::Loading> second;
    first.emplace(watch_, log_, "first", began_);
    second.emplace(watch_, log_, "second", began_ + seconds(5));
    first.reset();
    EXPECT_EQ(said_after(seconds(14)), "");
    EXPECT_THAT(said_after(seconds(15)), HasSubstr("second has not ended for 10 s"));
    second.reset();
    EXPECT_EQ(said_after(seconds(1000)), "");
}

// The main thread waits for nothing but this.
TEST_F(ImportWatchTest, WakesTheMainThreadWhenSomethingIsLate) {
    std::optional<ImportWatch::Loading> loading;
    loading.emplace(watch_, log_, "late", began_ - ImportWatch::kLate);
    EXPECT_TRUE(is_due());
    EXPECT_THAT(said_after(seconds(0)), HasSubstr("late has not ended"));
    EXPECT_FALSE(is_due());
    loading.emplace(watch_, log_, "late", began_ - ImportWatch::kLate);
    EXPECT_TRUE(is_due());
    loading.reset();
    EXPECT_FALSE(is_due());
}

}  // namespace
