// The way of log lines to whoever writes them: nobody waits, nothing is mixed, and what does not go
// is told.
#include "core/base/system/log_pipe.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "core/base/system/log.h"

namespace {

using base::LogFrameHeader;
using base::LogPipe;
using testing::HasSubstr;

struct Text {
    std::uint32_t number = 0;
    std::string text;
};

class LogPipeTest : public testing::Test {
protected:
    void SetUp() override {
        std::array<int, 2> ends{};
        ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK), 0);
        reader_ = base::Fd(ends[0]);
        pipe_.use(base::Fd(ends[1]));
    }
    // Everything that has come, put together.
    std::vector<Text> received() {
        std::array<char, 65'536> block{};
        for (ssize_t size = 0; (size = ::read(reader_.get(), block.data(), block.size())) > 0;) {
            bytes_.append(block.data(), static_cast<std::size_t>(size));
        }
        std::vector<Text> texts;
        bool goes_on = false;
        while (!bytes_.empty()) {
            LogFrameHeader header;
            std::memcpy(&header, bytes_.data(), sizeof header);
            if (!goes_on) {
                texts.push_back({header.number, {}});
            }
            EXPECT_EQ(texts.back().number, header.number);
            texts.back().text += bytes_.substr(sizeof header, header.size);
            goes_on = (header.flags & base::kLogFrameHasMore) != 0;
            bytes_.erase(0, sizeof header + header.size);
        }
        return texts;
    }
    // Until there is no room.
    int fill() {
        int count = 0;
        while (pipe_.offer(0, std::string(1000, 'x'))) {
            ++count;
        }
        return count;
    }

    base::Fd reader_;
    LogPipe pipe_;
    std::string bytes_;
};

TEST_F(LogPipeTest, CarriesTextsOfAnyLengthToTheirNumbers) {
    const std::string large(20'000, 'l');
    EXPECT_TRUE(pipe_.offer(7, "small\n"));
    EXPECT_TRUE(pipe_.offer(8, large));
    const auto texts = received();
    ASSERT_EQ(texts.size(), 2U);
    EXPECT_EQ(texts[0].number, 7U);
    EXPECT_EQ(texts[0].text, "small\n");
    EXPECT_EQ(texts[1].number, 8U);
    EXPECT_EQ(texts[1].text, large);
}

TEST_F(LogPipeTest, NeverWaitsAndTellsWhatDidNotGo) {
    EXPECT_GT(fill(), 0);
    const base::Log log(
        std::shared_ptr<const LogPipe>(&pipe_, [](const LogPipe*) {}), 3, base::LogLevel::kInfo
    );
    EXPECT_FALSE(log.try_write(base::LogLevel::kError, {}, "no room"));
    log.error("lost");
    log.error("lost, too");
    received();
    log.error("heard");
    const auto texts = received();
    ASSERT_EQ(texts.size(), 2U);
    EXPECT_EQ(texts[0].number, 3U);
    EXPECT_THAT(texts[0].text, HasSubstr("] heard\n"));
    EXPECT_EQ(texts[1].number, 0U);
    EXPECT_THAT(texts[1].text, HasSubstr("2 lines of this process did not go into its logs"));
}

// Whoever waits for that is woken, and can say it as soon as there is room.
TEST_F(LogPipeTest, TellsOfALossThoughNothingElseIsSaid) {
    const base::Bell* const bell = pipe_.watch_losses();
    ASSERT_NE(bell, nullptr);
    pollfd loss{bell->fd(), POLLIN, 0};
    fill();
    EXPECT_EQ(::poll(&loss, 1, 0), 0);
    pipe_.count_lost(3);
    EXPECT_EQ(::poll(&loss, 1, 0), 1);
    EXPECT_FALSE(pipe_.tell_losses());
    received();
    EXPECT_TRUE(pipe_.tell_losses());
    const auto texts = received();
    ASSERT_EQ(texts.size(), 1U);
    EXPECT_THAT(texts[0].text, HasSubstr("3 lines of this process did not go into its logs"));
    EXPECT_TRUE(pipe_.tell_losses());
    EXPECT_TRUE(received().empty());
}

std::string frame(std::string_view text) {
    LogFrameHeader header;
    header.size = static_cast<std::uint16_t>(text.size());
    std::string bytes(reinterpret_cast<const char*>(&header), sizeof header);
    return bytes.append(text);
}

// However the bytes are cut: those of a whole frame are in front of each text.
TEST(LogFrame, IsFoundBehindWhatIsNone) {
    const std::string stream = std::string(100, '\xff') + frame("one") + "none" +
                               frame("half of it").substr(0, 15) + frame("two") + frame("three");
    for (std::size_t piece = 1; piece < stream.size(); ++piece) {
        std::string bytes;
        std::string texts;
        std::size_t foreign = 0;
        for (std::size_t at = 0; at < stream.size(); at += piece) {
            bytes += stream.substr(at, piece);
            std::string_view rest = bytes;
            while (const auto found = base::take_log_frame(rest, foreign)) {
                texts += std::string(found->text) + ",";
            }
            bytes.erase(0, bytes.size() - rest.size());
        }
        EXPECT_EQ(texts, "one,two,three,") << piece;
        EXPECT_EQ(foreign, 100U + 4 + 15) << piece;
        EXPECT_TRUE(bytes.empty()) << piece;
    }
}

TEST(LogFrame, OfAnImpossibleSizeIsNone) {
    LogFrameHeader header;
    header.size = 0xffff;
    const std::string bytes =
        std::string(reinterpret_cast<const char*>(&header), sizeof header) + frame("next");
    std::string_view rest = bytes;
    std::size_t foreign = 0;
    const auto found = base::take_log_frame(rest, foreign);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->text, "next");
    EXPECT_EQ(foreign, sizeof header);
}

TEST_F(LogPipeTest, MixesNothingThatThreadsSay) {
    std::vector<std::thread> threads;
    for (char name = 'a'; name < 'e'; ++name) {
        threads.emplace_back([this, name] { pipe_.offer(0, std::string(10'000, name)); });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    const auto texts = received();
    ASSERT_EQ(texts.size(), 4U);
    for (const Text& text : texts) {
        EXPECT_EQ(text.text, std::string(10'000, text.text.at(0)));
    }
}

TEST_F(LogPipeTest, WithoutAReaderIsNoReasonToStop) {
    ::signal(SIGPIPE, SIG_IGN);
    reader_.reset();
    EXPECT_FALSE(pipe_.offer(0, "nobody"));
}

}  // namespace
