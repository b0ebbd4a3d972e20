#include "core/server/links/daemon_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/base/check.h"
#include "core/base/system/disposal.h"
#include "core/base/system/file_systems.h"
#include "core/server/answer/client.h"
#include "core/server/links/daemon_link.h"
#include "http/response_writer.h"
#include "ipc/wire.h"

namespace server {
namespace {

constexpr int kClientGone = 499;  // nobody sees it

tl::unexpected<base::Error> breach(const char* what) {
    return base::fail(base::Fault::kServer, what);
}

}  // namespace

void DaemonStream::prepare(std::uint32_t group, bool has_body) {
    group_ = group;
    // Also where there is a link already: begin() follows in the same turn, or on_link_lost() at
    // its end where the head is too large.
    exchange_.enter(Exchange::Phase::kLinkAwaited, this);
    link_ = nullptr;
    body_.begin(has_body);
    wants_continue_ = is_paused_ = false;
    answer_.clear();
    received_ = 0;
    sending_ = 0;
    has_news_ = is_client_busy_ = false;
    watch();
}

void DaemonStream::begin(DaemonLink& link, std::uint32_t number) {
    exchange_.enter(Exchange::Phase::kDaemon, this);
    link_ = &link;
    number_ = number;
}

// --- The request's body

void DaemonStream::add_body(base::Bytes bytes) {
    // Over: whoever sends the rest of a body behind an early answer is read on by Http1.
    if (link_ == nullptr && !awaits_link()) {
        return;  // answered already: the rest is read and dropped
    }
    body_.add(bytes);
    send_body();
}

void DaemonStream::end_body() {
    // From now on it is the group that has the word: its Timeout begins anew.
    body_.end();
    send_body();
    watch();
}

void DaemonStream::fail_body(const std::string& reason) {
    body_.fail(reason);
    send_body();
    watch();
}

// What came while there was no link goes out now, and what was too much may follow.
void DaemonStream::catch_up() {
    send_body();
    if (is_paused_) {
        exchange_.on_answer();
    }
}

void DaemonStream::send_body() {
    if (link_ != nullptr) {
        body_.send(link_->outbox(), number_);
    }
}

bool DaemonStream::has_room() {
    // Remembered, because the connection stops receiving until it hears of us again: on_window()
    // and catch_up() then have news even where nothing is answered.
    is_paused_ = (link_ != nullptr || awaits_link()) && body_.is_full();
    return !is_paused_;
}

bool DaemonStream::take_continue_wish() { return std::exchange(wants_continue_, false); }

// --- The answer

base::Result<> DaemonStream::on_frame(const ipc::Frame& frame) {
    switch (frame.header.type) {
        case ipc::FrameType::kHead:
            TRY(on_head(frame));
            break;
        case ipc::FrameType::kBody:
            TRY(on_body(frame));
            break;
        case ipc::FrameType::kEnd:
            end();
            break;
        case ipc::FrameType::kAbort:
            TRY(on_abort(frame));
            break;
        case ipc::FrameType::kWindow:
            return on_window(frame);
        case ipc::FrameType::kDescriptor:
            TRY(on_descriptor(frame));
            break;
        default:
            return breach("a daemon process sent a frame that is not its to send");
    }
    // Told later, by tell_news(): whoever is told may send, and what follows in the same read would
    // be a second send.
    has_news_ = true;
    return {};
}

void DaemonStream::tell_news() {
    has_news_ = false;
    // Before the exchange hears of it: with the last of an answer it may be another request's when
    // that returns.
    watch();
    exchange_.on_answer();
}

base::Result<> DaemonStream::on_head(const ipc::Frame& frame) {
    if (answer_.head != nullptr) {
        return breach("a daemon process sent a second response head");
    }
    http::Response& response = exchange_.response;
    // The answer refers to the exchange's own response, which nobody else writes in kDaemon. It is
    // checked here, as the daemon process is not believed: neither a field's end inside a field
    // (response splitting, CWE-113) nor a malformed status leaves this place.
    TRY(ipc::decode_response(frame.payload, response));
    TRY(http::check(response));
    answer_.begin(response);
    if (frame.is_last()) {
        end();
    }
    return {};
}

base::Result<> DaemonStream::on_body(const ipc::Frame& frame) {
    if (answer_.head == nullptr || frame.payload.size() > ipc::kBodyMax) {
        return breach("a daemon process sent body bytes out of place");
    }
    received_ += static_cast<std::uint32_t>(frame.payload.size());
    if (received_ > ipc::kWindow) {
        return breach("a daemon process sent more than its window");
    }
    // The window bounds what it holds: room is given when the connection has taken it, see take().
    answer_.add_body(frame.payload);
    exchange_.hold.hold_answer(sending_ + answer_.size());
    if (frame.is_last()) {
        end();
    }
    return {};
}

base::Result<> DaemonStream::on_abort(const ipc::Frame& frame) {
    const ipc::Abort abort = TRY(ipc::decode_abort(frame.payload));
    // Before the head the client gets the status, or its ErrorDocument; behind it, a broken
    // connection.
    answer_.fail(abort.status);
    leave_link();
    return {};
}

base::Result<> DaemonStream::on_window(const ipc::Frame& frame) {
    ipc::WireReader reader(frame.payload);
    const auto room = reader.number<std::uint32_t>();
    if (!reader.ok() || !body_.widen(room)) {
        return breach("a daemon process sent a malformed window");
    }
    // The first word of an application that reads: RFC 9110 section 10.1.1.
    wants_continue_ = room == 0;
    send_body();
    has_news_ = has_news_ || wants_continue_ || (is_paused_ && !body_.is_full());
    return {};
}

base::Result<> DaemonStream::on_descriptor(const ipc::Frame& frame) {
    const ipc::FilePiece piece = TRY(ipc::decode_file_piece(frame.payload));
    // Taken in any case, or the next frame would get it.
    base::ForeignFd file = link_->take_descriptor();
    if (answer_.head == nullptr || answer_.file.is_open() || !answer_.head->content_length) {
        return breach("a daemon process sent a file out of place");
    }
    if (!file.is_open()) {  // our own table may be full: no fault of the process
        host_.log_client(
            exchange_,
            base::LogLevel::kError,
            "no descriptor is free for the file that a daemon process hands over; it is not sent"
        );
        return {};
    }
    // A daemon process of ours reads whatever else it has by itself. Without the file, the answer
    // ends as one that is shorter than announced, which hurts nobody but its client.
    if (!base::size_of_local_file(file.get())) {
        host_.log_client(
            exchange_,
            base::LogLevel::kError,
            "a daemon process handed over what is no file of a local file system; it is not sent"
        );
        return {};
    }
    answer_.add_file(file.trust(), piece.offset, piece.count);
    return {};
}

void DaemonStream::end() {
    if (answer_.head == nullptr) {
        answer_.fail(502);
    } else {
        answer_.end();
    }
    leave_link();
}

void DaemonStream::leave_link() {
    // The last word: the number may be another request's from now on.
    std::exchange(link_, nullptr)->close_stream(number_);
    alarm_.unset();
    body_.drop();
}

void DaemonStream::on_link_lost(int status) {
    // It may have waited for a link: see the header for why it is in kDaemon now. The link has
    // closed the number already, or there was none.
    exchange_.enter(Exchange::Phase::kDaemon, this);
    link_ = nullptr;
    alarm_.unset();
    body_.drop();
    answer_.fail(status);
    exchange_.on_answer();
}

void DaemonStream::take(Answer& taken) {
    answer_.take(taken);
    // What the connection has taken counts until it takes again: it is on its way to the client,
    // who may be slow.
    sending_ = taken.size();
    is_client_busy_ = taken.has_pieces();
    exchange_.hold.hold_answer(sending_ + answer_.size());
    if (link_ != nullptr) {
        watch();
    }
    // Told in halves of the window, so that short answers cost no frame at all.
    if (link_ != nullptr && received_ >= ipc::kWindow / 2) {
        std::string room;
        ipc::WireWriter(room).number(std::exchange(received_, 0));
        link_->outbox().frame(ipc::FrameType::kWindow, number_, 0, room);
    }
}

void DaemonStream::abandon() {
    // The exchange is released when it has an end to take, which is at once: nobody waits for the
    // process here. The link does, for the number's sake.
    give_up("the client has closed the connection");
    answer_.clear();
    answer_.fail(kClientGone);
}

// --- Its end before the daemon's last word

// The daemon process has Timeout from now on to say the next thing.
void DaemonStream::watch() {
    if (link_ != nullptr || awaits_link()) {
        alarm_.set(host_.loop().now() + host_.timeout_of(exchange_));
    }
}

void DaemonStream::on_timeout() {
    // A body that the client holds back until it is asked (RFC 9110 section 10.1.1) is none of
    // these: nobody has asked, and the process has the word.
    const bool awaits_body =
        body_.awaits_client() && exchange_.client != nullptr && exchange_.client->is_body_coming();
    const bool awaits_reader = is_client_busy_ || answer_.has_pieces();
    if (awaits_body || awaits_reader) {
        // The process is not to blame for a body that is on its way, nor for an answer that the
        // client does not take: without room in its window it cannot go on.
        watch();  // it is the client who is slow, and its connection looks after that
        return;
    }
    host_.log_client(
        exchange_,
        base::LogLevel::kError,
        fmt::format(
            "Timeout when reading response {} from daemon process '{}': {}",
            answer_.head != nullptr ? "body" : "headers",
            exchange_.route().process_group,
            exchange_.route().script()
        )
    );
    give_up("Timeout has passed");
    answer_.fail(504);
    exchange_.on_answer();
}

// Nothing more of it is wanted. What it holds is free at once; its number is when the daemon
// process has said its last word, for which the link waits.
void DaemonStream::give_up(const char* reason) {
    if (awaits_link()) {
        // The list of those who wait has a pointer to us.
        exchange_.enter(Exchange::Phase::kDaemon, this);
        host_.forget(*this);
    }
    if (DaemonLink* const link = std::exchange(link_, nullptr)) {
        ipc::Outbox& outbox = link->outbox();
        // With kLast: nobody wants an answer. The process may be busy for long, and then says its
        // last word to the link, which knows by `received_` how much of the window it has used.
        const std::size_t opened = outbox.open(ipc::FrameType::kAbort, number_);
        ipc::encode_abort({400, reason}, outbox.bytes());
        outbox.close(opened, ipc::kLast);
        link->abandon_stream(number_, received_);
    }
    alarm_.unset();
    body_.drop();
}

}  // namespace server
