#include "core/server/links/daemon_link.h"

#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "core/base/check.h"
#include "core/base/system/log.h"
#include "core/server/answer/exchange.h"

namespace server {

DaemonLink::DaemonLink(
    loop::Loop& loop, Owner& owner, base::Fd socket, const ipc::Link& place, std::string group_name
)
    : loop_(loop),
      owner_(owner),
      socket_(std::move(socket)),
      place_(place),
      group_name_(std::move(group_name)) {
    // At once, and as long as it is open: a process that dies is noticed though nobody asks it
    // anything.
    receive();
}

// Also: both operations have ended, or they would abort.
DaemonLink::~DaemonLink() { CHECK(streams_open_ == 0); }

bool DaemonLink::open(DaemonStream& stream) {
    CHECK(is_open_);
    // The lowest new number, or one that has been free: the process keeps a task for each, and
    // refuses gaps.
    const bool is_new = free_numbers_.empty();
    const auto number = is_new ? static_cast<std::uint32_t>(streams_.size()) : free_numbers_.back();
    Exchange& exchange = stream.exchange();
    const bool has_body = exchange.request().has_body();
    ipc::Outbox& out = outbox();
    const std::size_t opened = out.open(ipc::FrameType::kHead, number);
    ipc::encode_request(exchange.request(), exchange.route(), exchange.facts(), out.bytes());
    // Known only now: what has been added to the request has no bound of its own. Nothing has been
    // taken yet, so that nothing has to be given back.
    if (out.opened_size(opened) > ipc::kPayloadMax) {
        out.drop(opened);
        return false;
    }
    out.close(opened, has_body ? 0 : ipc::kLast);
    if (is_new) {
        streams_.emplace_back();
    } else {
        free_numbers_.pop_back();
    }
    streams_[number] = {&stream, true, 0};
    ++streams_open_;
    // In this order: what waits of the body goes out behind the head, in the same send.
    stream.begin(*this, number);
    stream.catch_up();
    return true;
}

ipc::Outbox& DaemonLink::outbox() {
    // Whoever asks for it adds to it: that is how the owner comes to flush() at the end of the
    // turn.
    if (!is_announced_) {
        is_announced_ = true;
        owner_.on_link_ready(*this);
    }
    return outbox_;
}

void DaemonLink::close_stream(std::uint32_t number) {
    // Last freed, first used: few tasks of the process stay warm.
    streams_[number] = {};
    free_numbers_.push_back(number);
    --streams_open_;
}

void DaemonLink::abandon_stream(std::uint32_t number, std::uint32_t received) {
    // Not free: what the process still says must find nobody, rather than the next request with
    // that number.
    streams_[number].stream = nullptr;
    streams_[number].dropped = received;
}

base::Result<> DaemonLink::drop(const ipc::Frame& frame) {
    const std::uint32_t number = frame.header.stream;
    // It is held to the protocol all the same. Its window stays as it was when it was abandoned:
    // nobody gives room any more, so that it ends after 256 KiB at most.
    Stream& abandoned = streams_[number];
    bool is_last_word = false;
    switch (frame.header.type) {
        case ipc::FrameType::kBody:
            abandoned.dropped += static_cast<std::uint32_t>(frame.payload.size());
            if (abandoned.dropped > ipc::kWindow) {
                return base::fail(
                    base::Fault::kServer, "a daemon process sent more than its window"
                );
            }
            [[fallthrough]];
        case ipc::FrameType::kHead:
            is_last_word = frame.is_last();
            break;
        case ipc::FrameType::kEnd:
        case ipc::FrameType::kAbort:
            is_last_word = true;
            break;
        case ipc::FrameType::kDescriptor:
            reader_.take_descriptor().reset();
            break;
        case ipc::FrameType::kWindow:
            break;
        default:
            return base::fail(
                base::Fault::kServer, "a daemon process sent a frame that is not its to send"
            );
    }
    if (is_last_word) {
        close_stream(number);
    }
    return {};
}

void DaemonLink::flush() {
    is_announced_ = false;
    // One send at a time. What comes while it is in flight gathers in outbox_, for the bytes of
    // sending_ must stay where they are.
    if (!is_open_ || send_.is_in_flight()) {
        return;  // on_sent() goes on
    }
    if (sending_.is_empty()) {
        std::swap(sending_, outbox_);
    }
    if (sending_.prepare(*message_)) {
        // The descriptors in it are closed by sent(): the kernel has its own by then.
        loop_.ring().send_message(socket_.get(), message_->header, send_);
    } else if (streams_open_ == 0) {
        rest();
    }
}

void DaemonLink::on_sent(loop::Completion completion) {
    // Usually the receiving side sees the end, too. Whichever comes first closes, and the other
    // finds it closed.
    if (completion.result < 0) {
        lose(base::LogLevel::kInfo, "it has ended");
        return;
    }
    sending_.sent(static_cast<std::size_t>(completion.result));
    flush();
    if (!is_open_) {
        finish_closing();
    }
}

void DaemonLink::receive() {
    const ipc::FrameReader::Space space = reader_.space();
    received_part_ = {space.data, space.size};
    received_ = {};
    received_.msg_iov = &received_part_;
    received_.msg_iovlen = 1;
    received_.msg_control = received_control_;
    received_.msg_controllen = sizeof received_control_;
    loop_.ring().receive_message(socket_.get(), received_, receive_);
}

void DaemonLink::on_received(loop::Completion completion) {
    // From close() on a completion tells nothing but that it is over.
    if (!is_open_) {
        finish_closing();
        return;
    }
    if (completion.result <= 0) {
        lose(base::LogLevel::kInfo, "it has ended");  // the supervisor knows, and says, why
        return;
    }
    reader_.received_descriptors(received_);
    reader_.received(static_cast<std::size_t>(completion.result));
    // News first, also where what followed it was a breach: an answer that was complete before that
    // goes to its client.
    const auto read = read_frames();
    for (DaemonStream* const stream : news_) {
        stream->tell_news();
    }
    news_.clear();
    if (!read) {
        lose(base::LogLevel::kError, read.error().what);
        return;
    }
    // The process waits for this end of the stream, and then exits.
    if (is_stopping_ && streams_open_ == 0) {
        close();
        return;
    }
    if (streams_open_ == 0) {
        rest();
    }
    receive();
}

// Many links are idle most of the time: they do not keep what their largest request has needed.
void DaemonLink::rest() {
    // The kernel may be about to write into the reader's block, and to read from what is being
    // sent.
    if (!receive_.is_in_flight()) {
        reader_.rest();
    }
    outbox_.rest();
    if (!send_.is_in_flight()) {
        sending_.rest();
    }
}

base::Result<> DaemonLink::read_frames() {
    while (const auto frame = TRY(reader_.next())) {
        // Whatever it is, kReady too.
        has_answered_ = true;
        // One for what needs one and none for the others: a descriptor too many would be the next
        // frame's.
        if (frame->header.descriptors !=
            (frame->header.type == ipc::FrameType::kDescriptor ? 1 : 0)) {
            return base::fail(
                base::Fault::kServer, "a daemon process sent descriptors out of place"
            );
        }
        if (frame->header.type == ipc::FrameType::kReady) {
            continue;
        }
        if (frame->header.type == ipc::FrameType::kStop) {
            if (!std::exchange(is_stopping_, true)) {
                owner_.on_link_stopping(*this);
            }
            continue;
        }
        const std::uint32_t number = frame->header.stream;
        if (number >= streams_.size() || !streams_[number].is_open) {
            return base::fail(
                base::Fault::kServer, "a daemon process answered a request that was not asked"
            );
        }
        if (streams_[number].stream == nullptr) {
            TRY(drop(*frame));
            continue;
        }
        DaemonStream& stream = *streams_[number].stream;
        // Once in news_, however many frames come: it is told when all have been read.
        const bool is_noted = stream.has_news();
        // May close the stream's number, not the link: that is for whoever called us.
        TRY(stream.on_frame(*frame));
        if (!is_noted && stream.has_news()) {
            news_.push_back(&stream);
        }
    }
    return {};
}

void DaemonLink::lose(base::LogLevel level, const std::string& why) {
    if (!is_open_) {
        finish_closing();
        return;
    }
    base::main_log().write(
        level,
        {},
        fmt::format(
            "process {} of group '{}' is gone with {} request(s) in it: {}",
            place_.process,
            group_name_,
            streams_open_,
            why
        )
    );
    close();
}

void DaemonLink::lose_overdue() {
    lose(base::LogLevel::kError, "it has said that it ends, and goes on");
}

void DaemonLink::close() {
    is_open_ = false;
    // A process that never said a word did not start: that is a service that is down, not a bad
    // answer.
    const int status = has_answered_ ? 502 : 503;
    for (std::uint32_t number = 0; number < streams_.size(); ++number) {
        if (!streams_[number].is_open) {
            continue;
        }
        // The number before the stream is told: its client may be answered and send its next
        // request at once, which finds a link that takes none.
        DaemonStream* const stream = streams_[number].stream;
        close_stream(number);
        if (stream != nullptr) {
            stream->on_link_lost(status);
        }
    }
    // Cancelling completes them later, with whatever came first: finish_closing() waits for both.
    loop_.ring().cancel(receive_);
    loop_.ring().cancel(send_);
    finish_closing();
}

void DaemonLink::finish_closing() {
    if (receive_.is_in_flight() || send_.is_in_flight() || !socket_.is_open()) {
        return;
    }
    // Before its number may come back as another descriptor.
    loop_.ring().forget(socket_.get());
    // What may still lie in it is closed with it, and the daemon has chosen it; but the other end
    // is to see its end now.
    ::shutdown(socket_.get(), SHUT_RDWR);
    base::dispose(std::move(socket_));
    owner_.on_link_closed(*this);
}

}  // namespace server
