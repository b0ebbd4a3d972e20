#include "core/server/client/connection.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "core/base/check.h"

namespace server {
namespace {

// Pipelined bytes that wait behind a request; more than this and the client has to wait, until they
// are fewer again: what it then sends comes in few large pieces.
constexpr std::size_t kWaitingMax = 64 * 1024;
constexpr std::size_t kWaitingFew = 16 * 1024;
// What every head may have. More is counted: LimitRequestFieldSize and LimitRequestFields may allow
// much, but not to all clients at once.
constexpr std::uint64_t kUsualHead = 64 * 1024;

}  // namespace

Connection::Connection(
    Host& thread, std::unique_ptr<loop::Transport> transport, const Endpoint& endpoint
)
    : thread_(thread),
      endpoint_(endpoint),
      transport_(std::move(transport)),
      ends_(transport_->ends()),
      parser_(thread.served().limits, *this) {}

Connection::~Connection() { CHECK(exchange_ == nullptr); }

void Connection::start() {
    names_ = &thread_.served().host_table.at(ends_.local_address, endpoint_.port);
    host_ = &thread_.served().hosts[0];
    read_clock_.start(host_->head_time, now());
    quiet_until_ = now() + host_->timeout;
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

void Connection::pause() {
    if (!is_paused_) {
        is_paused_ = true;
        transport_->cancel(receive_);
        watch_for_reset();
    }
}

// The one place that decides whether the client may send on.
bool Connection::wants_bytes() {
    if (!has_request()) {
        return true;
    }
    if (body_ == Body::kComing) {
        return exchange_->responder == nullptr || exchange_->responder->has_room();
    }
    return waiting_.size() < (is_paused_ ? kWaitingFew : kWaitingMax);
}

void Connection::adjust_receiving() {
    if (state_ == State::kClosing) {
        return;
    }
    if (!wants_bytes()) {
        pause();
        read_clock_.stand_still(now());  // it is us who are slow
    } else if (is_paused_) {
        receive();
        read_clock_.go_on(now());
        quiet_until_ = now() + host_->timeout;
    }
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
        set_timer();
    } else {
        on_bytes(completion.data);
    }
}

// Once when it comes, and again when all has been answered that came before it.
void Connection::on_end_of_stream() {
    if (state_ == State::kHead && parser_.is_inside_message()) {
        reject({400, "the connection ended within a request's head"});
    } else if (!has_request()) {
        close();
    } else if (body_ == Body::kComing || body_ == Body::kHeldBack) {
        fail_body("Partial results are valid but processing is incomplete");
    } else if (waiting_.is_empty()) {
        // Half-closed: it may still want its answer (RFC 9112 section 9.6), as it wants those to
        // the requests that wait behind.
        close_after_answer();
    }
}

void Connection::on_bytes(base::Bytes input) {
    read_clock_.add(input.size());
    if (state_ == State::kLingering) {
        quiet_until_ = std::min(now() + kLinger, linger_until_);
    } else {
        quiet_until_ = now() + host_->timeout;
        if (waiting_.is_empty()) {
            parse(input);
        }
        if (has_request() && body_ == Body::kComplete) {
            waiting_.append(input);
        }
        adjust_receiving();
    }
    set_timer();
}

// Takes what can be understood now off the front of `input`: up to the end of a request, which is
// to be answered first.
void Connection::parse(base::Bytes& input) {
    while (!input.empty()) {
        if (state_ == State::kSkipping) {
            skip_body(input);
        } else if (state_ == State::kIdle || state_ == State::kHead || (has_request() && (body_ == Body::kComing || body_ == Body::kHeldBack))) {
            read_request(input);
        } else {
            return;
        }
    }
}

// Only what is parsed is taken away: a client that pipelines many requests does not have all of
// them moved for each of them.
void Connection::parse_waiting() {
    if (waiting_.is_empty()) {
        return;
    }
    base::Bytes input = waiting_.bytes();
    const std::size_t before = input.size();
    parse(input);
    if (has_request() && body_ == Body::kFailed) {
        input = {};
    }
    waiting_.consume(before - input.size());
    waiting_.shrink(0);
}

void Connection::read_request(base::Bytes& input) {
    if (state_ == State::kIdle) {
        begin_exchange();
    }
    const std::size_t before = input.size();
    const auto step = parser_.feed(input, exchange_->request());
    exchange_->bytes_received += before - input.size();
    switch (step) {
        case http::Parser::Step::kNeedMore:
            if (state_ == State::kHead && exchange_->bytes_received > kUsualHead &&
                !exchange_->head_share.grow_to(
                    *thread_.served().early_bytes, exchange_->bytes_received
                )) {
                reject({503, "too many large heads at once"});
            }
            break;
        case http::Parser::Step::kHead:
            answer_request(true, !input.empty());
            break;
        case http::Parser::Step::kEnd:
            if (state_ == State::kHead) {
                answer_request(false, !input.empty());
            } else {
                end_body();
            }
            break;
        case http::Parser::Step::kError:
            reject(parser_.error());
            break;
    }
}

void Connection::skip_body(base::Bytes& input) {
    switch (parser_.feed_body(input)) {
        case http::Parser::Step::kEnd:
            thread_.is_draining() ? linger() : become_idle();
            break;
        case http::Parser::Step::kError:
            linger();  // where the next request begins is not known
            break;
        default:
            break;
    }
}

void Connection::begin_exchange() {
    // From its first byte on, a request's head has as long as any other, however long the
    // connection was idle before.
    state_ = State::kHead;
    read_clock_.start(host_->head_time, now());
    exchange_ = &thread_.take_exchange();
    exchange_->client = this;
    writer_.clear();
    thread_.note_begin(*exchange_);
}

void Connection::answer_request(bool has_body, bool has_more_input) {
    state_ = State::kAsked;
    read_clock_.stop();
    host_ = &thread_.locate(*exchange_, *this);
    const http::Request& request = exchange_->request();
    ++requests_;
    const bool is_last_request =
        host_->keep_alive_requests_max != 0 && requests_ >= host_->keep_alive_requests_max;
    must_close_ = must_close_ || (is_stream_at_end_ && !has_more_input) || thread_.is_draining() ||
                  !host_->keep_alive || is_last_request || !request.keep_alive;
    if (!has_body) {
        body_ = Body::kComplete;
    } else if (request.expects_continue && !has_more_input) {
        body_ = Body::kHeldBack;
    } else {
        expect_body();
    }
    thread_.dispatch(*exchange_);
}

void Connection::expect_body() {
    body_ = Body::kComing;
    read_clock_.start(host_->body_time, now());
    quiet_until_ = now() + host_->timeout;
}

void Connection::on_body(base::Bytes bytes) {
    if (!has_request()) {
        return;  // its request has been answered: read and dropped
    }
    if (body_ == Body::kHeldBack) {
        expect_body();  // not for long
    }
    if (exchange_->responder == nullptr || !exchange_->request().has_body()) {
        return;  // nobody wants it
    }
    exchange_->responder->add_body(bytes);
    if (exchange_->is_deferred()) {
        thread_.on_body_arrived(*exchange_);
    }
}

void Connection::end_body() {
    body_ = Body::kComplete;
    read_clock_.stop();
    if (exchange_->responder == nullptr) {
        return;
    }
    exchange_->responder->end_body();
    if (exchange_->is_deferred()) {
        thread_.on_body_arrived(*exchange_);
    }
}

// Nothing further will come of the body. If it has not been handed to anybody, the client is told,
// else the application may have an answer.
void Connection::fail_body(const char* reason) {
    Responder* const responder = exchange_->responder;
    if (exchange_->phase == Exchange::Phase::kBodyAwaited) {
        reject({is_stream_at_end_ ? 400 : 408, reason});
        return;
    }
    body_ = Body::kFailed;
    close_after_answer();
    if (responder != nullptr) {
        responder->fail_body(reason);
    }
}

void Connection::reject(const http::ParseError& error) {
    close_after_answer();
    thread_.log_client(*exchange_, base::LogLevel::kInfo, error.what);
    const bool is_being_answered = has_request();
    body_ = Body::kFailed;
    if (!read_clock_.is_over(now())) {
        read_clock_.stop();
    }
    if (is_being_answered) {
        // The head was good and somebody answers it; its body is not good.
        if (exchange_->responder == nullptr) {
            return;
        }
        exchange_->responder->fail_body(error.what);
        if (state_ == State::kAnswering) {
            return;
        }
        replace_exchange();
    }
    state_ = State::kAsked;
    answer_with_page({.status = error.status});
}

// The responder may go on for a while; its answer is not wanted any more, and ours needs a place.
void Connection::replace_exchange() {
    Exchange& old = *exchange_;
    Exchange& fresh = thread_.take_exchange();
    fresh.client = this;
    fresh.host = old.host;
    fresh.request().method = old.request().method;
    fresh.request().target = old.request().target;
    fresh.request().minor = old.request().minor;
    fresh.begun = old.begun;
    fresh.bytes_received = old.bytes_received;
    fresh.bytes_sent = old.bytes_sent;
    abandon_exchange();
    exchange_ = &fresh;
    writer_.clear();
}

}  // namespace server
