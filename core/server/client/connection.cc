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
      names_(host.served().host_table.at(ends_.local_address, endpoint.port)),
      alarm_(host.loop(), *this),
      http_(host, *this) {}

void Connection::start() {
    http_.start();
    receive();
    set_timer();
}

// --- Receiving

void Connection::receive() {
    is_paused_ = false;
    if (!receive_.is_in_flight() && !is_stream_at_end_) {
        transport_->cancel(reset_);
        transport_->receive(receive_);
    }
}

// Somebody may work for this client for long, and we do not read: only a watch tells that it has
// gone.
void Connection::pause() {
    if (!std::exchange(is_paused_, true)) {
        transport_->cancel(receive_);
        if (!reset_.is_in_flight()) {
            transport_->watch(reset_);
        }
    }
}

void Connection::adjust() {
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
        if (!completion.more) {
            finish_closing();
        }
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
            transport_->watch(reset_);  // nothing else would tell that it has gone meanwhile
        }
        set_timer();
    } else {
        on_bytes(completion.data);
    }
}

void Connection::on_bytes(base::Bytes bytes) {
    if (state_ == State::kLingering) {
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
        close();
    } else if (completion.result >= 0) {
        // It has shut down sending only, which is told whenever one asks (io_uring).
        look_again_at_ = now() + kLookAgain;
        set_timer();
    } else if (is_paused_) {
        transport_->watch(reset_);
    }
}

// --- Sending

void Connection::send(loop::Parts& parts, Duration patience) {
    send_clock_.start(patience, now());
    transport_->send(parts, send_);
    set_timer();
}

void Connection::send_file(const FilePart& part, Duration patience) {
    send_clock_.start(patience, now());
    if (!piece_.empty()) {
        send_piece();  // its rest
        return;
    }
    read_ = host_.files().read_if_it_takes_time(part, [this] { on_piece_read(); });
    if (read_ != nullptr) {
        read_patience_ = patience;
        read_until_ = now() + patience;
    } else {
        transport_->send_file(part.file, part.offset, part.count, send_);
    }
    set_timer();
}

// From memory of our own: what the kernel has read could be thrown out again before it is sent.
void Connection::send_piece() {
    piece_parts_.clear();
    piece_parts_.add(base::Bytes(piece_).substr(piece_sent_));
    transport_->send(piece_parts_, send_);
    set_timer();
}

void Connection::on_piece_read() {
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
    } else if (completion.result < 0) {
        close();
    } else {
        if (!piece_.empty()) {
            piece_sent_ += static_cast<std::size_t>(completion.result);
            if (piece_sent_ >= piece_.size()) {
                std::string().swap(piece_);
            }
        }
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
    Time due = client_due();
    if (send_.is_in_flight()) {
        due = std::min(due, send_clock_.look_at());
    }
    if (read_ != nullptr) {
        due = std::min(due, read_until_);
    }
    due = std::min(due, look_again_at_);
    alarm_.set(state_ == State::kClosing ? Time::max() : due);
}

void Connection::on_timeout() {
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
    if (client_due() <= now()) {
        state_ == State::kOpen ? http_.on_client_too_slow() : close();
    }
    set_timer();
}

// --- The end

void Connection::drain() {
    if (state_ == State::kOpen) {
        http_.drain();
    } else if (state_ == State::kLingering) {
        linger_until_ = std::min(linger_until_, now() + kLinger);
        quiet_until_ = std::min(quiet_until_, linger_until_);
    }
    set_timer();
}

void Connection::linger(Duration longest) {
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
    http_.on_closing();
    if (read_ != nullptr) {
        read_->done = nullptr;
        read_.reset();
    }
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
    http_.let_go();
    transport_.reset();
    host_.remove(*this);
}

}  // namespace server
