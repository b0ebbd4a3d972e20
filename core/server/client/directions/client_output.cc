#include "core/server/client/directions/client_output.h"

#include <cerrno>
#include <utility>

namespace server {

void ClientOutput::send(loop::Parts& parts, Duration patience) {
    // Anew for each send: patience is for a client that takes nothing, not for the length of an
    // answer.
    clock_.start(patience, loop_.now());
    transport_.send(parts, send_);
    host_.set_timer();
}

void ClientOutput::send_file(const FilePart& part, Duration patience) {
    clock_.start(patience, loop_.now());
    // The part that is asked for begins where the last send ended, and that is inside what a thread
    // has read: whoever asks does so by offset and count, and knows nothing of pieces.
    if (!piece_rest_.is_empty()) {
        send_piece();
        return;
    }
    part_ = part;
    if (part.is_slow) {
        read_part();
    } else {
        send_part(false);
    }
    host_.set_timer();
}

void ClientOutput::send_part(bool may_wait_for_disk) {
    send_.tenant = part_.host;
    send_.may_wait_for_disk = may_wait_for_disk;
    transport_.send_file(part_.file, part_.offset, part_.count, send_);
}

// It is not in memory.
void ClientOutput::read_part() {
    read_ = files_.read(part_, [this] { on_piece_read(); });
    if (read_ != nullptr) {
        // The file, not the client, is what has all the patience meanwhile; after it the client has
        // the same.
        clock_.restart(loop_.now());
    } else {
        send_part(true);
    }
}

void ClientOutput::on_piece_read() {
    // Not where it has stopped: stop() has taken `done` back.
    piece_ = std::move(std::exchange(read_, nullptr)->bytes);
    if (piece_.empty()) {
        host_.close();  // it is shorter than it was, or cannot be read: the answer is not completed
        return;
    }
    piece_rest_.clear();
    piece_rest_.add(piece_);
    clock_.restart(loop_.now());
    send_piece();
}

// From memory of our own: what the kernel has read could be thrown out again before it is sent.
void ClientOutput::send_piece() {
    transport_.send(piece_rest_, send_);
    host_.set_timer();
}

void ClientOutput::on_sent(loop::Completion completion) {
    if (is_stopped_) {
        host_.on_stopped();
    } else if (completion.result == -ENODATA) {
        read_part();
        host_.set_timer();
    } else if (completion.result < 0) {
        host_.close();
    } else {
        const auto bytes = static_cast<std::size_t>(completion.result);
        // Before the host hears of it, which may ask for the next part at once.
        if (!piece_rest_.is_empty()) {
            piece_rest_.remove_prefix(bytes);
            if (piece_rest_.is_empty()) {
                std::string().swap(piece_);
            }
        }
        host_.on_sent(bytes);
    }
}

ClientOutput::Time ClientOutput::due() const {
    return send_.is_in_flight() ? clock_.look_at() : read_ != nullptr ? clock_.end() : Time::max();
}

void ClientOutput::on_due() {
    // A thread that still reads has had its time; a client may have taken something since.
    if (read_ != nullptr) {
        host_.close();
    } else if (!clock_.look(transport_.acknowledged(), loop_.now())) {
        transport_.drop_unsent();  // or the kernel would keep it for a client that takes nothing
        host_.close();
    }
}

void ClientOutput::stop() {
    is_stopped_ = true;
    if (read_ != nullptr) {
        read_->done = nullptr;
        read_.reset();
    }
    // A client that takes nothing would keep it for ever.
    transport_.cancel(send_);
}

}  // namespace server
