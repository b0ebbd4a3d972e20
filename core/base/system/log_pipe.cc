#include "core/base/system/log_pipe.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "core/base/system/log.h"

namespace base {
namespace {

static_assert(sizeof(LogFrameHeader) + kLogFrameTextMax <= PIPE_BUF);

constexpr int kPatienceMilliseconds = 1000;

}  // namespace

void LogPipe::use(Fd fd) {
    [[maybe_unused]] const int of_parent = fd_.release();
    fd_ = std::move(fd);
    ::fcntl(fd_.get(), F_SETFL, ::fcntl(fd_.get(), F_GETFL) | O_NONBLOCK);
}

bool LogPipe::send(std::uint32_t number, std::string_view text, unsigned flags) const noexcept {
    LogFrameHeader header;
    header.number = number;
    header.size = static_cast<std::uint16_t>(text.size());
    header.flags = static_cast<std::uint16_t>(flags);
    const std::array<iovec, 2> parts{{
        {&header, sizeof header},
        {const_cast<char*>(text.data()), text.size()},
    }};
    ssize_t sent = 0;
    do {
        sent = ::writev(fd_.get(), parts.data(), parts.size());
    } while (sent < 0 && errno == EINTR);
    return sent > 0;
}

bool LogPipe::send_all(std::uint32_t number, std::string_view lines) const noexcept {
    unsigned goes_on = 0;
    while (!lines.empty()) {
        const std::string_view text = lines.substr(0, kLogFrameTextMax);
        lines.remove_prefix(text.size());
        if (!send(number, text, goes_on | (lines.empty() ? 0 : kLogFrameHasMore))) {
            return goes_on != 0;
        }
        goes_on = kLogFrameGoesOn;
    }
    return true;
}

bool LogPipe::offer(std::uint32_t number, std::string_view lines) const noexcept {
    const std::lock_guard lock(mutex_);
    if (!send_all(number, lines)) {
        return false;
    }
    is_stuck_.store(false, std::memory_order_relaxed);
    tell_lost();
    return true;
}

void LogPipe::tell_lost() const noexcept {
    if (lost_.load(std::memory_order_relaxed) == 0) {
        return;
    }
    const std::uint64_t lost = lost_.exchange(0);
    const std::string line = log_line(
        LogLevel::kWarn,
        {},
        fmt::format("{} lines of this process did not go into its logs: there was no room", lost)
    );
    if (lost != 0 && !send(0, line, 0)) {
        count_lost(lost);
    }
}

void LogPipe::wait_for_room() const noexcept {
    if (is_stuck_.load(std::memory_order_relaxed)) {
        return;
    }
    pollfd waiting{fd_.get(), POLLOUT, 0};
    if (::poll(&waiting, 1, kPatienceMilliseconds) == 0) {
        is_stuck_.store(true, std::memory_order_relaxed);
    }
}

}  // namespace base
