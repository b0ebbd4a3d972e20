#include "core/loop/ring/uring/uring.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>

#include "core/loop/ring/attempt.h"

namespace loop {
namespace {

using Kind = SystemCall::Kind;
using State = SystemCall::State;

// What a poll for room has reported is something else.
bool is_without_room(Kind kind, int reported) {
    const bool sends = kind == Kind::kSend || kind == Kind::kSendMessage || kind == Kind::kSendFile;
    return sends && reported >= 0 && (reported & (POLLOUT | POLLERR | POLLHUP)) == 0;
}

}  // namespace

base::Result<std::unique_ptr<Uring>> Uring::create(const Options& options) {
    std::unique_ptr<Uring> uring(
        new Uring(TRY(Buffers::create(options.buffers, options.buffer_bytes)))
    );
    TRY(uring->queues_.open(options.submissions, options.completions));
    TRY(uring->buffers_.register_with(uring->queues_.ring(), Submissions::kBufferGroup));
    return uring;
}

void Uring::accept(int listener, Operation& operation) {
    operation.start({.kind = Kind::kAccept, .fd = listener});
    submissions_.ask(operation);
}

void Uring::receive(int socket, Operation& operation) {
    operation.start({.kind = Kind::kReceive, .fd = socket});
    submissions_.ask(operation);
}

void Uring::receive_once(int socket, Operation& operation) {
    operation.start({.kind = Kind::kReceiveOnce, .fd = socket});
    submissions_.ask(operation);
}

void Uring::receive_message(int socket, msghdr& message, Operation& operation) {
    operation.start({.kind = Kind::kReceiveMessage, .fd = socket, .address = &message});
    submissions_.ask(operation);
}

void Uring::send(int socket, base::Bytes bytes, Operation& operation) {
    operation.start(
        {.kind = Kind::kSend, .fd = socket, .address = bytes.data(), .count = bytes.size()}
    );
    submissions_.ask(operation);
}

void Uring::send_message(int socket, const msghdr& message, Operation& operation) {
    operation.start({.kind = Kind::kSendMessage, .fd = socket, .address = &message});
    submissions_.ask(operation);
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
    submissions_.ask(operation);
}

void Uring::watch(int fd, short events, Operation& operation) {
    operation.start({.kind = Kind::kWatch, .events = events, .fd = fd});
    submissions_.ask(operation);
}

void Uring::cancel(Operation& operation) {
    const SystemCall& request = operation.request;
    if (!operation.is_in_flight() || request.state == State::kCompleted || request.is_cancelled) {
        return;
    }
    if (request.state == State::kQueued) {
        files_.remove(operation);
        completed_.push(operation, -ECANCELED);
    } else {
        submissions_.cancel(operation);
    }
}

bool Uring::is_ready() {
    queues_.enable();
    submissions_.submit_postponed();
    queues_.submit();
    return has_work() || queues_.completed() != 0;
}

void Uring::wait(std::optional<std::chrono::nanoseconds> longest) {
    queues_.enable();
    submissions_.submit_postponed();
    if (queues_.completed() != 0) {
        // Work is there already. What was asked joins it if there is anything; else no system call.
        if (queues_.has_asked()) {
            queues_.submit();
        }
        return;
    }
    if (has_work() || (longest && longest->count() <= 0)) {
        queues_.submit();
        return;
    }
    if (submissions_.has_postponed()) {
        longest = std::min(longest.value_or(KernelQueues::kMoment), KernelQueues::kMoment);
    }
    queues_.submit_and_wait(longest);
}

void Uring::deliver() {
    // Only those that are there now: with COOP_TASKRUN, handlers' system calls may bring more
    // without end.
    io_uring_cqe completion{};
    for (unsigned left = queues_.completed(); left != 0 && queues_.take(completion); --left) {
        take(completion);
    }
    completed_.deliver();
    serve_files();
}

void Uring::serve_files() {
    files_.serve([this](Operation& operation, int result) {
        if (result == -EAGAIN) {
            submissions_.poll_first(operation);
        } else {
            completed_.push(operation, result);
        }
    });
    completed_.deliver();
}

void Uring::take(const io_uring_cqe& completion) {
    auto* const operation = reinterpret_cast<Operation*>(completion.user_data);
    if (operation == nullptr) {
        return;  // a cancellation's own completion
    }
    if ((completion.flags & IORING_CQE_F_MORE) == 0) {
        submissions_.on_given_back(*operation);
    }
    if (operation->request.state != State::kPolling) {
        if (operation->request.is_multishot() || operation->request.kind == Kind::kReceiveOnce) {
            take_some(*operation, completion);
        } else {
            take_from_one_shot(*operation, completion.res);
        }
    } else if (completion.res < 0 && completion.res != -ETIME) {  // that is the end of a pause
        operation->complete({.result = completion.res, .data = {}, .more = false});
    } else if (is_without_room(operation->request.kind, completion.res)) {
        submissions_.pause(*operation);
    } else if (operation->request.kind == Kind::kSendFile) {
        files_.push(*operation);
    } else {
        submissions_.ask_again(*operation);
    }
}

void Uring::take_from_one_shot(Operation& operation, int result) {
    if (result == -EAGAIN) {
        submissions_.poll_first(operation);
    } else if (result == -EINTR) {
        submissions_.ask_again(operation);
    } else {
        operation.complete({.result = result, .data = {}, .more = false});
    }
}

// What there may be more of, or what comes in a buffer of ours.
void Uring::take_some(Operation& operation, const io_uring_cqe& completion) {
    const Kind kind = operation.request.kind;
    const bool receives = kind == Kind::kReceive || kind == Kind::kReceiveOnce;
    const int result = completion.res;
    const bool is_armed = (completion.flags & IORING_CQE_F_MORE) != 0;
    const bool has_buffer = (completion.flags & IORING_CQE_F_BUFFER) != 0;
    const bool is_end = kind == Kind::kReceiveOnce || (receives && result == 0);
    const bool is_retried = result == -EINTR || (receives && result == -ENOBUFS) ||
                            (kind == Kind::kWatch && result == -ENOMEM) ||
                            (kind == Kind::kAccept && is_failed_handshake(result));
    const bool goes_on = (result >= 0 && !is_end) || is_retried;
    if (!is_armed && goes_on) {
        submissions_.ask_again(operation
        );  // the kernel stopped, for its own reasons; the bytes come before what follows them
    } else if (!is_armed && result == -EAGAIN) {
        submissions_.poll_first(operation);
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
