#include "core/server/client/directions/client_input.h"

#include <cerrno>

namespace server {

void ClientInput::resume() {
    state_ = State::kReceiving;
    unwanted_.clear();
    // In flight: a cancellation has not taken effect yet, and on_received() goes on when it has.
    // The watch is not needed while we read, and costs an operation per connection; its end is
    // heard by on_watched().
    if (!receive_.is_in_flight() && !is_at_end_) {
        transport_.cancel(watch_);
        receive();
    }
}

// A receive that goes on costs nothing per request, and hands over all that the socket holds.
void ClientInput::receive() {
    is_bounded_ = unwanted_.are_too_many();
    is_bounded_ ? transport_.receive_once(receive_) : transport_.receive(receive_);
}

void ClientInput::bound() {
    if (state_ == State::kReceiving && !is_bounded_) {
        transport_.cancel(receive_);  // on_received() goes on when that has taken effect
    }
}

void ClientInput::pause() {
    if (state_ != State::kReceiving) {
        return;
    }
    state_ = State::kPaused;
    transport_.cancel(receive_);
    if (!watch_.is_in_flight()) {
        transport_.watch(watch_);
    }
}

void ClientInput::stop() {
    state_ = State::kStopped;
    look_again_at_ = Time::max();
    unwanted_.clear();
    transport_.cancel(receive_);
    transport_.cancel(watch_);
}

void ClientInput::on_received(loop::Completion completion) {
    if (state_ == State::kStopped) {
        // A multishot receive may deliver what had come before its cancellation: dropped.
        if (!completion.more) {
            host_.on_stopped();
        }
        // Ours: only pause() and bound() cancel before stop().
    } else if (completion.result == -ECANCELED) {
        if (state_ == State::kReceiving) {
            resume();  // there was room again before the cancellation took effect
        }
    } else if (completion.result < 0) {
        host_.close();
    } else if (completion.result == 0) {
        is_at_end_ = true;
        host_.on_end_of_stream();
        if (state_ != State::kStopped) {
            // Half-closed: the client may still want its answers (RFC 9112 section 9.6).
            if (!watch_.is_in_flight()) {
                transport_.watch(watch_);  // nothing else would tell that it has gone meanwhile
            }
            look_again_at_ = loop_.now() + kLookAgain;
            host_.set_timer();
        }
    } else {
        bytes_ += completion.data.size();
        if (state_ == State::kPaused) {
            unwanted_.add(completion.data.size());
        }
        host_.on_bytes(completion.data);
        if (state_ == State::kReceiving && !receive_.is_in_flight()) {
            receive();
        }
    }
}

void ClientInput::on_watched(loop::Completion completion) {
    if (state_ == State::kStopped) {
        host_.on_stopped();
    } else if (transport_.is_reset(completion)) {
        // Nobody will read an answer, and whoever works on one is told.
        host_.close();
    } else if (completion.result >= 0) {
        // It has shut down sending only, which is told whenever one asks (io_uring).
        look_again_at_ = loop_.now() + kLookAgain;
        host_.set_timer();
    } else if (state_ == State::kPaused) {
        // Cancelled by a resume() that a pause() has followed: it is wanted again.
        transport_.watch(watch_);
    }
}

void ClientInput::on_due() {
    look_again_at_ = Time::max();
    if (!is_in_flight()) {
        transport_.watch(watch_);
    }
    if (is_at_end_) {
        look_again_at_ = loop_.now() + kLookAgain;
        host_.on_still_at_end();
    }
}

}  // namespace server
