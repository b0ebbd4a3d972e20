#include "core/loop/ring/epoll.h"

#include <poll.h>
#include <sys/epoll.h>

#include <algorithm>
#include <cerrno>
#include <climits>

#include "core/loop/ring/attempt.h"

namespace loop {
namespace {

using Kind = Request::Kind;
using State = Request::State;

// No EPOLLOUT until a send had to wait: a UNIX socket reports it each time its peer reads, one
// wake-up per message.
constexpr std::uint32_t kSocket = EPOLLIN | EPOLLRDHUP | EPOLLET;
// Level-triggered, so that what a turn leaves comes back; exclusive, so that a connection wakes one
// of many loops.
constexpr std::uint32_t kListener = EPOLLIN | EPOLLEXCLUSIVE;

std::uint64_t word_for(int fd, std::uint32_t generation) {
    return std::uint64_t{generation} << 32 | static_cast<std::uint32_t>(fd);
}

}  // namespace

base::Result<std::unique_ptr<Epoll>> Epoll::create() {
    base::Fd epoll(::epoll_create1(EPOLL_CLOEXEC));
    if (!epoll.is_open()) {
        return base::fail_errno("epoll_create1", errno);
    }
    return std::unique_ptr<Epoll>(new Epoll(std::move(epoll)));
}

bool Epoll::Watched::wants_room() const {
    for (const Operation* operation = waiting; operation != nullptr;
         operation = operation->request.next) {
        if (operation->request.is_send() || (operation->request.events & POLLOUT) != 0) {
            return true;
        }
    }
    return false;
}

Epoll::Watched& Epoll::watched(int fd) {
    CHECK(fd >= 0);
    if (static_cast<std::size_t>(fd) >= watched_.size()) {
        watched_.resize(static_cast<std::size_t>(fd) + 1);
    }
    return watched_[static_cast<std::size_t>(fd)];
}

// Makes epoll's interest in `fd` at least `interest`; 0 or -errno.
int Epoll::tell(int fd, std::uint32_t interest) {
    Watched& known = watched(fd);
    if ((known.interest & interest) == interest) {
        return 0;
    }
    epoll_event event{};
    event.events = known.interest | interest;
    event.data.u64 = word_for(fd, known.generation);
    if (::epoll_ctl(
            epoll_.get(), known.interest == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &event
        ) != 0) {
        return -errno;
    }
    known.interest = event.events;
    return 0;
}

void Epoll::accept(int listener, Operation& operation) {
    operation.start({.kind = Kind::kAccept, .fd = listener});
    start_waiting(operation, kListener);
}

void Epoll::receive(int socket, Operation& operation) {
    operation.start({.kind = Kind::kReceive, .fd = socket});
    if (start_waiting(operation, kSocket) == 0 && watched(socket).may_read) {
        take_turn(socket);
    }
}

void Epoll::watch(int fd, short events, Operation& operation) {
    operation.start({.kind = Kind::kWatch, .events = events, .fd = fd});
    start_waiting(operation, static_cast<std::uint32_t>(events) | EPOLLET);
}

void Epoll::receive_message(int socket, msghdr& message, Operation& operation) {
    start_one_shot(operation, {.kind = Kind::kReceiveMessage, .fd = socket, .address = &message});
}

void Epoll::send(int socket, base::Bytes bytes, Operation& operation) {
    start_one_shot(
        operation,
        {.kind = Kind::kSend, .fd = socket, .address = bytes.data(), .count = bytes.size()}
    );
}

void Epoll::send_message(int socket, const msghdr& message, Operation& operation) {
    start_one_shot(operation, {.kind = Kind::kSendMessage, .fd = socket, .address = &message});
}

void Epoll::send_file(int socket, int file, off_t offset, std::size_t count, Operation& operation) {
    start_one_shot(
        operation,
        {.kind = Kind::kSendFile, .fd = socket, .file = file, .count = count, .offset = offset}
    );
}

void Epoll::poll(int fd, short events, Operation& operation) {
    start_one_shot(operation, {.kind = Kind::kPoll, .events = events, .fd = fd});
}

// Puts the operation where events find it, or completes it with what epoll has against its
// descriptor.
int Epoll::start_waiting(Operation& operation, std::uint32_t interest) {
    const int fd = operation.request.fd;
    if (const int result = fd < 0 ? -EBADF : tell(fd, interest); result != 0) {
        completed_.push(operation, result);
        return result;
    }
    Operation** end = &watched(fd).waiting;
    while (*end != nullptr) {
        end = &(*end)->request.next;
    }
    *end = &operation;
    return 0;
}

// Tries at once: mostly it works, and then epoll hears nothing of it. The handler's turn is
// deliver().
void Epoll::start_one_shot(Operation& operation, const Request& request) {
    operation.start(request);
    if (request.fd < 0) {
        completed_.push(operation, -EBADF);
        return;
    }
    if (request.kind == Kind::kPoll) {
        // Tried after registration only: the edge that it waits for may fall in between.
        if (start_waiting(operation, kSocket | static_cast<std::uint32_t>(request.events)) == 0) {
            take_turn(request.fd);
        }
        return;
    }
    if (is_worth_trying(request)) {
        if (request.kind == Kind::kSendFile) {
            files_.push(operation);
            return;
        }
        if (const int result = try_now(request); result != -EAGAIN) {
            completed_.push(operation, result);
            return;
        }
    }
    wait_until_ready(operation);
}

void Epoll::wait_until_ready(Operation& operation) {
    start_waiting(operation, operation.request.is_send() ? kSocket | EPOLLOUT : kSocket);
}

bool Epoll::is_worth_trying(const Request& request) {
    const Watched& known = watched(request.fd);
    return request.kind == Kind::kPoll || (request.is_send() ? known.may_write : known.may_read);
}

void Epoll::note_not_ready(const Request& request) {
    Watched& known = watched(request.fd);
    if (request.is_send()) {
        known.may_write = false;
    } else if (request.kind != Kind::kPoll) {
        known.may_read = false;
    }
}

// -EAGAIN is remembered: the descriptor has to become ready first.
int Epoll::try_now(const Request& request) {
    const int result = attempt(request);
    if (result == -EAGAIN) {
        note_not_ready(request);
    }
    return result;
}

void Epoll::remove(Operation& operation) {
    Operation** at = &watched(operation.request.fd).waiting;
    while (*at != &operation) {
        CHECK(*at != nullptr);
        at = &(*at)->request.next;
    }
    *at = operation.request.next;
    operation.request.next = nullptr;
    if (operation.request.kind == Kind::kAccept) {
        forget(operation.request.fd);  // level-triggered: nobody would take what it keeps reporting
    }
}

void Epoll::cancel(Operation& operation) {
    if (!operation.is_in_flight() || operation.request.state == State::kCompleted) {
        return;
    }
    if (operation.request.state == State::kQueued) {
        files_.remove(operation);
    } else {
        remove(operation);
    }
    completed_.push(operation, -ECANCELED);
}

void Epoll::forget(int fd) {
    Watched& known = watched(fd);
    CHECK(known.waiting == nullptr);
    if (known.interest != 0) {
        // The file may live on, in another process: without this its events would go on to arrive.
        epoll_event unused{};
        ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, &unused);
    }
    known = {.generation = known.generation + 1, .is_in_turn = known.is_in_turn};
}

void Epoll::take_turn(int fd) {
    Watched& known = watched(fd);
    if (!known.is_in_turn) {
        known.is_in_turn = true;
        in_turn_.push_back(fd);
    }
}

int Epoll::wait_for_events(std::optional<std::chrono::nanoseconds> longest) {
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

void Epoll::wait(std::optional<std::chrono::nanoseconds> longest) {
    if (event_count_ > 0) {
        return;
    }
    // What has completed without the kernel is handed out first, without a system call; but not
    // twice in a row.
    const bool has_work = !completed_.is_empty() || !files_.is_empty();
    has_skipped_ = has_work && !has_skipped_;
    if (has_skipped_) {
        return;
    }
    if (has_work || !in_turn_.empty()) {
        longest = std::chrono::nanoseconds(0);
    }
    event_count_ = wait_for_events(longest);
    CHECK(event_count_ >= 0 || errno == EINTR);
}

bool Epoll::is_ready() {
    wait(std::chrono::nanoseconds(0));
    return event_count_ > 0 || !completed_.is_empty() || !in_turn_.empty() || !files_.is_empty();
}

void Epoll::deliver() {
    for (int i = 0; i < event_count_; ++i) {
        note(events_.at(static_cast<std::size_t>(i)));
    }
    event_count_ = 0;
    this_turn_.swap(in_turn_);
    for (const int fd : this_turn_) {
        watched(fd).is_in_turn = false;
        serve(fd);
    }
    this_turn_.clear();
    completed_.deliver();
    serve_files();
}

void Epoll::note(const epoll_event& event) {
    const int fd = static_cast<int>(event.data.u64 & 0xffffffff);
    Watched& known = watched(fd);
    if (known.generation != event.data.u64 >> 32) {
        return;
    }
    if ((event.events & (EPOLLIN | EPOLLPRI | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) {
        known.may_read = true;
    }
    if ((event.events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0) {
        known.may_write = true;
    }
    if ((event.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) {
        known.is_ended = true;
    }
    for (Operation* operation = known.waiting; operation != nullptr;
         operation = operation->request.next) {
        if (operation->request.kind == Kind::kWatch) {
            operation->request.result |= static_cast<int>(event.events & 0xffff);
        }
    }
    if (event.events == EPOLLOUT && !known.wants_room()) {
        stop_watching_for_room(fd);
    } else {
        take_turn(fd);
    }
}

// Nobody waits to send, so the event was needless, and more of its kind would follow.
void Epoll::stop_watching_for_room(int fd) {
    Watched& known = watched(fd);
    epoll_event event{};
    event.events = known.interest & ~static_cast<std::uint32_t>(EPOLLOUT);
    event.data.u64 = word_for(fd, known.generation);
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event) == 0) {
        known.interest = event.events;
    }
}

}  // namespace loop
