#include "core/loop/ring/uring/submissions.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "core/loop/ring/attempt.h"

namespace loop {
namespace {

using Kind = SystemCall::Kind;
using State = SystemCall::State;

void describe_cancel(Operation& operation, io_uring_sqe& entry) {
    io_uring_prep_cancel64(&entry, reinterpret_cast<std::uintptr_t>(&operation), 0);
    io_uring_sqe_set_data64(&entry, 0);
}

short readiness_for(Kind kind) {
    return kind == Kind::kAccept || kind == Kind::kReceive || kind == Kind::kReceiveOnce ||
                   kind == Kind::kReceiveMessage
               ? POLLIN
               : POLLOUT;
}

void fill_entry(const SystemCall& request, io_uring_sqe& entry) {
    const auto* const message = static_cast<const msghdr*>(request.address);
    switch (request.kind) {
        case Kind::kAccept:
            // Not multishot: the kernel would bring each connection to the ring that has asked
            // first. Whoever asks anew after each stands behind the others who wait for the
            // listener.
            io_uring_prep_accept(
                &entry, request.fd, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC
            );
            return;
        case Kind::kReceive:
            io_uring_prep_recv_multishot(&entry, request.fd, nullptr, 0, 0);
            entry.flags |= IOSQE_BUFFER_SELECT;
            entry.buf_group = Submissions::kBufferGroup;
            return;
        case Kind::kReceiveOnce:
            io_uring_prep_recv(&entry, request.fd, nullptr, 0, 0);  // as much as a buffer holds
            entry.flags |= IOSQE_BUFFER_SELECT;
            entry.buf_group = Submissions::kBufferGroup;
            return;
        case Kind::kReceiveMessage:
            io_uring_prep_recvmsg(
                &entry, request.fd, const_cast<msghdr*>(message), MSG_CMSG_CLOEXEC
            );
            return;
        case Kind::kSend:
            io_uring_prep_send(
                &entry,
                request.fd,
                request.address,
                std::min(request.count, kSendBytesMax),
                MSG_NOSIGNAL
            );
            return;
        case Kind::kSendMessage:
            io_uring_prep_sendmsg(&entry, request.fd, message, MSG_NOSIGNAL);
            return;
        case Kind::kPoll:
            io_uring_prep_poll_add(&entry, request.fd, static_cast<unsigned short>(request.events));
            return;
        case Kind::kWatch:
            io_uring_prep_poll_multishot(
                &entry, request.fd, static_cast<unsigned short>(request.events)
            );
            return;
        case Kind::kSendFile:
            break;
    }
    CHECK(false);
}

}  // namespace

void Submissions::ask(Operation& operation) {
    if (io_uring_sqe* const entry = queues_.next()) {
        fill_entry(operation.request, *entry);
        io_uring_sqe_set_data(entry, &operation);
        operation.request.state = State::kAsked;
    } else {
        postpone(operation, State::kToAsk);
    }
}

void Submissions::ask_again(Operation& operation) {
    if (!has_ended(operation)) {
        ask(operation);
    }
}

void Submissions::poll_first(Operation& operation) {
    if (io_uring_sqe* const entry = place_to_poll(operation)) {
        const SystemCall& request = operation.request;
        io_uring_prep_poll_add(
            entry, request.fd, static_cast<unsigned>(readiness_for(request.kind))
        );
        io_uring_sqe_set_data(entry, &operation);
    }
}

// A peer that has shut its half down is reported whenever we poll (POLLRDHUP, asked for or not),
// room or none: asking again at once would keep the loop busy for as long as it does not read. Each
// pause is twice the one before, so that a thousand such peers cost next to nothing, and one that
// reads again waits no longer than it has made us wait.
void Submissions::pause(Operation& operation) {
    static constexpr auto kPauses = [] {
        std::array<__kernel_timespec, 8> pauses{};
        for (long long nanoseconds = 10'000'000; auto& pause : pauses) {
            pause = {.tv_sec = nanoseconds / 1'000'000'000, .tv_nsec = nanoseconds % 1'000'000'000};
            nanoseconds *= 2;
        }
        return pauses;
    }();
    if (io_uring_sqe* const entry = place_to_poll(operation)) {
        auto& pauses = operation.request.pauses;
        io_uring_prep_timeout(entry, const_cast<__kernel_timespec*>(&kPauses.at(pauses)), 0, 0);
        io_uring_sqe_set_data(entry, &operation);
        pauses = std::min<std::uint8_t>(pauses + 1, kPauses.size() - 1);
    }
}

void Submissions::cancel(Operation& operation) {
    SystemCall& request = operation.request;
    if (request.state == State::kToAsk || request.state == State::kToPoll) {
        postponed_.remove(operation);
        completed_.push(operation, -ECANCELED);
        return;
    }
    // The kernel may have ended it already, in a completion that we have not taken and that would
    // make us ask again.
    request.is_cancelled = true;
    if (io_uring_sqe* const entry = queues_.next()) {
        describe_cancel(operation, *entry);
    } else {
        cancels_.push_back(&operation);
    }
}

void Submissions::submit_some() {
    while (!cancels_.empty() && queues_.has_room()) {
        describe_cancel(*cancels_.back(), *queues_.next());
        cancels_.pop_back();
    }
    while (!postponed_.is_empty() && queues_.has_room()) {
        Operation& operation = postponed_.pop();
        if (operation.request.state == State::kToAsk) {
            ask(operation);
        } else {
            poll_first(operation);
        }
    }
}

bool Submissions::has_ended(Operation& operation) {
    if (operation.request.is_cancelled) {
        completed_.push(operation, -ECANCELED);
    }
    return operation.request.is_cancelled;
}

io_uring_sqe* Submissions::place_to_poll(Operation& operation) {
    if (has_ended(operation)) {
        return nullptr;
    }
    io_uring_sqe* const entry = queues_.next();
    if (entry == nullptr) {
        postpone(operation, State::kToPoll);
    } else {
        operation.request.state = State::kPolling;
    }
    return entry;
}

void Submissions::postpone(Operation& operation, State until) {
    operation.request.state = until;
    postponed_.push(operation);
}

}  // namespace loop
