#include "core/loop/ring/epoll/ready_operations.h"

#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "core/loop/ring/attempt.h"

namespace loop {
namespace {

using Kind = SystemCall::Kind;
using State = SystemCall::State;

// Fairness: what one descriptor may have in one turn.
constexpr int kReceivesPerTurn = 32;
constexpr int kAcceptsPerTurn = 4;  // other loops may have less to do

}  // namespace

int ReadyOperations::wait(Operation& operation, std::uint32_t interest) {
    const int result = readiness_.add(operation, interest);
    if (result != 0) {
        completed_.push(operation, result);
    }
    return result;
}

void ReadyOperations::wait_until_ready(Operation& operation) {
    wait(operation, operation.request.is_send() ? kSocket | EPOLLOUT : kSocket);
}

int ReadyOperations::try_now(const SystemCall& request) {
    const int result = attempt(request);
    if (result == -EAGAIN) {
        readiness_.note_not_ready(request);
    }
    return result;
}

void ReadyOperations::serve(int fd) {
    Operation* brings = nullptr;
    Operation* next = nullptr;
    for (Operation* operation = readiness_.of(fd).waiting; operation != nullptr; operation = next) {
        next = operation->request.next;
        if (operation->request.is_multishot() || operation->request.kind == Kind::kReceiveOnce) {
            brings = operation;
        } else if (!readiness_.is_worth_trying(operation->request)) {
            continue;
        } else if (operation->request.kind == Kind::kSendFile) {
            readiness_.remove(*operation);
            files_.push(*operation);
        } else {
            if (const int result = try_now(operation->request); result != -EAGAIN) {
                readiness_.remove(*operation);
                completed_.push(*operation, result);
            }
        }
    }
    if (brings == nullptr) {
        return;
    }
    const Kind kind = brings->request.kind;
    if (kind == Kind::kReceive || kind == Kind::kReceiveOnce) {
        serve_receive(*brings);
    } else if (kind == Kind::kAccept) {
        serve_accept(*brings);
    } else if (const int events = std::exchange(brings->request.result, 0); events != 0) {
        brings->complete({.result = events, .data = {}, .more = true});
    }
}

// A handler that is told `more` may cancel the operation, which then waits in completed_ and still
// lives here.
void ReadyOperations::serve_receive(Operation& operation) {
    const int fd = operation.request.fd;
    for (int i = 0; i < kReceivesPerTurn && operation.request.state == State::kAsked &&
                    readiness_.of(fd).may_read;
         ++i) {
        const ssize_t count = ::recv(fd, scratch_.get(), kReceiveBytes, MSG_DONTWAIT);
        const int error = errno;
        Readiness::Watched& known = readiness_.of(fd);
        if (count < 0 && error == EINTR) {
            continue;
        }
        if (count < 0 && error == EAGAIN) {
            known.may_read = false;
            return;
        }
        if (count <= 0) {
            readiness_.remove(operation);
            operation.complete({.result = count < 0 ? -error : 0, .data = {}, .more = false});
            return;
        }
        const auto size = static_cast<std::size_t>(count);
        if (size < kReceiveBytes && !known.is_ended) {
            // A stream gave less than it was asked for: it is empty, and the next bytes are an
            // edge.
            known.may_read = false;
        }
        const bool is_last = operation.request.kind == Kind::kReceiveOnce;
        if (is_last) {
            readiness_.remove(operation);
        }
        operation.complete(
            {.result = static_cast<int>(count), .data = {scratch_.get(), size}, .more = !is_last}
        );
        if (is_last) {
            return;
        }
    }
    if (operation.request.state == State::kAsked && readiness_.of(fd).may_read) {
        readiness_.take_turn(fd);
    }
}

void ReadyOperations::serve_accept(Operation& operation) {
    bool has_brought = false;
    for (int i = 0; i < kAcceptsPerTurn && operation.request.state == State::kAsked; ++i) {
        const int result = accept_now(operation.request.fd);
        if (result == -EAGAIN) {
            break;
        }
        if (is_failed_handshake(result)) {
            continue;
        }
        if (result < 0) {
            readiness_.remove(operation);
        }
        has_brought = true;
        operation.complete({.result = result, .data = {}, .more = result >= 0});
        if (result < 0) {
            return;
        }
    }
    if (has_brought && operation.request.state == State::kAsked) {
        go_behind_others(operation);
    }
}

// EPOLLEXCLUSIVE wakes the first of those who wait, which would be the same each time.
void ReadyOperations::go_behind_others(Operation& operation) {
    if (const int result = readiness_.stand_behind_others(operation.request.fd); result != 0) {
        readiness_.remove(operation);
        completed_.push(operation, result);
    }
}

void ReadyOperations::serve_files() {
    files_.serve([this](Operation& operation, int result) {
        if (result == -EAGAIN) {
            readiness_.note_not_ready(operation.request);
            operation.request.state = State::kAsked;
            wait_until_ready(operation);
        } else {
            completed_.push(operation, result);
        }
    });
    completed_.deliver();
}

}  // namespace loop
