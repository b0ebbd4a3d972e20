#include "core/server/client/connection.h"

#include <algorithm>
#include <new>
#include <utility>

namespace server {

Connection::Connection(Host& host, std::unique_ptr<loop::Transport> transport, Arrival arrival)
    : host_(host),
      transport_(std::move(transport)),
      input_(host.loop(), *transport_, host.budgets().unwanted_bytes, *this),
      output_(host.loop(), *transport_, host.files(), *this),
      alarm_(host.loop(), *this),
      settings_(host.requests(), std::move(arrival)),
      protocol_(host.begin(*this)) {}

void Connection::start() {
    if (host_.is_draining()) {
        drain_clock_.start(sight(), now());  // it had been accepted before anybody could say so
    }
    heard_at_ = now();
    input_.resume();
    set_timer();
}

bool Connection::is_idle() const {
    constexpr std::chrono::seconds kQuiet{1};
    const bool awaits_client =
        state_ == State::kLingering || (state_ == State::kOpen && !output_.is_busy() &&
                                        protocol_->awaits_client(input_.is_paused(), false));
    return awaits_client && heard_at_ + kQuiet <= now();
}

// --- Its two directions

void Connection::adjust() {
    // Asked after everything that may have changed the answer, and nowhere else decided: a
    // connection that is paused with nobody who comes back here would stand for ever.
    if (state_ == State::kOpen) {
        if (!protocol_->wants_bytes(input_.is_paused())) {
            input_.pause();
        } else if (input_.is_paused()) {
            input_.resume();
        }
    }
    set_timer();
}

void Connection::on_bytes(base::Bytes bytes) {
    heard_at_ = now();
    if (state_ == State::kLingering) {
        linger_clock_.on_bytes(now());
        set_timer();
        return;
    }
    try {
        protocol_->on_bytes(bytes);
        adjust();
    } catch (const std::bad_alloc&) {  // this client's misfortune, and nobody else's
        base::main_log().error("there is no memory for what a client sends; it is disconnected");
        close();
    }
}

void Connection::on_end_of_stream() {
    if (state_ == State::kLingering) {
        close();
    } else {
        protocol_->on_end_of_stream();
        set_timer();
    }
}

void Connection::on_sent(std::size_t bytes) {
    // May end everything up to close(): nothing of the request is touched behind it.
    protocol_->on_sent(bytes);
    set_timer();
}

// --- Time

Connection::Time Connection::client_due() const {
    switch (state_) {
        case State::kOpen:
            return protocol_->due(input_.is_paused());
        case State::kLingering:
            return linger_clock_.due();
        case State::kClosing:
            break;
    }
    return Time::max();
}

void Connection::set_timer() {
    // One alarm for all of them: whoever is first. on_timeout() asks each of them again.
    alarm_.set(
        state_ == State::kClosing
            ? Time::max()
            : std::min({client_due(), input_.due(), output_.due(), drain_clock_.look_at()})
    );
}

void Connection::on_timeout() {
    // More than one may be due, and any of them may have moved since the alarm was set: each looks
    // for itself, and one that closes ends it.
    if (output_.due() <= now()) {
        output_.on_due();
    }
    if (state_ == State::kClosing) {
        return;
    }
    if (input_.due() <= now()) {
        input_.on_due();
    }
    const bool is_given_up = drain_clock_.look_at() <= now() && !drain_clock_.look(sight(), now());
    if (is_given_up && output_.is_busy()) {
        close();  // one that does not read cannot be told
    } else if (is_given_up || client_due() <= now()) {
        // In kLingering it has been quiet for too long, or long enough altogether.
        state_ == State::kOpen ? protocol_->on_client_too_slow() : close();
    }
    set_timer();
}

// --- The end

void Connection::drain() {
    if (state_ == State::kOpen) {
        protocol_->drain();
    }
    if (state_ == State::kOpen) {
        drain_clock_.start(sight(), now());
    } else if (state_ == State::kLingering) {
        // No more than a moment: the answers are out.
        linger_clock_.hurry(now());
    }
    set_timer();
}

DrainClock::Sight Connection::sight() const {
    return {
        .awaits_client = state_ == State::kOpen &&
                         protocol_->awaits_client(input_.is_paused(), output_.is_in_flight()),
        .bytes = input_.bytes() + output_.acknowledged()};
}

void Connection::linger(Duration longest) {
    // The client is told first that nothing more comes, and then has time to read.
    transport_->end_sending();
    if (input_.is_at_end()) {
        close();
        return;
    }
    state_ = State::kLingering;
    linger_clock_.start(longest, now());
    if (input_.is_paused()) {
        input_.resume();
    }
    set_timer();
}

void Connection::close() {
    if (state_ == State::kClosing) {
        return;
    }
    // While the exchange and its answer are still there: the access log gets its line.
    protocol_->on_closing();
    // From here on all that is heard is that operations have ended. They are cancelled, for a
    // client that takes nothing would keep a send for ever; what they refer to stays until then.
    state_ = State::kClosing;
    alarm_.unset();
    input_.stop();
    output_.stop();
    on_stopped();
}

void Connection::on_stopped() {
    if (input_.is_in_flight() || output_.is_in_flight() || transport_ == nullptr) {
        return;
    }
    // The exchange goes to whoever still works on it, or back to its table; the descriptor closes;
    // and the host destroys us at the end of the turn, for we may be on the stack.
    protocol_->let_go();
    transport_.reset();
    host_.remove(*this);
}

}  // namespace server
