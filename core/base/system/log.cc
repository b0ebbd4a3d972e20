#include "core/base/system/log.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <new>

#include "core/base/system/forked_child.h"
#include "core/base/system/local_time.h"
#include "core/base/text/text.h"

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

// Where the code points are that only change how text is shown.
constexpr bool is_invisible_order(std::uint32_t code) {
    return (code >= 0x80 && code <= 0x9f) ||      // C1 controls
           code == 0x061c ||                      // Arabic letter mark
           code == 0x200e || code == 0x200f ||    // marks of direction
           (code >= 0x2028 && code <= 0x202e) ||  // ends of lines, embeddings, overrides
           (code >= 0x2066 && code <= 0x206f) ||  // isolates, deprecated format characters
           (code >= 0xfff9 && code <= 0xfffb) ||  // annotations
           code == 0xfeff || (code >= 0xe0000 && code <= 0xe007f);  // byte order mark, tags
}

struct CodePoint {
    std::uint32_t code = 0;
    std::size_t size = 0;  // 0: no UTF-8 (RFC 3629)
};

CodePoint read_code_point(std::string_view text) {
    const auto byte = [text](std::size_t at) { return static_cast<unsigned char>(text[at]); };
    const unsigned char first = byte(0);
    const std::size_t size = first < 0x80                     ? 1
                             : first >= 0xc2 && first <= 0xdf ? 2
                             : first >= 0xe0 && first <= 0xef ? 3
                             : first >= 0xf0 && first <= 0xf4 ? 4
                                                              : 0;
    if (size == 0 || size > text.size()) {
        return {};
    }
    std::uint32_t code = size == 1 ? first : first & (0x7fU >> size);
    for (std::size_t i = 1; i < size; ++i) {
        if ((byte(i) & 0xc0U) != 0x80U) {
            return {};
        }
        code = code << 6U | (byte(i) & 0x3fU);
    }
    constexpr std::uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
    const bool is_surrogate = code >= 0xd800 && code <= 0xdfff;
    return code < kSmallest[size] || is_surrogate || code > 0x10ffff ? CodePoint{}
                                                                     : CodePoint{code, size};
}

void append_hexadecimal(std::string& out, std::string_view bytes) {
    for (const char c : bytes) {
        fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(c));
    }
}

void append_time(std::string& out) {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    const tm local = local_time(now.tv_sec);
    std::array<char, 32> day{};
    std::array<char, 16> year{};
    strftime(day.data(), day.size(), "%a %b %d %H:%M:%S", &local);
    strftime(year.data(), year.size(), "%Y", &local);
    fmt::format_to(
        std::back_inserter(out), "[{}.{:06} {}]", day.data(), now.tv_nsec / 1000, year.data()
    );
}

// What follows the prefix of a line, with its end.
void append_message(std::string& line, std::string_view context, std::string_view message) {
    if (!context.empty()) {
        append_log_text(line, context);
        line.push_back(' ');
    }
    append_log_text(line, message.substr(0, kLogTextMax));
    if (message.size() > kLogTextMax) {
        fmt::format_to(
            std::back_inserter(line), " ... ({} bytes are cut)", message.size() - kLogTextMax
        );
    }
    line.push_back('\n');
}

// A log that cannot be written is no reason to stop serving, and there is nowhere left to say so.
void write_out(int fd, std::string_view line) noexcept {
    [[maybe_unused]] const auto written = ::write(fd, line.data(), line.size());
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

void append_log_text(std::string& out, std::string_view text) {
    while (!text.empty()) {
        const auto byte = static_cast<unsigned char>(text[0]);
        if (byte >= 0x20 && byte < 0x7f) {
            out.push_back(text[0]);
            text.remove_prefix(1);
            continue;
        }
        const CodePoint point = read_code_point(text);
        const std::string_view bytes = text.substr(0, point.size == 0 ? 1 : point.size);
        if (point.size > 1 && !is_invisible_order(point.code)) {
            out.append(bytes);
        } else {
            append_hexadecimal(out, bytes);
        }
        text.remove_prefix(bytes.size());
    }
}

std::string log_line(LogLevel level, std::string_view context, std::string_view message) {
    std::string line;
    line.reserve(96 + context.size() + std::min(message.size(), kLogTextMax));
    append_time(line);
    fmt::format_to(
        std::back_inserter(line),
        " [wsgi:{}] [pid {}:tid {}] ",
        name_of(level),
        getpid(),
        syscall(SYS_gettid)
    );
    append_message(line, context, message);
    return line;
}

std::string log_prefix_of_process(pid_t pid) {
    std::string prefix;
    append_time(prefix);
    fmt::format_to(std::back_inserter(prefix), " [wsgi:error] [pid {}] ", pid);
    return prefix;
}

bool Log::try_write(LogLevel level, std::string_view context, std::string_view message)
    const noexcept {
    if (!is_enabled(level)) {
        return true;
    }
    // A child that an application has forked has no log: the number may be that of a file of its
    // own by now. What it says goes where all programs complain, and gets its prefix there.
    const bool is_forked = is_forked_child();
    std::string line;
    try {
        if (is_forked) {
            append_message(line, context, message);
        } else {
            line = log_line(level, context, message);
        }
    } catch (const std::bad_alloc&) {
        return false;  // counted as one that there was no room for
    }
    if (pipe_ && !is_forked) {
        return pipe_->offer(number_, line);
    }
    write_out(is_forked ? STDERR_FILENO : fd_.get(), line);
    return true;
}

void Log::write(LogLevel level, std::string_view context, std::string_view message) const noexcept {
    if (!try_write(level, context, message) && pipe_ && !is_forked_child()) {
        pipe_->count_lost(1);
    }
}

void Log::wait_for_room() const noexcept {
    if (pipe_) {
        pipe_->wait_for_room();
    }
}

const Log& main_log() { return *main_log_holder(); }

std::shared_ptr<Log> log_to_standard_error(LogLevel level) {
    return std::make_shared<Log>(Fd(fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3)), level);
}

void set_main_log(std::shared_ptr<Log> log) { main_log_holder() = std::move(log); }

}  // namespace base
