#include "core/base/log.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "core/base/forked_child.h"
#include "core/base/text.h"

namespace base {
namespace {

constexpr std::array<std::string_view, 10> kNames = {
    "emerg",
    "alert",
    "crit",
    "error",
    "warn",
    "notice",
    "info",
    "debug",
    "trace1",
    "trace8",
};

void append_escaped(std::string& out, std::string_view text) {
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7f) {
            fmt::format_to(std::back_inserter(out), "\\x{:02x}", byte);
        } else {
            out.push_back(c);
        }
    }
}

void append_time(std::string& out) {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    tm local{};
    localtime_r(&now.tv_sec, &local);
    std::array<char, 32> day{};
    std::array<char, 16> year{};
    strftime(day.data(), day.size(), "%a %b %d %H:%M:%S", &local);
    strftime(year.data(), year.size(), "%Y", &local);
    fmt::format_to(
        std::back_inserter(out), "[{}.{:06} {}]", day.data(), now.tv_nsec / 1000, year.data()
    );
}

std::shared_ptr<Log>& main_log_holder() {
    static auto holder = log_to_standard_error(LogLevel::kWarn);
    return holder;
}

}  // namespace

std::string_view name_of(LogLevel level) { return kNames.at(static_cast<std::size_t>(level)); }

std::optional<LogLevel> log_level_named(std::string_view name) {
    const std::string lower = lower_case(name);
    if (lower.size() == 6 && lower.starts_with("trace") && lower[5] >= '1' && lower[5] <= '8') {
        return lower[5] == '1' ? LogLevel::kTrace1 : LogLevel::kTrace8;
    }
    for (std::size_t i = 0; i < kNames.size(); ++i) {
        if (kNames.at(i) == lower) {
            return static_cast<LogLevel>(i);
        }
    }
    return std::nullopt;
}

Result<std::shared_ptr<Log>> Log::open(const std::string& path, LogLevel level) {
    Fd fd(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644));
    if (!fd.is_open()) {
        return fail_errno("cannot open the log " + path, errno);
    }
    return std::make_shared<Log>(std::move(fd), level);
}

void Log::write(LogLevel level, std::string_view context, std::string_view message) const noexcept {
    if (!is_enabled(level)) {
        return;
    }
    std::string line;
    line.reserve(96 + context.size() + message.size());
    append_time(line);
    fmt::format_to(
        std::back_inserter(line),
        " [wsgi:{}] [pid {}:tid {}] ",
        name_of(level),
        getpid(),
        syscall(SYS_gettid)
    );
    if (!context.empty()) {
        line.append(context).push_back(' ');
    }
    append_escaped(line, message);
    line.push_back('\n');
    // A log that cannot be written is no reason to stop serving, and there is nowhere left to say
    // so.
    // A child that an application has forked has no log: the number may be that of a file of its
    // own by now. What it says goes where all programs complain.
    const int fd = is_forked_child() ? STDERR_FILENO : fd_.get();
    [[maybe_unused]] const auto written = ::write(fd, line.data(), line.size());
}

const Log& main_log() { return *main_log_holder(); }

std::shared_ptr<Log> log_to_standard_error(LogLevel level) {
    return std::make_shared<Log>(Fd(fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3)), level);
}

void set_main_log(std::shared_ptr<Log> log) { main_log_holder() = std::move(log); }

}  // namespace base
