// The half of the io_uring back-end that hears what has completed.
#include <poll.h>

#include <cerrno>
#include <vector>

#include "core/loop/ring/attempt.h"
#include "core/loop/ring/uring.h"

namespace loop {
namespace {

using Kind = Request::Kind;
using State = Request::State;

}  // namespace

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
    serve_files();
}

void Uring::serve_files() {
    files_.serve([this](Operation& operation, int result) {
        if (result == -EAGAIN) {
            poll_first(operation);
        } else {
            completed_.push(operation, result);
        }
    });
    completed_.deliver();
}

namespace {

// What a poll for room has reported is something else.
bool is_without_room(Kind kind, int reported) {
    const bool sends = kind == Kind::kSend || kind == Kind::kSendMessage || kind == Kind::kSendFile;
    return sends && reported >= 0 && (reported & (POLLOUT | POLLERR | POLLHUP)) == 0;
}

}  // namespace

void Uring::take(const io_uring_cqe& completion) {
    auto* const operation = reinterpret_cast<Operation*>(completion.user_data);
    if (operation == nullptr) {
        return;  // a cancellation's own completion
    }
    if (!postponed_cancels_.empty() && (completion.flags & IORING_CQE_F_MORE) == 0) {
        std::erase(postponed_cancels_, operation);  // the kernel does not know it any more
    }
    if (operation->request.state != State::kPolling) {
        if (operation->request.is_multishot()) {
            take_from_multishot(*operation, completion);
        } else {
            take_from_one_shot(*operation, completion.res);
        }
    } else if (completion.res < 0 && completion.res != -ETIME) {  // that is the end of a pause
        operation->complete({.result = completion.res, .data = {}, .more = false});
    } else if (is_without_room(operation->request.kind, completion.res)) {
        pause(*operation);
    } else if (operation->request.kind == Kind::kSendFile) {
        files_.push(*operation);
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
                            (kind == Kind::kWatch && result == -ENOMEM) ||
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
