#include "core/base/system/log_pipe.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <new>

#include "core/base/system/log.h"

namespace base {
namespace {

static_assert(sizeof(LogFrameHeader) + kLogFrameTextMax <= PIPE_BUF);

constexpr int kPatienceMilliseconds = 1000;

// Where a mark stands in `bytes`, or may begin at their end; their size where there is none.
std::size_t find_mark(std::string_view bytes, std::size_t from) {
    const auto& mark = LogFrameHeader::kMark;
    const std::string_view wanted(reinterpret_cast<const char*>(mark.data()), mark.size());
    for (std::size_t at = bytes.find(wanted[0], from); at < bytes.size();
         at = bytes.find(wanted[0], at + 1)) {
        const std::string_view there = bytes.substr(at, wanted.size());
        if (there == wanted.substr(0, there.size())) {
            return at;
        }
    }
    return bytes.size();
}

}  // namespace

std::optional<LogFrame> take_log_frame(std::string_view& bytes, std::size_t& foreign) {
    for (;;) {
        const std::size_t begin = find_mark(bytes, 0);
        bytes.remove_prefix(begin);
        foreign += begin;
        LogFrame frame;
        if (bytes.size() < sizeof frame.header) {
            return std::nullopt;
        }
        std::memcpy(&frame.header, bytes.data(), sizeof frame.header);
        const std::size_t size = sizeof frame.header + frame.header.size;
        const std::string_view whole = bytes.substr(0, size);
        // Another one begins before its end: it was none, or its end has never come.
        const std::size_t next = find_mark(whole, frame.header.mark.size());
        const bool has_room_for_next = whole.size() - next >= frame.header.mark.size();
        if (frame.header.size > kLogFrameTextMax || (next < whole.size() && has_room_for_next)) {
            const std::size_t none = std::min(next, whole.size());
            bytes.remove_prefix(none);
            foreign += none;
            continue;
        }
        if (whole.size() < size) {
            return std::nullopt;
        }
        frame.text = whole.substr(sizeof frame.header);
        bytes.remove_prefix(size);
        return frame;
    }
}

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

void LogPipe::count_lost(std::uint64_t lines) const noexcept {
    if (lost_.fetch_add(lines) == 0 && loss_) {
        loss_->ring();
    }
}

const Bell* LogPipe::watch_losses() const {
    if (auto bell = Bell::create()) {
        loss_ = std::move(*bell);
    }
    return loss_ ? &*loss_ : nullptr;
}

bool LogPipe::tell_losses() const noexcept {
    const std::lock_guard lock(mutex_);
    return tell_lost();
}

bool LogPipe::tell_lost() const noexcept {
    if (lost_.load(std::memory_order_relaxed) == 0) {
        return true;
    }
    const std::uint64_t lost = lost_.exchange(0);
    if (lost == 0 || send_count(lost)) {
        return true;
    }
    lost_ += lost;
    return false;
}

// Short of memory is short of room.
bool LogPipe::send_count(std::uint64_t lost) const noexcept {
    try {
        const std::string line = log_line(
            LogLevel::kWarn,
            {},
            fmt::format(
                "{} lines of this process did not go into its logs: there was no room", lost
            )
        );
        return send(0, line, 0);
    } catch (const std::bad_alloc&) {
        return false;
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
