#include "core/server/links/link_socket.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <utility>

#include "ipc/channel.h"

namespace server {

base::DisposalLane disposal_of_group(const std::string& name) {
    return base::DisposalLane("group " + name);
}

// A frame of a daemon process has one descriptor at most, and it is taken when the frame is whole.
LinkSocket::LinkSocket(
    loop::Loop& loop, Host& host, base::Fd socket, const base::DisposalLane& lane
)
    : loop_(loop),
      host_(host),
      socket_(std::move(socket)),
      lane_(lane),
      reader_({.payload = ipc::kAnswerPayloadMax, .descriptors = 1, .is_gapless = true}, lane) {
    receive();
}

// --- Sending

void LinkSocket::flush() {
    if (is_closing_ || send_.is_in_flight()) {
        return;  // one send at a time; on_sent() goes on
    }
    if (const msghdr* const message = outbox_.stage()) {
        loop_.ring().send_message(socket_.get(), *message, send_);
    }
}

void LinkSocket::on_sent(loop::Completion completion) {
    // Usually the receiving side sees the end, too. Whichever comes first closes, and the other
    // finds it closed.
    if (is_closing_) {
        finish_closing();
    } else if (completion.result < 0) {
        host_.on_broken();
    } else {
        outbox_.sent(static_cast<std::size_t>(completion.result));
        flush();
    }
}

// --- Receiving

void LinkSocket::receive() {
    reader_.prepare(received_);
    loop_.ring().receive_message(socket_.get(), received_.header, receive_);
}

void LinkSocket::on_received(loop::Completion completion) {
    // From close() on a completion tells nothing but that it is over.
    if (is_closing_) {
        finish_closing();
        return;
    }
    if (std::exchange(is_resting_, false) && completion.result == -ECANCELED) {
        reader_.rest();
        reader_.forget_size();
        receive();
        return;
    }
    if (completion.result <= 0) {
        host_.on_broken();
        return;
    }
    reader_.received(received_, static_cast<std::size_t>(completion.result));
    read_frames();
}

void LinkSocket::read_frames() {
    frames_left_ = kFramesAtOnce;
    host_.on_received();
    if (is_closing_) {
        return;
    }
    if (frames_left_ == 0) {
        // There may be more; until it has been read, nothing is received.
        is_in_turn_ = true;
        loop_.post([this] { read_on(); });
        return;
    }
    receive();
}

void LinkSocket::read_on() {
    is_in_turn_ = false;
    if (is_closing_) {
        finish_closing();
    } else {
        read_frames();
    }
}

base::Result<std::optional<ipc::Frame>> LinkSocket::next() {
    if (frames_left_ == 0) {
        return std::nullopt;
    }
    auto frame = reader_.next();
    if (frame && *frame) {
        --frames_left_;
    }
    return frame;
}

// Many links are idle most of the time: they do not keep what their largest request has needed. The
// next receive waits in the reader's block already.
void LinkSocket::rest() {
    if (is_closing_ || is_in_turn_) {
        return;
    }
    if (reader_.is_large() && !std::exchange(is_resting_, true)) {
        loop_.ring().cancel(receive_);
    }
    outbox_.rest();
}

bool LinkSocket::is_all_taken() const {
    // What the socket at the other end still has is ours until it has been received.
    int waiting = 0;
    return outbox_.size() == 0 && (::ioctl(socket_.get(), SIOCOUTQ, &waiting) != 0 || waiting == 0);
}

// --- The end

void LinkSocket::close() {
    is_closing_ = true;
    // Cancelling completes them later, with whatever came first: finish_closing() waits for both.
    loop_.ring().cancel(receive_);
    loop_.ring().cancel(send_);
    finish_closing();
}

void LinkSocket::finish_closing() {
    if (receive_.is_in_flight() || send_.is_in_flight() || is_in_turn_ || !socket_.is_open()) {
        return;
    }
    // Before its number may come back as another descriptor.
    loop_.ring().forget(socket_.get());
    ipc::close_link(std::move(socket_), lane_);
    host_.on_closed();
}

}  // namespace server
