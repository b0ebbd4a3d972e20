#include "core/loop/ring/epoll/epoll.h"

#include <poll.h>
#include <sys/epoll.h>

#include <cerrno>

#include "core/loop/ring/attempt.h"

namespace loop {
namespace {

using Kind = SystemCall::Kind;
using State = SystemCall::State;

// Level-triggered, so that what a turn leaves comes back; exclusive, so that a connection wakes one
// of many loops.
constexpr std::uint32_t kListener = EPOLLIN | EPOLLEXCLUSIVE;

}  // namespace

base::Result<std::unique_ptr<Epoll>> Epoll::create() {
    return std::unique_ptr<Epoll>(new Epoll(TRY(EventQueue::create())));
}

void Epoll::accept(int listener, Operation& operation) {
    operation.start({.kind = Kind::kAccept, .fd = listener});
    ready_.wait(operation, kListener);
}

void Epoll::receive(int socket, Operation& operation) {
    start_receive(operation, {.kind = Kind::kReceive, .fd = socket});
}

void Epoll::receive_once(int socket, Operation& operation) {
    start_receive(operation, {.kind = Kind::kReceiveOnce, .fd = socket});
}

void Epoll::start_receive(Operation& operation, const SystemCall& request) {
    operation.start(request);
    if (ready_.wait(operation, ReadyOperations::kSocket) == 0 &&
        readiness_.of(request.fd).may_read) {
        readiness_.take_turn(request.fd);
    }
}

void Epoll::watch(int fd, short events, Operation& operation) {
    operation.start({.kind = Kind::kWatch, .events = events, .fd = fd});
    ready_.wait(operation, static_cast<std::uint32_t>(events) | EPOLLET);
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

// Tries at once: mostly it works, and then epoll hears nothing of it. The handler's turn is
// deliver().
void Epoll::start_one_shot(Operation& operation, const SystemCall& request) {
    operation.start(request);
    if (request.fd < 0) {
        completed_.push(operation, -EBADF);
        return;
    }
    if (request.kind == Kind::kPoll) {
        // Tried after registration only: the edge that it waits for may fall in between.
        if (ready_.wait(
                operation, ReadyOperations::kSocket | static_cast<std::uint32_t>(request.events)
            ) == 0) {
            readiness_.take_turn(request.fd);
        }
        return;
    }
    if (readiness_.is_worth_trying(request)) {
        if (request.kind == Kind::kSendFile) {
            files_.push(operation);
            return;
        }
        if (const int result = ready_.try_now(request); result != -EAGAIN) {
            completed_.push(operation, result);
            return;
        }
    }
    ready_.wait_until_ready(operation);
}

void Epoll::cancel(Operation& operation) {
    if (!operation.is_in_flight() || operation.request.state == State::kCompleted) {
        return;
    }
    if (operation.request.state == State::kQueued) {
        files_.remove(operation);
    } else {
        readiness_.remove(operation);
    }
    completed_.push(operation, -ECANCELED);
}

void Epoll::wait(std::optional<std::chrono::nanoseconds> longest) {
    if (!events_.is_empty()) {
        return;
    }
    // What has completed without the kernel is handed out first, without a system call; but not
    // twice in a row.
    const bool has_work = !completed_.is_empty() || !files_.is_empty();
    has_skipped_ = has_work && !has_skipped_;
    if (has_skipped_) {
        return;
    }
    if (has_work || readiness_.has_turns()) {
        longest = std::chrono::nanoseconds(0);
    }
    events_.wait(longest);
}

bool Epoll::is_ready() {
    wait(std::chrono::nanoseconds(0));
    return !events_.is_empty() || !completed_.is_empty() || readiness_.has_turns() ||
           !files_.is_empty();
}

void Epoll::deliver() {
    events_.drain([this](const epoll_event& event) { readiness_.note(event); });
    readiness_.serve_turns([this](int fd) { ready_.serve(fd); });
    completed_.deliver();
    ready_.serve_files();
}

}  // namespace loop
