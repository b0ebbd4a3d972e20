#include "core/server/client/http1/request_reader.h"

#include <algorithm>

#include "core/server/answer/responder.h"
#include "core/server/served/budgets.h"

namespace server {

RequestReader::RequestReader(
    ConnectionHost& host,
    ConnectionSettings& settings,
    LentExchange& exchange,
    EarlyRoom::Guest& guest,
    const std::string& address
)
    : host_(host),
      settings_(settings),
      exchange_(exchange),
      parser_(settings.limits(), *this),
      early_(host.early(), guest, address) {
    expect(settings_.host().head_time);
}

void RequestReader::expect(const config::ReadTime& all) {
    patience_.expect(all, settings_.host().timeout, host_.loop().now());
}

void RequestReader::expect_next() {
    state_ = State::kIdle;
    // Of the last request's host: nobody knows yet which one is next.
    patience_.expect_first(settings_.host().keep_alive_timeout, host_.loop().now());
}

// --- Heads

void RequestReader::begin_head() {
    // From its first byte on, a request's head has as long as any other, however long the
    // connection was idle before.
    state_ = State::kHead;
    expect(settings_.host().head_time);
}

RequestReader::Step RequestReader::read(base::Bytes& input) {
    http::Parser::Step step{};
    if (exchange_) {
        // The parser stops at the end of a message, so that the rest is what it has not taken.
        const std::size_t before = input.size();
        step = parser_.feed(input, exchange_->request());
        exchange_->tally.bytes_received += before - input.size();
    } else {
        step = parser_.feed_body(input);
    }
    switch (step) {
        case http::Parser::Step::kNeedMore:
            if (!has_room()) {
                error_ = {503, "too many requests at once that do not come to their end"};
                return Step::kError;
            }
            return Step::kNeedMore;
        case http::Parser::Step::kHead:
            head_bytes_ = exchange_->tally.bytes_received;
            // The order of kHead and kEnd: a message without a body says kEnd only.
            return Step::kHead;
        case http::Parser::Step::kEnd: {
            const bool is_head = state_ == State::kHead;
            end_body();
            return is_head ? Step::kHead : Step::kComplete;
        }
        case http::Parser::Step::kError:
            break;
    }
    error_ = parser_.error();
    return Step::kError;
}

// Only as long as nobody has the request: its group accounts for it then (GroupLoads). Of a body
// that comes before that, what is more is the room's for bodies to account for (BodyRoom).
bool RequestReader::has_room() {
    if (!exchange_) {
        return true;
    }
    const auto bytes = static_cast<std::size_t>(exchange_->tally.bytes_received);
    if (state_ == State::kHead) {
        return early_.grow_to(bytes, EarlyRoom::kNoHost);
    }
    return exchange_->phase != Exchange::Phase::kBodyAwaited ||
           early_.grow_to(std::min(bytes, head_bytes_ + kBodyByRight), exchange_->known.host);
}

// --- Bodies

void RequestReader::expect_body(bool has_more_input) {
    if (state_ == State::kComplete) {
        return;  // there is none
    }
    if (exchange_->request().expects_continue && !has_more_input) {
        state_ = State::kBodyHeldBack;
        patience_.stop();
    } else {
        ask_for_body();
    }
}

void RequestReader::ask_for_body() {
    state_ = State::kBodyComing;
    expect(settings_.host().body_time);
}

void RequestReader::on_body(base::Bytes bytes) {
    if (!exchange_) {
        return;  // its request has been answered: read and dropped
    }
    if (state_ == State::kBodyHeldBack) {
        ask_for_body();  // not for long
    }
    // A failed responder's ErrorDocument has a request without body: what still comes was for the
    // other.
    if (exchange_->responder == nullptr || !exchange_->request().has_body()) {
        return;  // nobody wants it
    }
    exchange_->responder->add_body(bytes);
    // Enough may be there by now for somebody to begin.
    if (exchange_->is_deferred()) {
        host_.requests().on_body_arrived(*exchange_);
    }
}

void RequestReader::end_body() {
    state_ = State::kComplete;
    early_.leave();
    patience_.stop();
    if (!exchange_ || exchange_->responder == nullptr) {
        return;
    }
    exchange_->responder->end_body();
    if (exchange_->is_deferred()) {
        host_.requests().on_body_arrived(*exchange_);
    }
}

void RequestReader::fail_body(const std::string& reason) {
    state_ = State::kFailed;
    if (exchange_->responder != nullptr) {
        exchange_->responder->fail_body(reason);
    }
}

void RequestReader::fail() {
    // Half a request line is none; one that was refused is told as it came.
    if (state_ == State::kHead && !parser_.error().is_error() &&
        exchange_->request().method.empty()) {
        exchange_->request().target.clear();
    }
    state_ = State::kFailed;
    early_.leave();
    // What is over stays over: such a client gets less time to read its error.
    if (!patience_.is_over(host_.loop().now())) {
        patience_.stop();
    }
}

}  // namespace server
