#include "core/loop/ring/epoll/event_queue.h"

#include <algorithm>
#include <cerrno>
#include <climits>

#include "core/base/check.h"
#include "core/base/system/lost_descriptor.h"

namespace loop {

base::Result<EventQueue> EventQueue::create() {
    base::Fd epoll(::epoll_create1(EPOLL_CLOEXEC));
    if (!epoll.is_open()) {
        return base::fail_errno("epoll_create1", errno);
    }
    return EventQueue(std::move(epoll));
}

int EventQueue::control(int operation, int fd, std::uint32_t interest, std::uint64_t word) {
    epoll_event event{};
    event.events = interest;
    event.data.u64 = word;
    return ::epoll_ctl(epoll_.get(), operation, fd, &event) == 0 ? 0 : -errno;
}

void EventQueue::remove(int fd) {
    epoll_event unused{};
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, &unused);
}

void EventQueue::wait(std::optional<std::chrono::nanoseconds> longest) {
    if (count_ == 0) {
        count_ = ask(longest);
        if (count_ < 0 && (errno == EBADF || errno == EINVAL)) {
            base::end_for_lost_descriptor();
        }
        CHECK(count_ >= 0 || errno == EINTR);
        count_ = std::max(count_, 0);
    }
}

int EventQueue::ask(std::optional<std::chrono::nanoseconds> longest) {
    const int room = static_cast<int>(events_.size());
    if (!longest || longest->count() <= 0) {
        return ::epoll_wait(epoll_.get(), events_.data(), room, longest ? 0 : -1);
    }
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(*longest);
    const timespec limit{.tv_sec = seconds.count(), .tv_nsec = (*longest - seconds).count()};
    const int count = ::epoll_pwait2(epoll_.get(), events_.data(), room, &limit, nullptr);
    if (count >= 0 || (errno != ENOSYS && errno != EPERM)) {
        return count;
    }
    // Sandboxes that know no epoll_pwait2 (Linux 5.11) count in milliseconds.
    const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(*longest).count();
    return ::epoll_wait(
        epoll_.get(), events_.data(), room, static_cast<int>(std::min<long>(milliseconds, INT_MAX))
    );
}

}  // namespace loop
