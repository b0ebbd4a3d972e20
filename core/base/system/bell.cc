#include "core/base/system/bell.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <cerrno>
#include <utility>

#include "core/base/system/lost_descriptor.h"

namespace base {
namespace {

constexpr std::uint32_t kOnce = EPOLLIN | EPOLLET;

}  // namespace

Result<Bell> Bell::create() {
    Fd epoll(::epoll_create1(EPOLL_CLOEXEC));
    Fd ready(::eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK));
    epoll_event silent{};
    if (!epoll.is_open() || !ready.is_open() ||
        ::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, ready.get(), &silent) != 0) {
        return fail_errno("cannot make a descriptor to be woken by", errno);
    }
    return Bell(std::move(epoll), std::move(ready));
}

void Bell::ring() const noexcept {
    epoll_event event{.events = kOnce, .data = {}};
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, ready_.get(), &event) != 0) {
        end_for_lost_descriptor();
    }
}

void Bell::quiet() const noexcept {
    epoll_event event{};
    ::epoll_wait(epoll_.get(), &event, 1, 0);
}

// What is there already cannot be added, whatever it is told to report.
bool Bell::is_whole() const noexcept {
    epoll_event event{.events = kOnce, .data = {}};
    return ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, ready_.get(), &event) != 0 && errno == EEXIST;
}

}  // namespace base
