// The ending half of a Connection: how long a client may be slow, and what is done when nothing
// more is to be said.
#include <algorithm>
#include <utility>

#include "core/server/client/connection.h"

namespace server {

Connection::Time Connection::now() const { return thread_.loop().now(); }

bool Connection::waits_for_client() const {
    return has_request() ? body_ == Body::kComing && !is_paused_ : state_ != State::kClosing;
}

void Connection::set_timer() {
    Time due = Time::max();
    if (waits_for_client()) {
        due = std::min(quiet_until_, read_clock_.due().value_or(Time::max()));
    }
    if (send_.is_in_flight()) {
        due = std::min(due, send_clock_.look_at());
    }
    if (due == Time::max() || state_ == State::kClosing) {
        thread_.loop().unset(timer_);
    } else {
        thread_.loop().set(timer_, std::max(due - now(), loop::Clock::duration::zero()));
    }
}

void Connection::on_timeout() {
    if (send_.is_in_flight() && send_clock_.look_at() <= now() &&
        !send_clock_.look(transport_->acknowledged(), now())) {
        close();
        return;
    }
    if (waits_for_client() && (quiet_until_ <= now() || read_clock_.is_over(now()))) {
        on_client_too_slow();
    }
    set_timer();
}

void Connection::on_client_too_slow() {
    switch (state_) {
        case State::kHead:
            if (parser_.is_inside_message()) {
                reject({408, "the request's head took too long"});
                return;
            }
            break;  // empty lines
        case State::kAsked:
        case State::kAnswering:
            fail_body("The timeout specified has expired");
            return;
        case State::kIdle:
        case State::kSkipping:
        case State::kLingering:
        case State::kClosing:
            break;
    }
    close();
}

// The head of the answer says so, unless it has gone out already.
void Connection::close_after_answer() { must_close_ = true; }

void Connection::drain() {
    switch (state_) {
        case State::kIdle:
            close();
            break;
        case State::kSkipping:
            linger();
            break;
        case State::kLingering:
            linger_until_ = std::min(linger_until_, now() + kLinger);
            quiet_until_ = std::min(quiet_until_, linger_until_);
            break;
        default:
            close_after_answer();
    }
    set_timer();
}

// A close with unread bytes is a reset, which would destroy what the client has not read yet (RFC
// 9112 section 9.6): we read on while it sends. A client that was too slow has had its time.
void Connection::linger() {
    if (is_stream_at_end_) {
        transport_->end_sending();
        close();
        return;
    }
    const bool was_too_slow = read_clock_.is_over(now());
    state_ = State::kLingering;
    read_clock_.stop();
    waiting_.clear();
    transport_->end_sending();
    quiet_until_ = now() + kLinger;
    linger_until_ = now() + (was_too_slow || thread_.is_draining() ? kLinger : host_->timeout);
    adjust_receiving();
    set_timer();
}

// Somebody may work for this client for long, and we do not read: only a poll tells that it has
// gone.
void Connection::watch_for_reset() {
    if (state_ != State::kClosing && !reset_.is_in_flight()) {
        transport_->watch(reset_);
    }
}

void Connection::on_reset(loop::Completion completion) {
    if (state_ == State::kClosing) {
        finish_closing();
    } else if (transport_->is_reset(completion)) {
        close();
    } else if (completion.result < 0 && is_paused_) {
        watch_for_reset();
    }
}

void Connection::abandon_exchange() {
    if (Exchange* const exchange = std::exchange(exchange_, nullptr)) {
        exchange->client = nullptr;
        thread_.abandon(*exchange);
    }
}

void Connection::close() {
    if (state_ == State::kClosing) {
        return;
    }
    if (exchange_ != nullptr && state_ == State::kAnswering) {
        thread_.log_access(*exchange_, *this, AfterAnswer::kBroke);
    }
    state_ = State::kClosing;
    thread_.loop().unset(timer_);
    transport_->cancel(receive_);
    transport_->cancel(send_);
    transport_->cancel(reset_);
    finish_closing();
}

void Connection::finish_closing() {
    if (receive_.is_in_flight() || send_.is_in_flight() || reset_.is_in_flight() ||
        transport_ == nullptr) {
        return;
    }
    abandon_exchange();
    transport_.reset();
    thread_.remove(*this);
}

}  // namespace server
