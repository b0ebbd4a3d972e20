// The error log: one event, one line, in Apache's format:
//   [Fri Nov 20 09:05:03.123456 2026] [wsgi:error] [pid 7:tid 9] [client 1.2.3.4:5] message
// Any thread. A line is one write(2) to a descriptor opened with O_APPEND, or goes through the pipe
// to the process that writes the logs; then nobody ever waits for it.
#pragma once

#include <fmt/format.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/result.h"
#include "core/base/system/fd.h"
#include "core/base/system/log_pipe.h"

namespace base {

// The values of LogLevel; a larger one says more.
enum class LogLevel {
    kEmerg,
    kAlert,
    kCrit,
    kError,
    kWarn,
    kNotice,
    kInfo,
    kDebug,
    kTrace1,
    kTrace8
};

std::string_view name_of(LogLevel level);
std::optional<LogLevel> log_level_named(std::string_view name);  // case-blind

// One error log, shared by all who were configured with the same file.
class Log {
public:
    Log(Fd fd, LogLevel level) : fd_(std::move(fd)), level_(level) {}
    // Number `number` of those behind `pipe`.
    Log(std::shared_ptr<const LogPipe> pipe, std::uint32_t number, LogLevel level)
        : pipe_(std::move(pipe)), number_(number), level_(level) {}

    [[nodiscard]] bool is_enabled(LogLevel level) const {
        return level <= level_.load(std::memory_order_relaxed);
    }
    [[nodiscard]] LogLevel level() const { return level_.load(std::memory_order_relaxed); }
    void set_level(LogLevel level) { level_.store(level, std::memory_order_relaxed); }
    [[nodiscard]] std::uint32_t number() const { return number_; }
    // Null: it has none.
    [[nodiscard]] const LogPipe* pipe() const { return pipe_.get(); }

    // A line, as log_line() makes it. Where there is no room for it, it is counted and told of
    // later.
    void write(LogLevel level, std::string_view context, std::string_view message) const noexcept;
    // The same, but false, and nothing counted, where there is no room just now.
    [[nodiscard]] bool try_write(LogLevel level, std::string_view context, std::string_view message)
        const noexcept;
    // After try_write(): waits a little, if that may help. Not for event loops, not with the GIL.
    void wait_for_room() const noexcept;

    template <class... Args>
    void error(fmt::format_string<Args...> format, Args&&... args) const {
        say(LogLevel::kError, format, std::forward<Args>(args)...);
    }
    template <class... Args>
    void warn(fmt::format_string<Args...> format, Args&&... args) const {
        say(LogLevel::kWarn, format, std::forward<Args>(args)...);
    }
    template <class... Args>
    void notice(fmt::format_string<Args...> format, Args&&... args) const {
        say(LogLevel::kNotice, format, std::forward<Args>(args)...);
    }
    template <class... Args>
    void info(fmt::format_string<Args...> format, Args&&... args) const {
        say(LogLevel::kInfo, format, std::forward<Args>(args)...);
    }
    template <class... Args>
    void debug(fmt::format_string<Args...> format, Args&&... args) const {
        say(LogLevel::kDebug, format, std::forward<Args>(args)...);
    }

private:
    template <class... Args>
    void say(LogLevel level, fmt::format_string<Args...> format, Args&&... args) const {
        if (is_enabled(level)) {
            write(level, {}, fmt::format(format, std::forward<Args>(args)...));
        }
    }

    Fd fd_;
    std::shared_ptr<const LogPipe> pipe_;  // null: fd_ is the log itself
    std::uint32_t number_ = 0;
    std::atomic<LogLevel> level_;
};

// What is longer is cut, and says so. What becomes of it when each byte is escaped still fits into
// the pipe, as in front of other lines.
constexpr std::size_t kLogTextMax = 32 * 1024;
// A line of an error log, with its end. `context` is empty or bracketed words such as
// "[client 1.2.3.4:5]".
std::string log_line(LogLevel level, std::string_view context, std::string_view message);
// The beginning of such a line for what process `pid` has written to its standard error.
std::string log_prefix_of_process(pid_t pid);
// So that text from a client or an application can neither begin a line of its own nor change how
// one is shown: control characters, also those of Unicode that turn the direction of writing or
// end a line (CVE-2021-42574), and what is not UTF-8 become \xNN.
void append_log_text(std::string& out, std::string_view text);

// The process-wide log: standard error until the configuration names another. Never null.
const Log& main_log();
void set_main_log(std::shared_ptr<Log> log);
// A log on standard error.
std::shared_ptr<Log> log_to_standard_error(LogLevel level);

}  // namespace base
