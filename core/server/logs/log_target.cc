#include "core/server/logs/log_target.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "core/base/foreign/file_systems.h"

namespace server {
namespace {

constexpr std::size_t kPendingMax = 256 * 1024;
constexpr std::size_t kQueueMax = 1024 * 1024;

std::uint64_t lines_in(std::string_view text) {
    return static_cast<std::uint64_t>(std::ranges::count(text, '\n'));
}

}  // namespace

LogTarget::LogTarget(int fd, std::string path, const FileSizeLimit& limit)
    : fd_(fd), path_(std::move(path)), may_wait_(!base::size_of_local_file(fd)), limit_(limit) {
    if (may_wait_) {
        try {
            thread_ = std::thread([this] { run(); });
        } catch (const std::system_error&) {
            // No further process may be had (RLIMIT_NPROC, TasksMax=), which others are about to
            // say: written here it gets said, though a reader that stalls holds up other logs.
        }
    }
}

void LogTarget::add(std::string_view lines) {
    pending_ += lines;
    if (pending_.size() >= kPendingMax) {
        flush();
    }
}

void LogTarget::flush() {
    if (pending_.empty()) {
        return;
    }
    if (thread_.joinable()) {
        hand_over();
    } else {
        const std::uint64_t lost = write_out(pending_);
        const std::lock_guard lock(mutex_);
        losses_.note(lost, lost == 0 ? "" : std::strerror(errno));
    }
    pending_.clear();
}

void LogTarget::hand_over() {
    const std::lock_guard lock(mutex_);
    if (queue_.size() + pending_.size() > kQueueMax) {
        losses_.note(lines_in(pending_), "nobody reads it fast enough");
        return;
    }
    queue_ += pending_;
    more_.notify_one();
}

void LogTarget::run() noexcept {
    std::string text;
    std::unique_lock lock(mutex_);
    for (;;) {
        more_.wait(lock, [this] { return !queue_.empty(); });
        text.clear();
        std::swap(text, queue_);
        is_writing_ = true;
        lock.unlock();
        const std::uint64_t lost = write_out(text);
        const std::string why = lost == 0 ? "" : std::strerror(errno);
        lock.lock();
        is_writing_ = false;
        losses_.note(lost, why);
    }
}

std::uint64_t LogTarget::write_out(std::string_view text) noexcept {
    while (!text.empty()) {
        const ssize_t count = ::write(fd_, text.data(), text.size());
        if (count < 0 && (errno == EINTR || (errno == EFBIG && may_write_again()))) {
            continue;
        }
        if (count <= 0) {
            return std::max<std::uint64_t>(1, lines_in(text));
        }
        text.remove_prefix(static_cast<std::size_t>(count));
    }
    return 0;
}

bool LogTarget::may_write_again() const noexcept {
    switch (limit_.put_back()) {
        case FileSizeLimit::Found::kLowered:
            return true;
        case FileSizeLimit::Found::kLost:
            ::_exit(FileSizeLimit::kExitCode);
        case FileSizeLimit::Found::kAsEver:
            break;
    }
    errno = EFBIG;
    return false;
}

std::string LogTarget::take_news() {
    const std::lock_guard lock(mutex_);
    return losses_.take_news(path_);
}

bool LogTarget::is_idle() {
    const std::lock_guard lock(mutex_);
    return queue_.empty() && !is_writing_;
}

}  // namespace server
