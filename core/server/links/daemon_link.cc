#include "core/server/links/daemon_link.h"

#include <fmt/format.h>

#include <utility>

#include "core/base/check.h"
#include "core/base/system/log.h"
#include "core/server/answer/exchange.h"

namespace server {

DaemonLink::DaemonLink(
    loop::Loop& loop,
    Owner& owner,
    base::Fd socket,
    const ipc::Link& place,
    std::string group_name,
    ProcessLoads::Load* load
)
    : owner_(owner),
      place_(place),
      group_name_(std::move(group_name)),
      numbers_(load),
      socket_(loop, *this, std::move(socket), disposal_of_group(group_name_)) {}

// Also: both operations have ended, or they would abort.
DaemonLink::~DaemonLink() { CHECK(is_at_rest()); }

bool DaemonLink::open(DaemonStream& stream) {
    CHECK(is_open());
    const std::uint32_t number = numbers_.next();
    Exchange& exchange = stream.exchange();
    const bool has_body = exchange.request().has_body();
    ipc::Outbox& out = outbox();
    const std::size_t opened = out.open(ipc::FrameType::kHead, number);
    ipc::encode_request(exchange.request(), exchange.route(), exchange.facts(), told_, out.bytes());
    // Known only now: what has been added to the request has no bound of its own. Nothing has been
    // taken yet, so that nothing has to be given back.
    if (out.opened_size(opened) > ipc::kPayloadMax) {
        out.drop(opened);
        return false;
    }
    out.close(opened, has_body ? 0 : ipc::kLast);
    told_.note(exchange.route(), exchange.facts());
    numbers_.take(stream);
    // What waits of the body goes out behind the head, in the same send.
    stream.begin(*this, number);
    return true;
}

ipc::Outbox& DaemonLink::outbox() {
    // Whoever asks for it adds to it: that is how the owner comes to flush() at the end of the
    // turn.
    if (!is_announced_) {
        is_announced_ = true;
        owner_.on_link_ready(*this);
    }
    return socket_.outbox();
}

void DaemonLink::flush() {
    is_announced_ = false;
    socket_.flush();
}

void DaemonLink::look() {
    if (!is_open()) {
        return;
    }
    if (is_at_rest()) {
        socket_.rest();
    }
    switch (echo_.look(is_awaited(), socket_.is_all_taken())) {
        case EchoWatch::Step::kAsk:
            outbox().frame(ipc::FrameType::kEcho, 0, 0, {});
            break;
        case EchoWatch::Step::kLost:
            lose(
                base::LogLevel::kError,
                "what is said between the two does not arrive: an application receives from "
                "descriptors that are not its own"
            );
            break;
        case EchoWatch::Step::kNothing:
            break;
    }
}

void DaemonLink::on_received() {
    // News first, also where what followed it was a breach: an answer that was complete before that
    // goes to its client.
    const auto read = read_frames();
    for (DaemonStream* const stream : news_) {
        stream->tell_news();
    }
    news_.clear();
    if (!read) {
        lose(base::LogLevel::kError, read.error().what);
    } else if (state_ == State::kStopping && is_at_rest()) {
        close();  // the process waits for this end of the stream, and then exits
    }
}

base::Result<> DaemonLink::read_frames() {
    while (const auto frame = TRY(socket_.next())) {
        // Whatever it is, kReady too.
        const bool is_first = !std::exchange(has_answered_, true);
        // One for what may have one and none for the others: a descriptor too many would be the
        // next frame's.
        if (frame->header.descriptors >
            (frame->header.type == ipc::FrameType::kDescriptor ? 1 : 0)) {
            return base::fail(
                base::Fault::kServer, "a daemon process sent descriptors out of place"
            );
        }
        if (frame->header.type == ipc::FrameType::kReady && is_first) {
            continue;
        }
        if (frame->header.type == ipc::FrameType::kEcho && echo_.on_echo()) {
            continue;
        }
        if (frame->header.type == ipc::FrameType::kStop && state_ == State::kOpen) {
            state_ = State::kStopping;
            owner_.on_link_stopping(*this);
            continue;
        }
        // Those of many requests that have been abandoned.
        if (frame->header.descriptors > 0 && socket_.lane().is_full()) {
            return base::fail(
                base::Fault::kServer, "a daemon process sent more descriptors than can be closed"
            );
        }
        const std::uint32_t number = frame->header.stream;
        if (!numbers_.is_open(number)) {
            return base::fail(
                base::Fault::kServer, "a daemon process answered a request that was not asked"
            );
        }
        if (frame->header.type == ipc::FrameType::kAbort) {
            told_ = {};  // there may have been no memory for what was told with it
        }
        DaemonStream* const stream = numbers_.find(number);
        if (stream == nullptr) {
            // A descriptor that it comes with is disposed of by the next read.
            TRY(numbers_.drop(*frame));
            continue;
        }
        // Once in news_, however many frames come: it is told when all have been read.
        const bool is_noted = stream->has_news();
        // May close the stream's number, not the link: that is for whoever called us.
        TRY(stream->on_frame(*frame));
        if (!is_noted && stream->has_news()) {
            news_.push_back(stream);
        }
    }
    return {};
}

void DaemonLink::lose(base::LogLevel level, const std::string& why) {
    base::main_log().write(
        level,
        {},
        fmt::format(
            "process {} of group '{}' is gone with {} request(s) in it: {}",
            place_.process,
            group_name_,
            numbers_.open_count(),
            why
        )
    );
    close();
}

void DaemonLink::on_broken() {
    lose(base::LogLevel::kInfo, "it has ended");  // the supervisor knows, and says, why
}

void DaemonLink::close() {
    if (is_open()) {
        state_ = state_ == State::kStopping ? State::kEnded : State::kLost;
    }
    // A process that never said a word did not start: that is a service that is down, not a bad
    // answer.
    const int status = has_answered_ ? 502 : 503;
    for (std::uint32_t number = 0; number < numbers_.end(); ++number) {
        if (!numbers_.is_open(number)) {
            continue;
        }
        // The number before the stream is told: its client may be answered and send its next
        // request at once, which finds a link that takes none.
        DaemonStream* const stream = numbers_.find(number);
        numbers_.close(number);
        if (stream != nullptr) {
            stream->on_link_lost(status);
        }
    }
    socket_.close();
}

}  // namespace server
