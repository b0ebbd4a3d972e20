#include "core/server/client/connection.h"

#include <algorithm>
#include <cerrno>
#include <new>
#include <utility>

namespace server {

Connection::Connection(
    Host& host, std::unique_ptr<loop::Transport> transport, const Endpoint& endpoint
)
    : host_(host),
      endpoint_(endpoint),
      transport_(std::move(transport)),
      ends_(transport_->ends()),
      alarm_(host.loop(), *this),
      http_(host, *this) {}

void Connection::start() {
    http_.start();
    if (host_.is_draining()) {
        drain_clock_.start(sight(), now());  // it had been accepted before anybody could say so
    }
    receive();
    set_timer();
}

// --- Receiving

void Connection::receive() {
    is_paused_ = false;
    // In flight: a cancellation has not taken effect yet, and on_received() goes on when it has.
    // The watch is not needed while we read, and costs an operation per connection; its end is
    // heard by on_reset().
    if (!receive_.is_in_flight() && !is_stream_at_end_) {
        transport_->cancel(reset_);
        transport_->receive(receive_);
    }
}

// Somebody may work for this client for long, and we do not read: only a watch tells that it has
// gone.
void Connection::pause() {
    // What the kernel has handed over by then still comes, and is taken.
    if (!std::exchange(is_paused_, true)) {
        transport_->cancel(receive_);
        if (!reset_.is_in_flight()) {
            transport_->watch(reset_);
        }
    }
}

void Connection::adjust() {
    // Asked after everything that may have changed the answer, and nowhere else decided: a
    // connection that is paused with nobody who comes back here would stand for ever.
    if (state_ == State::kOpen) {
        if (!http_.wants_bytes(is_paused_)) {
            pause();
            http_.on_paused();
        } else if (is_paused_) {
            receive();
            http_.on_resumed();
        }
    }
    set_timer();
}

void Connection::on_received(loop::Completion completion) {
    if (state_ == State::kClosing) {
        // A multishot receive may deliver what had come before its cancellation: dropped.
        if (!completion.more) {
            finish_closing();
        }
        // Ours: pause() is the only one that cancels while it is open.
    } else if (completion.result == -ECANCELED) {
        if (!is_paused_) {
            receive();  // there was room again before the cancellation took effect
        }
    } else if (completion.result < 0) {
        close();
    } else if (completion.result == 0) {
        is_stream_at_end_ = true;
        on_end_of_stream();
        if (state_ == State::kOpen && !reset_.is_in_flight()) {
            // Half-closed: the client may still want its answers (RFC 9112 section 9.6).
            transport_->watch(reset_);  // nothing else would tell that it has gone meanwhile
        }
        set_timer();
    } else {
        on_bytes(completion.data);
    }
}

void Connection::on_bytes(base::Bytes bytes) {
    bytes_received_ += bytes.size();
    if (state_ == State::kLingering) {
        // Each byte gives a little more time, up to the longest: one that sends for ever does not
        // stay.
        quiet_until_ = std::min(now() + kLinger, linger_until_);
        adjust();
        return;
    }
    try {
        http_.on_bytes(bytes);
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
        http_.on_end_of_stream();
    }
}

void Connection::on_reset(loop::Completion completion) {
    if (state_ == State::kClosing) {
        finish_closing();
    } else if (transport_->is_reset(completion)) {
        // A reset: nobody will read an answer, and whoever works on one is told.
        close();
    } else if (completion.result >= 0) {
        // It has shut down sending only, which is told whenever one asks (io_uring).
        look_again_at_ = now() + kLookAgain;
        set_timer();
    } else if (is_paused_) {
        // Cancelled by a receive() that a pause() has followed: it is wanted again.
        transport_->watch(reset_);
    }
}

// --- Sending

void Connection::send(loop::Parts& parts, Duration patience) {
    // Anew for each send: patience is for a client that takes nothing, not for the length of an
    // answer.
    send_clock_.start(patience, now());
    transport_->send(parts, send_);
    set_timer();
}

void Connection::send_file(const FilePart& part, Duration patience) {
    send_clock_.start(patience, now());
    // The part that is asked for begins where the last send ended, and that is inside what a thread
    // has read: whoever asks does so by offset and count, and knows nothing of pieces.
    if (!piece_.empty()) {
        send_piece();  // its rest
        return;
    }
    part_ = part;
    read_patience_ = patience;
    if (part.is_slow) {
        read_part();
    } else {
        send_part(false);
    }
    set_timer();
}

void Connection::send_part(bool may_wait_for_disk) {
    send_.tenant = part_.host;
    send_.may_wait_for_disk = may_wait_for_disk;
    transport_->send_file(part_.file, part_.offset, part_.count, send_);
}

// It is not in memory.
void Connection::read_part() {
    read_ = host_.files().read(part_, [this] { on_piece_read(); });
    if (read_ != nullptr) {
        // The file, not the client, is what has `patience` meanwhile; after it the client has the
        // same.
        read_until_ = now() + read_patience_;
    } else {
        send_part(true);
    }
}

// From memory of our own: what the kernel has read could be thrown out again before it is sent.
void Connection::send_piece() {
    piece_parts_.clear();
    piece_parts_.add(base::Bytes(piece_).substr(piece_sent_));
    transport_->send(piece_parts_, send_);
    set_timer();
}

void Connection::on_piece_read() {
    // Not where the connection has closed: close() has taken `done` back.
    piece_ = std::move(std::exchange(read_, nullptr)->bytes);
    piece_sent_ = 0;
    if (piece_.empty()) {
        close();  // it is shorter than it was, or cannot be read: the answer is not completed
    } else {
        send_clock_.start(read_patience_, now());
        send_piece();
    }
}

void Connection::on_sent(loop::Completion completion) {
    if (state_ == State::kClosing) {
        finish_closing();
    } else if (completion.result == -ENODATA) {
        read_part();
        set_timer();
    } else if (completion.result < 0) {
        close();
    } else {
        // Before Http1 hears of it, which may ask for the next part at once.
        if (!piece_.empty()) {
            piece_sent_ += static_cast<std::size_t>(completion.result);
            if (piece_sent_ >= piece_.size()) {
                std::string().swap(piece_);
            }
        }
        // May end everything up to close(): nothing of the request is touched behind it.
        http_.on_sent(static_cast<std::size_t>(completion.result));
        set_timer();
    }
}

// --- Time

Connection::Time Connection::client_due() const {
    switch (state_) {
        case State::kOpen:
            return http_.due(is_paused_);
        case State::kLingering:
            return quiet_until_;
        case State::kClosing:
            break;
    }
    return Time::max();
}

void Connection::set_timer() {
    // One alarm for all of them: whoever is first. on_timeout() asks each of them again.
    Time due = client_due();
    if (send_.is_in_flight()) {
        due = std::min(due, send_clock_.look_at());
    }
    if (read_ != nullptr) {
        due = std::min(due, read_until_);
    }
    due = std::min({due, look_again_at_, drain_clock_.look_at()});
    alarm_.set(state_ == State::kClosing ? Time::max() : due);
}

void Connection::on_timeout() {
    // More than one may be due, and any of them may have moved since the alarm was set: each looks
    // for itself, and one that closes ends it.
    if (read_ != nullptr && read_until_ <= now()) {
        close();
        return;
    }
    if (send_.is_in_flight() && send_clock_.look_at() <= now() &&
        !send_clock_.look(transport_->acknowledged(), now())) {
        close();
        return;
    }
    if (look_again_at_ <= now()) {
        look_again_at_ = Time::max();
        if (state_ == State::kOpen && !receive_.is_in_flight() && !reset_.is_in_flight()) {
            transport_->watch(reset_);
        }
    }
    const bool is_too_slow = client_due() <= now();
    if (drain_clock_.look_at() <= now() && !drain_clock_.look(sight(), now())) {
        give_up_client();
    } else if (is_too_slow) {
        // In kLingering it has been quiet for too long, or long enough altogether.
        state_ == State::kOpen ? http_.on_client_too_slow() : close();
    }
    set_timer();
}

DrainClock::Sight Connection::sight() const {
    return {
        .awaits_client =
            state_ == State::kOpen && http_.awaits_client(is_paused_, send_.is_in_flight()),
        .bytes = bytes_received_ + transport_->acknowledged()};
}

// While the server stops. What it does not send it is told; one that does not read hears nothing.
void Connection::give_up_client() {
    if (is_sending()) {
        close();
    } else {
        http_.on_client_too_slow();
    }
}

// --- The end

void Connection::drain() {
    if (state_ == State::kOpen) {
        // Those who linger get no more than a moment: their answers are out.
        http_.drain();
        if (state_ == State::kOpen) {
            drain_clock_.start(sight(), now());
        }
    } else if (state_ == State::kLingering) {
        linger_until_ = std::min(linger_until_, now() + kLinger);
        quiet_until_ = std::min(quiet_until_, linger_until_);
    }
    set_timer();
}

void Connection::linger(Duration longest) {
    // The client is told first that nothing more comes, and then has time to read.
    transport_->end_sending();
    if (is_stream_at_end_) {
        close();
        return;
    }
    state_ = State::kLingering;
    quiet_until_ = now() + kLinger;
    linger_until_ = now() + longest;
    if (is_paused_) {
        receive();
    }
    set_timer();
}

void Connection::close() {
    if (state_ == State::kClosing) {
        return;
    }
    // While the exchange and its answer are still there: the access log gets its line.
    http_.on_closing();
    if (read_ != nullptr) {
        read_->done = nullptr;
        read_.reset();
    }
    // From here on all that is heard is that operations have ended. They are cancelled, for a
    // client that takes nothing would keep a send for ever; what they refer to stays until then.
    state_ = State::kClosing;
    alarm_.unset();
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
    // The exchange goes to whoever still works on it, or back to its table; the descriptor closes;
    // and the host destroys us at the end of the turn, for we may be on the stack.
    http_.let_go();
    transport_.reset();
    host_.remove(*this);
}

}  // namespace server
