#include "core/server/links/daemon_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/base/check.h"
#include "core/base/foreign/disposal.h"
#include "core/server/answer/asker.h"
#include "core/server/links/daemon_link.h"
#include "ipc/breach.h"
#include "ipc/wire.h"

namespace server {
namespace {

constexpr int kClientClosedRequest = 499;  // nobody sees it

}  // namespace

void DaemonStream::prepare(std::uint32_t group, bool has_body) {
    group_ = group;
    // Also where there is a link already: begin() follows in the same turn, or on_link_lost() at
    // its end where the head is too large.
    exchange_.enter(Exchange::Phase::kLinkAwaited, this);
    link_ = nullptr;
    body_.begin(has_body);
    wants_continue_ = is_paused_ = has_news_ = false;
    answer_.begin();
    watch();
}

void DaemonStream::begin(DaemonLink& link, std::uint32_t number) {
    exchange_.enter(Exchange::Phase::kDaemon, this);
    link_ = &link;
    number_ = number;
    // What was too much while there was no link may follow what goes out now.
    send_body();
    if (is_paused_) {
        exchange_.on_answer();
    }
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

void DaemonStream::send_body() {
    if (link_ != nullptr) {
        body_.send(link_->outbox(), number_);
    }
}

bool DaemonStream::has_room() {
    // Remembered, because the connection stops receiving until it hears of us again: on_window()
    // and begin() then have news even where nothing is answered.
    is_paused_ = (link_ != nullptr || awaits_link()) && body_.is_full();
    return !is_paused_;
}

bool DaemonStream::take_continue_wish() { return std::exchange(wants_continue_, false); }

// --- The answer

base::Result<> DaemonStream::on_frame(const ipc::Frame& frame) {
    TRY(answer_.heed(frame));
    switch (frame.header.type) {
        case ipc::FrameType::kHead:
            TRY(answer_.on_head(frame));
            break;
        case ipc::FrameType::kBody:
            answer_.on_body(frame);
            break;
        case ipc::FrameType::kEnd:
            answer_.end();
            break;
        case ipc::FrameType::kAbort:
            TRY(answer_.on_abort(frame));
            break;
        case ipc::FrameType::kWindow:
            return on_window(frame);
        case ipc::FrameType::kDescriptor:
            TRY(on_file(frame));
            break;
        default:
            break;  // heed() has let none of them through
    }
    if (answer_.has_ended() && link_ != nullptr) {
        leave_link();
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

base::Result<> DaemonStream::on_window(const ipc::Frame& frame) {
    ipc::WireReader reader(frame.payload);
    const auto room = reader.number<std::uint32_t>();
    if (!reader.ok() || !body_.widen(room)) {
        return ipc::breach("a daemon process sent a malformed window");
    }
    // The first word of an application that reads: RFC 9110 section 10.1.1.
    wants_continue_ = room == 0;
    send_body();
    has_news_ = has_news_ || wants_continue_ || (is_paused_ && !body_.is_full());
    return {};
}

base::Result<> DaemonStream::on_file(const ipc::Frame& frame) {
    // Taken in any case, or the next frame would get it.
    const char* const complaint = TRY(answer_.on_file(frame, link_->take_descriptor()));
    if (complaint != nullptr) {
        host_.log_client(exchange_, base::LogLevel::kError, complaint);
    }
    // There is no descriptor for it, and the client hears of that instead; what the process still
    // says of the request finds nobody.
    if (answer_.has_ended()) {
        give_up("too many files are being sent");
    }
    return {};
}

void DaemonStream::leave_link() {
    // The last word: the number may be another request's from now on.
    std::exchange(link_, nullptr)->numbers().close(number_);
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
    if (link_ == nullptr) {
        return;
    }
    watch();
    if (const std::uint32_t bytes = answer_.take_room(); bytes != 0) {
        std::string room;
        ipc::WireWriter(room).number(bytes);
        link_->outbox().frame(ipc::FrameType::kWindow, number_, 0, room);
    }
}

void DaemonStream::abandon() {
    // The exchange is released when it has an end to take, which is at once: nobody waits for the
    // process here. The link does, for the number's sake.
    give_up("the client has closed the connection");
    answer_.drop();
    answer_.fail(kClientClosedRequest);
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
    if (awaits_body || answer_.awaits_client()) {
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
            answer_.has_head() ? "body" : "headers",
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
        // last word to the link, which goes on to hold it to what may follow.
        const std::size_t opened = outbox.open(ipc::FrameType::kAbort, number_);
        ipc::encode_abort({400, reason}, outbox.bytes());
        outbox.close(opened, ipc::kLast);
        link->numbers().abandon(number_, answer_.order());
    }
    alarm_.unset();
    body_.drop();
}

}  // namespace server
