#include "core/server/daemon/server_links.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "core/base/memory.h"
#include "core/base/system/log.h"

namespace server {
namespace {

using Events = std::array<epoll_event, 16>;

}  // namespace

base::Result<> ServerLinks::open() {
    epoll_ = base::Fd(::epoll_create1(EPOLL_CLOEXEC));
    interrupt_ = TRY(base::Bell::create());
    // No link: this is how lead() knows its interruption.
    epoll_event event{.events = EPOLLIN, .data = {.ptr = nullptr}};
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, interrupt_->fd(), &event) != 0) {
        return base::fail_errno("cannot make the descriptors of a daemon process", errno);
    }
    return {};
}

// --- The main thread

void ServerLinks::attach(base::Fd socket, std::uint32_t server) {
    const std::lock_guard lock(mutex_);
    auto found = std::ranges::find_if(links_, [](ServerLink& link) { return link.is_free(); });
    const int fd = socket.get();
    ServerLink& link = found != links_.end() ? *found : links_.emplace_back(host_, *this);
    // Its first frame goes out before the link is watched. It fits into any new socket, so that
    // nobody asks for room on what epoll does not know yet.
    link.attach(std::move(socket), server);
    epoll_event event{.events = EPOLLIN, .data = {.ptr = &link}};
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) {
        base::main_log().error("cannot watch a connection to a server process: errno {}", errno);
    }
}

// A program that an application in that server process has started may hold the other end open: the
// leader is to see an end of stream all the same.
void ServerLinks::shut_down(std::uint32_t server) {
    const std::lock_guard lock(mutex_);
    for (ServerLink& link : links_) {
        link.shut_down(server);
    }
}

void ServerLinks::announce_stop() {
    const std::lock_guard lock(mutex_);
    for (ServerLink& link : links_) {
        link.announce_stop();
    }
}

bool ServerLinks::has_any() {
    const std::lock_guard lock(mutex_);
    return std::ranges::any_of(links_, [](ServerLink& link) { return !link.is_free(); });
}

// --- Any thread

void ServerLinks::flush() noexcept {
    const std::lock_guard lock(mutex_);
    for (ServerLink& link : links_) {
        link.flush();
    }
}

void ServerLinks::flush_where_full() noexcept {
    if (wants_room_.exchange(false)) {
        flush();
    }
}

void ServerLinks::interrupt() noexcept { interrupt_->ring(); }

void ServerLinks::watch_for_room(ServerLink& link) {
    // The wish before the asking: the main thread that is about to sleep looks for it last. Where
    // all threads are in requests nobody leads, and it is its tick that sends what waits.
    wants_room_ = true;
    watch_.ask();
    epoll_event event{.events = EPOLLIN | EPOLLOUT, .data = {.ptr = &link}};
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, link.fd(), &event);
}

// Closing alone is not enough: a program that an application has started may hold a copy of the
// descriptor.
void ServerLinks::stop_watching(ServerLink& link) {
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, link.fd(), nullptr);
}

// --- The leader

void ServerLinks::lead() noexcept {
    Events events;
    const int count = wait(events);
    hear(std::span(events).first(static_cast<std::size_t>(std::max(count, 0))));
}

void ServerLinks::look() noexcept {
    Events events;
    const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), 0);
    hear(std::span(events).first(static_cast<std::size_t>(std::max(count, 0))));
}

void ServerLinks::hear(std::span<const epoll_event> events) {
    for (const epoll_event& event : events) {
        if (event.data.ptr == nullptr) {
            // It takes back all interruptions at once. The queue is looked at when we return.
            interrupt_->quiet();
        } else {
            on_event(*static_cast<ServerLink*>(event.data.ptr), event.events);
        }
    }
}

void ServerLinks::on_event(ServerLink& link, std::uint32_t what) {
    constexpr std::uint32_t kRoom = EPOLLOUT;
    if ((what & kRoom) != 0) {
        // First no more of it, then the flush, which asks anew where the socket is full again. The
        // other way round its wish would be lost, as would that of a thread that comes between.
        epoll_event event{.events = EPOLLIN, .data = {.ptr = &link}};
        ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, link.fd(), &event);
        link.flush();
    }
    // An error or the end of the stream is read like bytes: receive() finds it.
    if ((what & ~kRoom) != 0 && !link.receive()) {
        watch_.wake();  // the main thread may wait for the last link to close
    }
}

// Whoever leads without a thing to read for a while gives back what a crowd has left behind.
int ServerLinks::wait(std::span<epoll_event> events) {
    constexpr int kIdleMilliseconds = 3000;
    const auto wait = [&](int milliseconds) {
        return ::epoll_wait(
            epoll_.get(), events.data(), static_cast<int>(events.size()), milliseconds
        );
    };
    if (const int count = wait(kIdleMilliseconds); count != 0) {
        return count;
    }
    base::release_free_memory();
    base::release_libc_memory();
    return wait(-1);
}

}  // namespace server
