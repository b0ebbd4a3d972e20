// What a process could not log is told as soon as there is room, though it says nothing more.
#include "core/server/process/loss_watch.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <string>

#include "core/base/system/fd.h"
#include "core/base/system/log_pipe.h"

namespace {

class LossWatch : public testing::Test {
protected:
    LossWatch() {
        std::array<int, 2> ends{};
        EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK), 0);
        reader_ = base::Fd(ends[0]);
        pipe_.use(base::Fd(ends[1]));
    }
    // Whether the main thread would be woken.
    [[nodiscard]] bool is_ready() const {
        pollfd wanted = watch_.wanted();
        return ::poll(&wanted, 1, 0) == 1;
    }
    void fill() {
        while (pipe_.offer(0, std::string(1000, 'x'))) {
        }
    }
    std::string drain() {
        std::string all;
        std::array<char, 4096> block{};
        for (ssize_t size = 0; (size = ::read(reader_.get(), block.data(), block.size())) > 0;) {
            all.append(block.data(), static_cast<std::size_t>(size));
        }
        return all;
    }

    base::Fd reader_;
    base::LogPipe pipe_;
    server::LossWatch watch_{pipe_};
};

TEST_F(LossWatch, WaitsForALossAndThenForRoom) {
    EXPECT_FALSE(is_ready());
    fill();
    EXPECT_FALSE(is_ready());
    pipe_.count_lost(2);
    ASSERT_TRUE(is_ready());
    watch_.on_ready();
    EXPECT_FALSE(is_ready()) << "there is no room yet, and nobody is to turn in circles";
    drain();
    ASSERT_TRUE(is_ready());
    watch_.on_ready();
    EXPECT_NE(drain().find("2 lines of this process did not go"), std::string::npos);
    EXPECT_FALSE(is_ready());
}

TEST_F(LossWatch, WaitsAgainForTheNextLoss) {
    for (int i = 0; i < 2; ++i) {
        pipe_.count_lost(1);
        ASSERT_TRUE(is_ready());
        watch_.on_ready();
        ASSERT_TRUE(is_ready());
        watch_.on_ready();
        EXPECT_NE(drain().find("1 lines of this process did not go"), std::string::npos);
        EXPECT_FALSE(is_ready());
    }
}

}  // namespace
