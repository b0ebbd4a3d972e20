// The error log: Apache's line format, levels, and lines that a client cannot forge (T-33).
#include "core/base/system/log.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace {

using base::Fd;
using base::Log;
using base::LogLevel;
using testing::HasSubstr;
using testing::MatchesRegex;

// A log whose lines are read back from a pipe.
class LogTest : public testing::Test {
protected:
    void SetUp() override {
        std::array<int, 2> ends{};
        ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK), 0);
        reader_ = Fd(ends[0]);
        log_ = std::make_unique<Log>(Fd(ends[1]), LogLevel::kInfo);
    }
    std::string written() const {
        std::string text(65'536, '\0');
        const auto count = ::read(reader_.get(), text.data(), text.size());
        text.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
        return text;
    }

    Fd reader_;
    std::unique_ptr<Log> log_;
};

TEST_F(LogTest, LineHasTheFormatOfApache) {
    log_->write(LogLevel::kError, "[client 1.2.3.4:5]", "it broke");
    EXPECT_THAT(
        written(),
        MatchesRegex(
            "\\[(Mon|Tue|Wed|Thu|Fri|Sat|Sun) "
            "(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) "
            "[0-3][0-9] [0-2][0-9]:[0-5][0-9]:[0-6][0-9]\\.[0-9]{6} 20[0-9][0-9]\\] "
            "\\[wsgi:error\\] \\[pid [0-9]+:tid [0-9]+\\] \\[client 1\\.2\\.3\\.4:5\\] it broke\n"
        )
    );
}

TEST_F(LogTest, LineNamesTheProcessAndTheThread) {
    log_->error("here");
    const std::string here = fmt::format("[pid {}:tid {}] here\n", getpid(), syscall(SYS_gettid));
    EXPECT_THAT(written(), HasSubstr(here));
}

TEST_F(LogTest, FormatsItsArguments) {
    log_->notice("{} of {}", 3, "five");
    EXPECT_THAT(written(), HasSubstr("[wsgi:notice] "));
    log_->notice("{} of {}", 3, "five");
    EXPECT_THAT(written(), testing::EndsWith("] 3 of five\n"));
}

TEST_F(LogTest, SaysOnlyWhatItsLevelAllows) {
    log_->set_level(LogLevel::kWarn);
    log_->notice("unheard");
    log_->info("unheard");
    log_->write(LogLevel::kNotice, "", "unheard");
    EXPECT_EQ(written(), "");
    log_->warn("heard");
    EXPECT_THAT(written(), HasSubstr("heard"));
    log_->set_level(LogLevel::kDebug);
    log_->debug("heard");
    EXPECT_THAT(written(), HasSubstr("heard"));
    EXPECT_EQ(log_->level(), LogLevel::kDebug);
}

TEST_F(LogTest, T33ControlBytesOfAMessageAreEscaped) {
    log_->write(LogLevel::kError, "", "a\nb\rc\x1b[31md\x7f\x01");
    EXPECT_THAT(written(), testing::EndsWith("] a\\x0ab\\x0dc\\x1b[31md\\x7f\\x01\n"));
}

TEST_F(LogTest, T33EveryControlByteIsEscaped) {
    for (int byte = 0; byte < 0x20; ++byte) {
        log_->write(LogLevel::kError, "", std::string(1, static_cast<char>(byte)));
        EXPECT_THAT(written(), testing::EndsWith(fmt::format("] \\x{:02x}\n", byte)));
    }
}

TEST_F(LogTest, Utf8StaysReadable) {
    log_->error("gr\xc3\xbc\xc3\x9f dich");
    EXPECT_THAT(written(), HasSubstr("gr\xc3\xbc\xc3\x9f dich"));
}

// CVE-2021-42574: text that is shown in another order than it is stored in.
TEST_F(LogTest, TextCannotTurnTheLineAround) {
    for (const std::string_view sign :
         {"\xe2\x80\xae",      // U+202E, right-to-left override
          "\xe2\x80\xaa",      // U+202A, left-to-right embedding
          "\xe2\x81\xa6",      // U+2066, left-to-right isolate
          "\xe2\x81\xa9",      // U+2069, end of an isolate
          "\xe2\x80\x8f",      // U+200F, right-to-left mark
          "\xd8\x9c",          // U+061C, Arabic letter mark
          "\xe2\x80\xa8",      // U+2028, line separator
          "\xc2\x9b",          // U+009B, the escape sequences of 8-bit terminals
          "\x9b",              // the same, as a byte
          "\xf3\xa0\x81\x81",  // U+E0041, a tag
          "\xed\xa0\x80",      // a surrogate, which is no UTF-8
          "\xc0\x8a"}) {       // a newline in two bytes, which is none either
        std::string escaped;
        for (const char c : sign) {
            escaped += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
        }
        log_->write(LogLevel::kError, fmt::format("[script /{}]", sign), fmt::format("a{}b", sign));
        EXPECT_THAT(written(), testing::EndsWith(fmt::format("] [script /{0}] a{0}b\n", escaped)));
    }
}

TEST_F(LogTest, WritingFromRightToLeftStaysReadable) {
    log_->error("\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d \xf0\x9f\x90\x8d");
    EXPECT_THAT(
        written(), testing::EndsWith("] \xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d \xf0\x9f\x90\x8d\n")
    );
}

TEST_F(LogTest, AVeryLongTextIsCutAndSaysSo) {
    const std::string line =
        base::log_line(LogLevel::kError, {}, std::string(base::kLogTextMax + 7, 'x') + "end");
    EXPECT_LT(line.size(), base::kLogTextMax + 200);
    EXPECT_TRUE(line.ends_with("xxx ... (10 bytes are cut)\n"));
}

TEST_F(LogTest, AnEventIsOneLine) {
    log_->write(LogLevel::kError, "[client a]", "one\ntwo\nthree\n");
    const std::string text = written();
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
    EXPECT_EQ(text.back(), '\n');
}

TEST_F(LogTest, ADescriptorThatFailsIsNoReasonToStop) {
    const Log broken(Fd(::open("/dev/full", O_WRONLY | O_CLOEXEC)), LogLevel::kInfo);
    broken.error("nobody reads this");
    log_->error("still here");
    EXPECT_THAT(written(), HasSubstr("still here"));
}

std::unique_ptr<Log> log_in(const std::string& path) {
    return std::make_unique<Log>(
        Fd(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644)), LogLevel::kInfo
    );
}

TEST(LogFile, LinesOfManyThreadsStayWhole) {
    const auto folder = std::filesystem::path(testing::TempDir());
    const std::string path = folder / fmt::format("log_test_{}.log", getpid());
    const auto log = log_in(path);
    std::vector<std::thread> threads;
    for (char name = 'a'; name < 'e'; ++name) {
        threads.emplace_back([&log, name] {
            for (int i = 0; i < 200; ++i) {
                log->error("{}", std::string(300, name));
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    std::string text(std::filesystem::file_size(path), '\0');
    ASSERT_EQ(::read(file.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
    std::filesystem::remove(path);

    std::size_t lines = 0;
    for (std::size_t start = 0; start < text.size(); ++lines) {
        const std::size_t end = text.find('\n', start);
        ASSERT_NE(end, std::string::npos);
        const std::string message = text.substr(end - 300, 300);
        EXPECT_EQ(message, std::string(300, message[0]));
        EXPECT_EQ(text[start], '[');
        start = end + 1;
    }
    EXPECT_EQ(lines, 800U);
}

TEST(LogFile, AppendsToWhatIsThere) {
    const std::string path = fmt::format("{}log_append_{}.log", testing::TempDir(), getpid());
    for (const char* word : {"first", "second"}) {
        log_in(path)->error("{}", word);
    }
    const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    std::string text(4096, '\0');
    const auto count = ::read(file.get(), text.data(), text.size());
    std::filesystem::remove(path);
    ASSERT_GT(count, 0);
    text.resize(static_cast<std::size_t>(count));
    EXPECT_THAT(text, testing::ContainsRegex("first\n.*second\n$"));
}

// Apache's LogLevel words: https://httpd.apache.org/docs/2.4/mod/core.html#loglevel
TEST(LogLevelNames, AreThoseOfApache) {
    EXPECT_EQ(base::log_level_named("emerg"), LogLevel::kEmerg);
    EXPECT_EQ(base::log_level_named("alert"), LogLevel::kAlert);
    EXPECT_EQ(base::log_level_named("crit"), LogLevel::kCrit);
    EXPECT_EQ(base::log_level_named("error"), LogLevel::kError);
    EXPECT_EQ(base::log_level_named("warn"), LogLevel::kWarn);
    EXPECT_EQ(base::log_level_named("notice"), LogLevel::kNotice);
    EXPECT_EQ(base::log_level_named("info"), LogLevel::kInfo);
    EXPECT_EQ(base::log_level_named("debug"), LogLevel::kDebug);
    EXPECT_EQ(base::log_level_named("trace1"), LogLevel::kTrace1);
    EXPECT_EQ(base::log_level_named("trace8"), LogLevel::kTrace8);
    EXPECT_EQ(base::log_level_named("WARN"), LogLevel::kWarn);
    for (const char* trace : {"trace2", "trace5", "trace7"}) {
        EXPECT_TRUE(base::log_level_named(trace).has_value()) << trace;
    }
}

TEST(LogLevelNames, RefuseEverythingElse) {
    for (const char* word : {"", "warning", "err", "trace", "trace0", "trace9", "trace10", "5"}) {
        EXPECT_FALSE(base::log_level_named(word).has_value()) << word;
    }
}

TEST(LogLevelNames, ComeBackFromTheirNames) {
    for (const LogLevel level :
         {LogLevel::kEmerg, LogLevel::kError, LogLevel::kWarn, LogLevel::kDebug}) {
        EXPECT_EQ(base::log_level_named(base::name_of(level)), level);
    }
}

TEST(MainLog, IsAlwaysThereAndCanBeReplaced) {
    EXPECT_TRUE(base::main_log().is_enabled(LogLevel::kError));
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    const Fd reader(ends[0]);
    base::set_main_log(std::make_shared<Log>(Fd(ends[1]), LogLevel::kInfo));
    base::main_log().error("to the new one");
    std::string text(4096, '\0');
    const auto count = ::read(reader.get(), text.data(), text.size());
    ASSERT_GT(count, 0);
    EXPECT_THAT(text, HasSubstr("to the new one"));
    base::set_main_log(std::make_shared<Log>(Fd(::dup(STDERR_FILENO)), LogLevel::kWarn));
}

}  // namespace
