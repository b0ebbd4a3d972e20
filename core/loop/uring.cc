#include "core/loop/uring.h"

#include <poll.h>

#include <array>
#include <cerrno>

#include "core/loop/attempt.h"

namespace loop {
namespace {

using Kind = Request::Kind;
using State = Request::State;

constexpr std::uint16_t kBufferGroup = 0;

// The kernel neither took nor lost anything: the next call goes on where this one stopped.
bool is_passing(int result) {
    return result >= 0 || result == -EINTR || result == -ETIME || result == -EAGAIN ||
           result == -EBUSY;
}

short readiness_for(Kind kind) {
    return kind == Kind::kAccept || kind == Kind::kReceive || kind == Kind::kReceiveMessage
               ? POLLIN
               : POLLOUT;
}

void describe(const Request& request, io_uring_sqe& entry) {
    const auto* const message = static_cast<const msghdr*>(request.address);
    switch (request.kind) {
        case Kind::kAccept:
            io_uring_prep_multishot_accept(
                &entry, request.fd, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC
            );
            return;
        case Kind::kReceive:
            io_uring_prep_recv_multishot(&entry, request.fd, nullptr, 0, 0);
            entry.flags |= IOSQE_BUFFER_SELECT;
            entry.buf_group = kBufferGroup;
            return;
        case Kind::kReceiveMessage:
            io_uring_prep_recvmsg(
                &entry, request.fd, const_cast<msghdr*>(message), MSG_CMSG_CLOEXEC
            );
            return;
        case Kind::kSend:
            io_uring_prep_send(&entry, request.fd, request.address, request.count, MSG_NOSIGNAL);
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

base::Result<std::unique_ptr<Uring>> Uring::create(const Options& options) {
    std::unique_ptr<Uring> uring(
        new Uring(TRY(Buffers::create(options.buffers, options.buffer_bytes)))
    );
    TRY(uring->open(options));
    return uring;
}

base::Result<> Uring::open(const Options& options) {
    // Disabled until the first wait(): SINGLE_ISSUER binds the ring to the thread that enables it.
    constexpr unsigned kAlways = IORING_SETUP_CLAMP | IORING_SETUP_CQSIZE |
                                 IORING_SETUP_SUBMIT_ALL | IORING_SETUP_R_DISABLED |
                                 IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_TASKRUN_FLAG;
    // DEFER_TASKRUN is 6.1. SINGLE_ISSUER came with multishot receive (6.0): a kernel without it
    // cannot serve us.
    constexpr std::array kChoices = {IORING_SETUP_DEFER_TASKRUN, IORING_SETUP_COOP_TASKRUN};
    int result = -EINVAL;
    for (std::size_t i = 0; i < kChoices.size() && result == -EINVAL; ++i) {
        io_uring_params parameters{};
        parameters.flags = kAlways | kChoices.at(i);
        parameters.cq_entries = options.completions;
        result = io_uring_queue_init_params(options.submissions, &ring_, &parameters);
    }
    if (result == -EINVAL) {
        return base::fail(base::Fault::kSystem, "the kernel is older than 6.0");
    }
    if (result == -EPERM) {
        return base::fail(
            base::Fault::kSystem,
            "io_uring is forbidden here (a seccomp profile or kernel.io_uring_disabled)"
        );
    }
    if (result < 0) {
        return base::fail_errno("io_uring_setup", -result);
    }
    is_open_ = true;
    return buffers_.register_with(ring_, kBufferGroup);
}

Uring::~Uring() {
    if (is_open_) {
        io_uring_queue_exit(&ring_);
    }
}

void Uring::enable_once() {
    if (!is_enabled_) {
        is_enabled_ = true;
        CHECK(io_uring_enable_rings(&ring_) == 0);
        // Spares the kernel a look-up per call. Only a speed-up, so a refusal is no error.
        io_uring_register_ring_fd(&ring_);
    }
}

void Uring::accept(int listener, Operation& operation) {
    operation.start({.kind = Kind::kAccept, .fd = listener});
    ask(operation);
}

void Uring::receive(int socket, Operation& operation) {
    operation.start({.kind = Kind::kReceive, .fd = socket});
    ask(operation);
}

void Uring::receive_message(int socket, msghdr& message, Operation& operation) {
    operation.start({.kind = Kind::kReceiveMessage, .fd = socket, .address = &message});
    ask(operation);
}

void Uring::send(int socket, base::Bytes bytes, Operation& operation) {
    operation.start(
        {.kind = Kind::kSend, .fd = socket, .address = bytes.data(), .count = bytes.size()}
    );
    ask(operation);
}

void Uring::send_message(int socket, const msghdr& message, Operation& operation) {
    operation.start({.kind = Kind::kSendMessage, .fd = socket, .address = &message});
    ask(operation);
}

void Uring::send_file(int socket, int file, off_t offset, std::size_t count, Operation& operation) {
    operation.start(
        {.kind = Kind::kSendFile, .fd = socket, .file = file, .count = count, .offset = offset}
    );
    // io_uring has no sendfile; splice needs a pipe per socket and a thread of the kernel's pool
    // per call.
    if (const int result = attempt(operation.request); result != -EAGAIN) {
        completed_.push(operation, result);
    } else {
        poll_first(operation);
    }
}

void Uring::poll(int fd, short events, Operation& operation) {
    operation.start({.kind = Kind::kPoll, .events = events, .fd = fd});
    ask(operation);
}

void Uring::watch(int fd, short events, Operation& operation) {
    operation.start({.kind = Kind::kWatch, .events = events, .fd = fd});
    ask(operation);
}

void Uring::cancel(Operation& operation) {
    Request& request = operation.request;
    if (!operation.is_in_flight() || request.state == State::kCompleted || request.is_cancelled) {
        return;
    }
    // The kernel may have ended it already, in a completion that we have not taken and that would
    // make us ask again.
    request.is_cancelled = true;
    io_uring_sqe& entry = next_submission();
    io_uring_prep_cancel64(&entry, reinterpret_cast<std::uintptr_t>(&operation), 0);
    io_uring_sqe_set_data64(&entry, 0);
}

io_uring_sqe& Uring::next_submission() {
    io_uring_sqe* entry = io_uring_get_sqe(&ring_);
    if (entry == nullptr) {
        enable_once();
        CHECK(is_passing(io_uring_submit(&ring_)));
        entry = io_uring_get_sqe(&ring_);
        CHECK(entry != nullptr);
    }
    return *entry;
}

void Uring::ask(Operation& operation) {
    io_uring_sqe& entry = next_submission();
    describe(operation.request, entry);
    io_uring_sqe_set_data(&entry, &operation);
    operation.request.state = State::kAsked;
}

void Uring::ask_again(Operation& operation) {
    if (operation.request.is_cancelled) {
        completed_.push(operation, -ECANCELED);
    } else {
        ask(operation);
    }
}

void Uring::poll_first(Operation& operation) {
    if (operation.request.is_cancelled) {
        completed_.push(operation, -ECANCELED);
        return;
    }
    io_uring_sqe& entry = next_submission();
    io_uring_prep_poll_add(
        &entry, operation.request.fd, static_cast<unsigned>(readiness_for(operation.request.kind))
    );
    io_uring_sqe_set_data(&entry, &operation);
    operation.request.state = State::kPolling;
}

bool Uring::has_task_work() const {
    return (IO_URING_READ_ONCE(*ring_.sq.kflags) & (IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW)) !=
           0;
}

void Uring::submit_without_waiting() {
    if (io_uring_sq_ready(&ring_) != 0 || has_task_work()) {
        CHECK(is_passing(io_uring_submit_and_get_events(&ring_)));
    }
}

bool Uring::is_ready() {
    enable_once();
    submit_without_waiting();
    return !completed_.is_empty() || io_uring_cq_ready(&ring_) != 0;
}

void Uring::wait(std::optional<std::chrono::nanoseconds> longest) {
    enable_once();
    if (io_uring_cq_ready(&ring_) != 0) {
        // Work is there already. What was asked joins it if there is anything; else no system call.
        if (io_uring_sq_ready(&ring_) != 0) {
            submit_without_waiting();
        }
        return;
    }
    if (!completed_.is_empty() || (longest && longest->count() <= 0)) {
        submit_without_waiting();
        return;
    }
    __kernel_timespec limit{};
    if (longest) {
        const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(*longest);
        limit = {.tv_sec = seconds.count(), .tv_nsec = (*longest - seconds).count()};
    }
    io_uring_cqe* first = nullptr;
    CHECK(is_passing(
        io_uring_submit_and_wait_timeout(&ring_, &first, 1, longest ? &limit : nullptr, nullptr)
    ));
}

void Uring::deliver() {
    // Only those that are there now: with COOP_TASKRUN, handlers' system calls may bring more
    // without end.
    for (unsigned left = io_uring_cq_ready(&ring_); left != 0; --left) {
        io_uring_cqe* entry = nullptr;
        if (io_uring_peek_cqe(&ring_, &entry) != 0) {
            break;
        }
        const io_uring_cqe completion{
            .user_data = entry->user_data, .res = entry->res, .flags = entry->flags};
        io_uring_cqe_seen(
            &ring_, entry
        );  // first: a handler may submit, and the kernel may need the room
        take(completion);
    }
    completed_.deliver();
}

void Uring::take(const io_uring_cqe& completion) {
    auto* const operation = reinterpret_cast<Operation*>(completion.user_data);
    if (operation == nullptr) {
        return;  // a cancellation's own completion
    }
    if (operation->request.state != State::kPolling) {
        if (operation->request.is_multishot()) {
            take_from_multishot(*operation, completion);
        } else {
            take_from_one_shot(*operation, completion.res);
        }
    } else if (completion.res < 0) {
        operation->complete({.result = completion.res, .data = {}, .more = false});
    } else if (operation->request.kind == Kind::kSendFile) {
        take_from_one_shot(*operation, attempt(operation->request));
    } else {
        ask_again(*operation);
    }
}

void Uring::take_from_one_shot(Operation& operation, int result) {
    if (result == -EAGAIN) {
        poll_first(operation);
    } else if (result == -EINTR) {
        ask_again(operation);
    } else {
        operation.complete({.result = result, .data = {}, .more = false});
    }
}

void Uring::take_from_multishot(Operation& operation, const io_uring_cqe& completion) {
    const Kind kind = operation.request.kind;
    const int result = completion.res;
    const bool is_armed = (completion.flags & IORING_CQE_F_MORE) != 0;
    const bool has_buffer = (completion.flags & IORING_CQE_F_BUFFER) != 0;
    const bool is_end = kind == Kind::kReceive && result == 0;
    const bool is_retried = result == -EINTR || (kind == Kind::kReceive && result == -ENOBUFS) ||
                            (kind == Kind::kAccept && is_failed_handshake(result));
    const bool goes_on = (result >= 0 && !is_end) || is_retried;
    if (!is_armed && goes_on) {
        ask_again(operation
        );  // the kernel stopped, for its own reasons; the bytes come before what follows them
    } else if (!is_armed && result == -EAGAIN) {
        poll_first(operation);
        return;
    }
    if (is_retried) {
        return;
    }
    const unsigned buffer = completion.flags >> IORING_CQE_BUFFER_SHIFT;
    const auto size = static_cast<std::size_t>(result > 0 && has_buffer ? result : 0);
    const base::Bytes data = has_buffer ? buffers_.filled(buffer, size) : base::Bytes{};
    operation.complete({.result = result, .data = data, .more = goes_on});
    if (has_buffer) {
        buffers_.give_back(buffer);
    }
}

}  // namespace loop
