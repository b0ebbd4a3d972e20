#include "core/loop/ring/uring.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "core/base/system/forked_child.h"
#include "core/loop/ring/attempt.h"

namespace loop {
namespace {

using Kind = Request::Kind;
using State = Request::State;

constexpr std::uint16_t kBufferGroup = 0;

// The kernel is short of memory, or has no room for completions, and took nothing.
bool is_refusal(int result) { return result == -EAGAIN || result == -EBUSY || result == -ENOMEM; }

// The kernel neither took nor lost anything: the next call goes on where this one stopped.
bool is_passing(int result) {
    return result >= 0 || result == -EINTR || result == -ETIME || is_refusal(result);
}

// How long the kernel gets to find memory.
constexpr std::chrono::nanoseconds kMoment = std::chrono::milliseconds(1);

void describe_cancel(Operation& operation, io_uring_sqe& entry) {
    io_uring_prep_cancel64(&entry, reinterpret_cast<std::uintptr_t>(&operation), 0);
    io_uring_sqe_set_data64(&entry, 0);
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
    if (result == -ENOMEM) {  // its queues count as locked where the rights to lock are lacking
        return base::fail(
            base::Fault::kSystem,
            "io_uring gets no memory (the limit may be RLIMIT_MEMLOCK: ulimit -l, LimitMEMLOCK=)"
        );
    }
    if (result < 0) {
        return base::fail_errno("io_uring_setup", -result);
    }
    is_open_ = true;
    base::note_own_descriptor(ring_.ring_fd);
    return buffers_.register_with(ring_, kBufferGroup);
}

Uring::~Uring() {
    if (is_open_) {
        base::forget_own_descriptor(ring_.ring_fd);
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
    files_.push(operation);
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
    if (request.state == State::kQueued || request.state == State::kToAsk ||
        request.state == State::kToPoll) {
        if (request.state == State::kQueued) {
            files_.remove(operation);
        } else {
            postponed_.remove(operation);
        }
        completed_.push(operation, -ECANCELED);
        return;
    }
    // The kernel may have ended it already, in a completion that we have not taken and that would
    // make us ask again.
    request.is_cancelled = true;
    if (io_uring_sqe* const entry = next_submission()) {
        describe_cancel(operation, *entry);
    } else {
        postponed_cancels_.push_back(&operation);
    }
}

// Null: the queue is full, and the kernel takes nothing now.
io_uring_sqe* Uring::next_submission() {
    io_uring_sqe* entry = io_uring_get_sqe(&ring_);
    if (entry == nullptr) {
        enable_once();
        CHECK(is_passing(io_uring_submit(&ring_)));
        entry = io_uring_get_sqe(&ring_);
    }
    return entry;
}

void Uring::ask(Operation& operation) {
    if (io_uring_sqe* const entry = next_submission()) {
        describe(operation.request, *entry);
        io_uring_sqe_set_data(entry, &operation);
        operation.request.state = State::kAsked;
    } else {
        postpone(operation, State::kToAsk);
    }
}

void Uring::postpone(Operation& operation, State until) {
    operation.request.state = until;
    postponed_.push(operation);
}

// As far as there is room.
void Uring::submit_postponed() {
    while (!postponed_cancels_.empty() && io_uring_sq_space_left(&ring_) != 0) {
        describe_cancel(*postponed_cancels_.back(), *io_uring_get_sqe(&ring_));
        postponed_cancels_.pop_back();
    }
    while (!postponed_.is_empty() && io_uring_sq_space_left(&ring_) != 0) {
        Operation& operation = postponed_.pop();
        if (operation.request.state == State::kToAsk) {
            ask(operation);
        } else {
            poll_first(operation);
        }
    }
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
    io_uring_sqe* const entry = next_submission();
    if (entry == nullptr) {
        postpone(operation, State::kToPoll);
        return;
    }
    io_uring_prep_poll_add(
        entry, operation.request.fd, static_cast<unsigned>(readiness_for(operation.request.kind))
    );
    io_uring_sqe_set_data(entry, &operation);
    operation.request.state = State::kPolling;
}

// A peer that has shut its half down is reported whenever we poll (POLLRDHUP, asked for or not),
// room or none: asking again at once would keep the loop busy for as long as it does not read.
void Uring::pause(Operation& operation) {
    static constexpr __kernel_timespec kPause{.tv_sec = 0, .tv_nsec = 10'000'000};
    if (operation.request.is_cancelled) {
        completed_.push(operation, -ECANCELED);
        return;
    }
    io_uring_sqe* const entry = next_submission();
    if (entry == nullptr) {
        postpone(operation, State::kToPoll);
        return;
    }
    io_uring_prep_timeout(entry, const_cast<__kernel_timespec*>(&kPause), 0, 0);
    io_uring_sqe_set_data(entry, &operation);
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

bool Uring::has_work() const { return !completed_.is_empty() || !files_.is_empty(); }

bool Uring::is_ready() {
    enable_once();
    submit_postponed();
    submit_without_waiting();
    return has_work() || io_uring_cq_ready(&ring_) != 0;
}

void Uring::wait(std::optional<std::chrono::nanoseconds> longest) {
    enable_once();
    submit_postponed();
    if (io_uring_cq_ready(&ring_) != 0) {
        // Work is there already. What was asked joins it if there is anything; else no system call.
        if (io_uring_sq_ready(&ring_) != 0) {
            submit_without_waiting();
        }
        return;
    }
    if (has_work() || (longest && longest->count() <= 0)) {
        submit_without_waiting();
        return;
    }
    if (!postponed_.is_empty() || !postponed_cancels_.empty()) {
        longest = std::min(longest.value_or(kMoment), kMoment);
    }
    __kernel_timespec limit{};
    if (longest) {
        const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(*longest);
        limit = {.tv_sec = seconds.count(), .tv_nsec = (*longest - seconds).count()};
    }
    io_uring_cqe* first = nullptr;
    const int result =
        io_uring_submit_and_wait_timeout(&ring_, &first, 1, longest ? &limit : nullptr, nullptr);
    CHECK(is_passing(result));
    if (is_refusal(result)) {
        wait_a_moment();
    }
}

// Submits nothing, so that nothing can be refused: what is under way goes on meanwhile, and asking
// again and again would take the core from whoever frees memory.
void Uring::wait_a_moment() {
    __kernel_timespec limit{.tv_sec = 0, .tv_nsec = kMoment.count()};
    io_uring_cqe* first = nullptr;
    CHECK(is_passing(io_uring_wait_cqe_timeout(&ring_, &first, &limit)));
}

}  // namespace loop
