#include "core/server/client/http1/request_reader.h"

#include "core/server/answer/responder.h"

namespace server {

RequestReader::RequestReader(
    ConnectionHost& host, ConnectionSettings& settings, LentExchange& exchange
)
    : host_(host), settings_(settings), exchange_(exchange), parser_(settings.limits(), *this) {
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
            if (state_ == State::kHead && !has_room_for_head()) {
                error_ = {503, "too many large heads at once"};
                return Step::kError;
            }
            return Step::kNeedMore;
        case http::Parser::Step::kHead:
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

// Only while it comes: a head that is complete is the group's to account for (GroupLoads).
bool RequestReader::has_room_for_head() {
    // What every head may have. More is counted: LimitRequestFieldSize and LimitRequestFields may
    // allow much, but not to all clients at once.
    constexpr std::uint64_t kUsualHead = 64 * 1024;
    return exchange_->tally.bytes_received <= kUsualHead ||
           exchange_->shares.head.grow_to(
               host_.budgets().early_bytes, exchange_->tally.bytes_received
           );
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
    // What is over stays over: such a client gets less time to read its error.
    if (!patience_.is_over(host_.loop().now())) {
        patience_.stop();
    }
}

}  // namespace server
