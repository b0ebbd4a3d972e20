// The error log: one event, one line, in Apache's format:
//   [Fri Nov 20 09:05:03.123456 2026] [wsgi:error] [pid 7:tid 9] [client 1.2.3.4:5] message
// Any thread: a line is one write(2) to a descriptor opened with O_APPEND.
#pragma once

#include <fmt/format.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/fd.h"
#include "core/base/result.h"

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

    // Opens `path` for appending and creates it; errors name the path.
    static Result<std::shared_ptr<Log>> open(const std::string& path, LogLevel level);

    [[nodiscard]] bool is_enabled(LogLevel level) const {
        return level <= level_.load(std::memory_order_relaxed);
    }
    [[nodiscard]] LogLevel level() const { return level_.load(std::memory_order_relaxed); }
    void set_level(LogLevel level) { level_.store(level, std::memory_order_relaxed); }
    [[nodiscard]] int fd() const { return fd_.get(); }

    // `context` is empty or bracketed words such as "[client 1.2.3.4:5]". Control bytes in
    // `message` are escaped as \xNN (T-33), so that a client can never forge a line.
    void write(LogLevel level, std::string_view context, std::string_view message) const noexcept;

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
    std::atomic<LogLevel> level_;
};

// The process-wide log: standard error until the configuration names another. Never null.
const Log& main_log();
void set_main_log(std::shared_ptr<Log> log);
// A log on standard error.
std::shared_ptr<Log> log_to_standard_error(LogLevel level);

}  // namespace base
