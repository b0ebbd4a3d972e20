#include "core/server/client/listening/acceptor.h"

#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <initializer_list>
#include <utility>

#include "core/base/system/log.h"
#include "core/server/client/listening/endpoint.h"

namespace server {
namespace {

using namespace std::chrono_literals;

constexpr auto kRetry = 50ms;

// How long a client's handshake may take that has begun.
constexpr auto kRetiredFor = 2s;

bool is_one_of(int error, std::initializer_list<int> errors) {
    return std::ranges::find(errors, error) != errors.end();
}

}  // namespace

Acceptor::Acceptor(
    Host& host,
    loop::Loop& loop,
    const Endpoint& endpoint,
    base::Fd listener,
    const ListenerState& state
)
    : host_(host), loop_(loop), endpoint_(endpoint), socket_(std::move(listener), state) {}

void Acceptor::start() { loop_.ring().accept(socket_.get(), accept_); }

void Acceptor::retire() {
    if (state_ == State::kAccepting) {
        state_ = State::kRetired;
        loop_.set(end_, kRetiredFor);
    }
}

void Acceptor::stop() {
    state_ = State::kStopping;
    loop_.unset(retry_);
    loop_.unset(end_);
    loop_.ring().cancel(accept_);
    close_if_idle();
}

void Acceptor::close_if_idle() {
    if (!accept_.is_in_flight() && socket_.is_open()) {
        loop_.ring().forget(socket_.get());
        socket_.close(endpoint_.is_over());
    }
}

void Acceptor::on_accepted(loop::Completion completion) {
    if (completion.result >= 0) {
        take(base::Fd(completion.result));
        // The limits of the process and of the machine. Other errors are of the connection that has
        // gone.
    } else if (completion.result == -EMFILE || completion.result == -ENFILE) {
        shed_load();
    } else if (is_one_of(-completion.result, {EINVAL, EBADF, ENOTSOCK, EOPNOTSUPP})) {
        on_broken(-completion.result);
    }
    if (completion.more) {
        return;
    }
    if (state_ == State::kStopping) {
        close_if_idle();
        // Not at once: what has made it fail is still so, and the loop would do nothing else.
    } else if ((completion.result < 0 || room_.is_full()) && state_ != State::kLost) {
        loop_.set(retry_, kRetry);
    } else if (state_ != State::kLost) {
        start();
    }
}

void Acceptor::take(base::Fd connection) {
    if (!room_.may_be_a_connection(connection.get())) {
        shed_load();
        return;
    }
    // A multishot accept may deliver some more after it was cancelled: while we stop, they are
    // closed.
    if (state_ == State::kStopping) {
        return;
    }
    if (state_ != State::kAccepting) {
        socket_.give_options_to(connection.get());  // it has what the socket has been given since
    }
    host_.add(std::move(connection), endpoint_);
}

bool Acceptor::is_in_use() const {
    return state_ == State::kAccepting || state_ == State::kRetired;
}

// What an application in this process has done: shutdown(2) of a socket that it took for its own
// ends the listening in all processes. Of one that is closed only a process that comes instead of
// this one has another.
void Acceptor::on_broken(int error) {
    if (!is_in_use() || endpoint_.is_over()) {
        return;
    }
    if (!socket_.is_ours()) {
        lose(error);
    } else if (state_ == State::kRetired) {
        stop();
    } else {
        host_.on_listener_spoilt();
    }
}

void Acceptor::look() {
    if (is_in_use() && !socket_.is_ours()) {
        lose(EBADF);
    }
}

void Acceptor::compare() {
    if (state_ == State::kAccepting && socket_.is_ours() && !endpoint_.is_over() &&
        socket_.is_spoilt()) {
        host_.on_listener_spoilt();
    }
}

void Acceptor::lose(int error) {
    state_ = State::kLost;
    loop_.ring().cancel(accept_);
    base::main_log().error(
        "cannot accept connections on port {}: {}. Something in this process has closed the "
        "listening socket; the process asks to be replaced",
        endpoint_.port,
        base::describe_errno(error)
    );
    ::kill(::getpid(), SIGTERM);
}

// What has come in one go with others, and has no place, is closed; what waits in the backlog waits
// until somebody has gone.
void Acceptor::shed_load() {
    if (room_.become_full()) {
        // Multishot, it would take the next one from the backlog, only to close it.
        loop_.ring().cancel(accept_);
        host_.on_no_descriptor();
    }
}

// After an overload one by one, as many as there is place for; once nobody waits, the kernel
// accepts for us again.
void Acceptor::on_retry() {
    while (room_.is_full() && room_.has_one(socket_.get())) {
        base::Fd socket(::accept4(socket_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (socket.is_open()) {
            take(std::move(socket));
        } else if (errno == EAGAIN) {
            room_.become_free();
        } else if (errno != ECONNABORTED && errno != EINTR) {
            break;
        }
    }
    if (room_.is_full()) {
        host_.on_no_descriptor();
        loop_.set(retry_, kRetry);
    } else {
        start();
    }
}

}  // namespace server
