#include "core/server/client/listening/acceptor.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <initializer_list>
#include <utility>

#include "core/base/system/log.h"
#include "core/server/client/listening/endpoint.h"
#include "core/server/served/descriptors.h"

namespace server {
namespace {

using namespace std::chrono_literals;

constexpr auto kRetry = 200ms;

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
    : host_(host),
      loop_(loop),
      endpoint_(endpoint),
      listener_(std::move(listener)),
      state_(state),
      identity_(base::FileIdentity::of(listener_.get())),
      highest_(highest_for_connections()) {}

void Acceptor::start() { loop_.ring().accept(listener_.get(), accept_); }

void Acceptor::retire() {
    if (!is_retired_ && !is_stopping_) {
        is_retired_ = true;
        loop_.set(end_, kRetiredFor);
    }
}

void Acceptor::stop() {
    is_stopping_ = true;
    loop_.unset(retry_);
    loop_.unset(end_);
    loop_.ring().cancel(accept_);
    close_if_idle();
}

void Acceptor::close_if_idle() {
    if (!accept_.is_in_flight() && listener_.is_open()) {
        loop_.ring().forget(listener_.get());
        if (!is_ours()) {
            static_cast<void>(listener_.release());
            return;
        }
        if (endpoint_.is_over()) {
            // Closing ends it only with the last copy, and one may be in a process that an
            // application has forked.
            ::shutdown(listener_.get(), SHUT_RDWR);
        }
        listener_.reset();
    }
}

void Acceptor::on_accepted(loop::Completion completion) {
    // A multishot accept may deliver some more after it was cancelled: while we stop, they are
    // closed.
    if (completion.result >= 0) {
        base::Fd socket(completion.result);
        if (socket.get() > highest_) {
            shed_load();
        } else if (!is_stopping_) {
            if (is_retired_) {
                state_.give_to(socket.get());  // it has what the listening socket was given
            }
            host_.add(std::move(socket), endpoint_);
        }
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
    if (is_stopping_) {
        close_if_idle();
        // Not at once: what has made it fail is still so, and the loop would do nothing else.
    } else if ((completion.result < 0 || is_full_) && !is_lost_) {
        loop_.set(retry_, kRetry);
    } else if (!is_lost_) {
        start();
    }
}

// What an application in this process has done: shutdown(2) of a socket that it took for its own
// ends the listening in all processes. Of one that is closed only a process that comes instead of
// this one has another.
void Acceptor::on_broken(int error) {
    if (is_stopping_ || is_lost_ || endpoint_.is_over()) {
        return;
    }
    if (!is_ours()) {
        lose(error);
    } else if (is_retired_) {
        stop();
    } else {
        host_.on_listener_spoilt();
    }
}

void Acceptor::look() {
    if (!is_stopping_ && !is_lost_ && !is_ours()) {
        lose(EBADF);
    }
}

void Acceptor::compare() {
    if (!is_stopping_ && !is_lost_ && !is_retired_ && is_ours() && !endpoint_.is_over() &&
        !state_.difference(ListenerState::of(listener_.get())).empty()) {
        host_.on_listener_spoilt();
    }
}

void Acceptor::lose(int error) {
    is_lost_ = true;
    loop_.ring().cancel(accept_);
    base::main_log().error(
        "cannot accept connections on port {}: {}. Something in this process has closed the "
        "listening socket; the process asks to be replaced",
        endpoint_.port,
        base::describe_errno(error)
    );
    ::kill(::getpid(), SIGTERM);
}

// Nothing may be done to another's socket, which that number would mean.
bool Acceptor::is_ours() const { return base::FileIdentity::of(listener_.get()) == identity_; }

// What has come in one go with others, and has no place, is closed; what waits in the backlog waits
// until somebody has gone.
void Acceptor::shed_load() {
    if (!std::exchange(is_full_, true)) {
        // Where somebody has lowered the limit, whoever looks after the process says so.
        if (highest_for_connections() >= highest_) {
            base::main_log().error(
                "too many open files: no further connection can be accepted; raise LimitNOFILE"
            );
        }
        // Multishot, it would take the next one from the backlog, only to close it.
        loop_.ring().cancel(accept_);
    }
}

bool Acceptor::has_descriptors() const {
    const base::Fd probe(::fcntl(listener_.get(), F_DUPFD_CLOEXEC, 0));
    return probe.is_open() && probe.get() <= highest_;
}

// After an overload one by one, as many as there is place for; once nobody waits, the kernel
// accepts for us again.
void Acceptor::on_retry() {
    while (is_full_ && has_descriptors()) {
        base::Fd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (socket.is_open()) {
            host_.add(std::move(socket), endpoint_);
        } else if (errno == EAGAIN) {
            is_full_ = false;
        } else if (errno != ECONNABORTED && errno != EINTR) {
            break;
        }
    }
    if (is_full_) {
        loop_.set(retry_, kRetry);
    } else {
        start();
    }
}

}  // namespace server
