#include "core/server/client/http1.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"
#include "core/server/client/connection.h"

namespace server {
namespace {

// Pipelined bytes that wait behind a request; more than this and the client has to wait, until they
// are fewer again: what it then sends comes in few large pieces.
constexpr std::size_t kWaitingMax = 64 * 1024;
constexpr std::size_t kWaitingFew = 16 * 1024;
// What every client may have waiting. More is counted: a crowd would make hundreds of megabytes of
// what one may.
constexpr std::size_t kWaitingByRight = 4 * 1024;
// What every head may have. More is counted: LimitRequestFieldSize and LimitRequestFields may allow
// much, but not to all clients at once.
constexpr std::uint64_t kUsualHead = 64 * 1024;

}  // namespace

Http1::Http1(ConnectionHost& host, Connection& connection)
    : host_(host),
      service_(host.requests()),
      connection_(connection),
      sender_(connection.output(), host.requests()) {
    go_by(service_.generation());
}

Http1::~Http1() { CHECK(exchange_ == nullptr); }

void Http1::start() { patience_.expect(virtual_host_->head_time, virtual_host_->timeout, now()); }

// --- The configuration

void Http1::go_by(const Generation::Hold& generation) {
    if (generation_ == generation) {
        return;
    }
    generation_ = generation;
    const Served& served = generation_->served();
    limits_ = served.limits;
    names_ = &served.host_table.at(connection_.ends().local_address, connection_.endpoint().port);
    virtual_host_ = &served.hosts[names_->find({})];
}

void Http1::renew() {
    // In kHead, too, its settings are being used: which limits a head has does not change within
    // it. kSkipping is still the end of a request.
    if (state_ == State::kIdle || state_ == State::kOver) {
        go_by(service_.generation());
    }
}

// --- What has become of the connection

void Http1::on_bytes(base::Bytes input) {
    // Whatever becomes of them, they are a sign of life.
    patience_.on_bytes(input.size(), virtual_host_->timeout, now());
    // Behind what waits they wait, too: order is all that says which bytes are whose.
    if (waiting_.is_empty()) {
        parse(input);
    }
    // What parse() has left belongs to the next request. In kOver, and behind a body that has
    // failed, nobody knows what it is, and it is dropped (request smuggling, CWE-444).
    if (has_request() && body_ == Body::kComplete) {
        waiting_.append(input);
    }
}

void Http1::on_end_of_stream() {
    if (state_ == State::kHead && parser_.is_inside_message()) {
        // It can be told: only its sending has ended.
        reject({400, "the connection ended within a request's head"});
    } else if (!has_request()) {
        connection_.close();
    } else if (is_body_missing()) {
        // Apache's words, which applications find in their OSError.
        fail_body("Partial results are valid but processing is incomplete");
    } else if (waiting_.is_empty()) {
        // Half-closed: it may still want its answer (RFC 9112 section 9.6), as it wants those to
        // the requests that wait behind.
        must_close_ = true;
    }
}

void Http1::on_client_too_slow() {
    if (state_ == State::kHead && parser_.is_inside_message()) {
        reject({408, "the request's head took too long"});
    } else if (has_request()) {
        // Likewise Apache's. Whoever reads the body hears it, and may still answer.
        fail_body("The timeout specified has expired");
    } else {
        connection_.close();  // it has said nothing, or empty lines
    }
}

void Http1::on_paused() { patience_.stand_still(now()); }

void Http1::on_resumed() { patience_.go_on(virtual_host_->timeout, now()); }

void Http1::drain() {
    switch (state_) {
        case State::kIdle:
            connection_.close();
            break;
        case State::kSkipping:
            end();
            break;
        default:
            // Its answer goes out. The head that has not been sent yet says that it is the last.
            must_close_ = true;
    }
}

void Http1::on_closing() {
    // An answer that has begun and not ended gets its line, with what was sent of it; one that has
    // not begun gets none.
    if (state_ == State::kAnswering) {
        service_.log_access(*exchange_, connection_, AfterAnswer::kBroke);
    }
    state_ = State::kOver;
}

void Http1::let_go() {
    if (Exchange* const exchange = std::exchange(exchange_, nullptr)) {
        // First, for whoever is told of it may answer at once, and is not to find us.
        exchange->client = nullptr;
        service_.abandon(*exchange);
    }
}

bool Http1::wants_bytes(bool is_paused) {
    if (!has_request()) {
        return true;
    }
    if (body_ == Body::kComing) {
        // Without a responder the answer is our own, and the body is read and dropped behind it.
        // has_room() that says no promises to be pumped when there is some.
        return exchange_->responder == nullptr || exchange_->responder->has_room();
    }
    return may_pipeline_more(is_paused);
}

// Its own next request is what changes the answer: nobody has to wake a client that waits. Nobody
// reads ahead while too many have: what a crowd sends at once would otherwise be kept before
// anybody could know.
bool Http1::may_pipeline_more(bool is_paused) {
    // Shares are taken when bytes have come and cannot be refused; so everybody stops before the
    // budget is used up.
    base::Budget& all = host_.budgets().pipelined_bytes;
    if (all.is_nearly_used_up()) {
        host_.on_pipelining_full();
        return false;
    }
    const std::size_t size = waiting_.size();
    if (size <= kWaitingByRight) {
        waiting_share_.give_back();
        return true;
    }
    return size < (is_paused ? kWaitingFew : kWaitingMax) && waiting_share_.grow_to(all, size);
}

Http1::Time Http1::due(bool is_paused) const {
    // The body's clock runs only while we would read: what stands still because of us, or because
    // nobody has said "100 Continue" yet, is not the client's fault.
    const bool waits =
        has_request() ? body_ == Body::kComing && !is_paused : state_ != State::kOver;
    return waits ? patience_.due() : Time::max();
}

bool Http1::awaits_client(bool is_paused, bool is_sending) const {
    if (!has_request()) {
        return state_ != State::kOver;
    }
    if (exchange_->phase == Exchange::Phase::kBodyAwaited) {
        return is_sending || (body_ == Body::kComing && !is_paused);
    }
    return is_sending && (exchange_->responder == nullptr || exchange_->responder->has_said_all());
}

const std::string& Http1::remote_addr() const { return connection_.ends().remote_address; }

std::uint16_t Http1::remote_port() const { return connection_.ends().remote_port; }

// --- From bytes to a request and its body

// Takes what can be understood now off the front of `input`: up to the end of a request, which is
// to be answered first.
void Http1::parse(base::Bytes& input) {
    while (!input.empty()) {
        if (state_ == State::kSkipping) {
            skip_body(input);
        } else if (awaits_more()) {
            read_request(input);
        } else {
            // Its request is answered first, or nothing further is looked at.
            return;
        }
    }
}

// Only what is parsed is taken away: a client that pipelines many requests does not have all of
// them moved for each of them.
void Http1::parse_waiting() {
    if (waiting_.is_empty()) {
        return;
    }
    base::Bytes input = waiting_.bytes();
    const std::size_t before = input.size();
    parse(input);
    // After an error all of it goes: it may be anything.
    if (has_request() && body_ == Body::kFailed) {
        input = {};
    }
    waiting_.consume(before - input.size());
    waiting_.shrink(0);
    if (waiting_.is_empty()) {
        waiting_share_.give_back();
    }
}

void Http1::read_request(base::Bytes& input) {
    if (state_ == State::kIdle) {
        begin_exchange();
    }
    // The parser stops at the end of a message, so that the rest is what it has not taken.
    const std::size_t before = input.size();
    const auto step = parser_.feed(input, exchange_->request());
    exchange_->bytes_received += before - input.size();
    switch (step) {
        case http::Parser::Step::kNeedMore:
            // Only here: a head that is complete is the group's to account for (GroupLoads).
            if (state_ == State::kHead && exchange_->bytes_received > kUsualHead &&
                !exchange_->head_share.grow_to(
                    host_.budgets().early_bytes, exchange_->bytes_received
                )) {
                reject({503, "too many large heads at once"});
            }
            break;
        case http::Parser::Step::kHead:
            // The order of kHead and kEnd: a message without a body says kEnd only.
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

void Http1::skip_body(base::Bytes& input) {
    switch (parser_.feed_body(input)) {
        case http::Parser::Step::kEnd:
            // parse() goes on with what stands behind it.
            host_.is_draining() ? end() : become_idle();
            break;
        case http::Parser::Step::kError:
            end();  // where the next request begins is not known
            break;
        default:
            break;
    }
}

void Http1::begin_exchange() {
    // From its first byte on, a request's head has as long as any other, however long the
    // connection was idle before.
    state_ = State::kHead;
    patience_.expect(virtual_host_->head_time, virtual_host_->timeout, now());
    exchange_ = &service_.take_exchange();
    exchange_->client = this;
    exchange_->generation = generation_;
    // The last answer is out: end_answer() was here before.
    sender_.clear();
    service_.note_begin(*exchange_);
}

void Http1::answer_request(bool has_body, bool has_more_input) {
    state_ = State::kAsked;
    patience_.stop();
    // Before anything that differs from host to host: time-outs, keep-alive, how long a body may
    // take.
    virtual_host_ = &service_.locate(*exchange_, connection_);
    const http::Request& request = exchange_->request();
    ++requests_;
    const bool is_last_request = virtual_host_->keep_alive_requests_max != 0 &&
                                 requests_ >= virtual_host_->keep_alive_requests_max;
    must_close_ = must_close_ || (connection_.input().is_at_end() && !has_more_input) ||
                  host_.is_draining() || !virtual_host_->keep_alive || is_last_request ||
                  !request.keep_alive;
    // A client that waits for "100 Continue", and has sent some of the body all the same, does not
    // wait (RFC 9110 section 10.1.1).
    if (!has_body) {
        body_ = Body::kComplete;
    } else if (request.expects_continue && !has_more_input) {
        body_ = Body::kHeldBack;
    } else {
        expect_body();
    }
    // Last: it may answer at once, and change all that stands above.
    service_.dispatch(*exchange_);
}

void Http1::expect_body() {
    body_ = Body::kComing;
    patience_.expect(virtual_host_->body_time, virtual_host_->timeout, now());
}

void Http1::on_body(base::Bytes bytes) {
    if (!has_request()) {
        return;  // its request has been answered: read and dropped
    }
    if (body_ == Body::kHeldBack) {
        expect_body();  // not for long
    }
    // A failed responder's ErrorDocument has a request without body: what still comes was for the
    // other.
    if (exchange_->responder == nullptr || !exchange_->request().has_body()) {
        return;  // nobody wants it
    }
    exchange_->responder->add_body(bytes);
    // Enough may be there by now for somebody to begin.
    if (exchange_->is_deferred()) {
        service_.on_body_arrived(*exchange_);
    }
}

void Http1::end_body() {
    body_ = Body::kComplete;
    patience_.stop();
    if (exchange_->responder == nullptr) {
        return;
    }
    exchange_->responder->end_body();
    if (exchange_->is_deferred()) {
        service_.on_body_arrived(*exchange_);
    }
}

// Nothing further will come of the body. If it has not been handed to anybody, the client is told,
// else the application may have an answer.
void Http1::fail_body(const char* reason) {
    Responder* const responder = exchange_->responder;
    // As in Apache, 408 for one that was too slow; one that has gone will hardly see its 400.
    if (exchange_->phase == Exchange::Phase::kBodyAwaited) {
        reject({connection_.input().is_at_end() ? 400 : 408, reason});
        return;
    }
    body_ = Body::kFailed;
    must_close_ = true;
    if (responder != nullptr) {
        responder->fail_body(reason);
    }
}

void Http1::reject(const http::ParseError& error) {
    must_close_ = true;
    service_.log_client(*exchange_, base::LogLevel::kInfo, error.what);
    const bool is_being_answered = has_request();
    body_ = Body::kFailed;
    // What is over stays over: end() gives such a client less time to read its error.
    if (!patience_.is_over(now())) {
        patience_.stop();
    }
    if (is_being_answered) {
        // The head was good and somebody answers it; its body is not good.
        if (exchange_->responder == nullptr) {
            return;
        }
        exchange_->responder->fail_body(error.what);
        // Too late for a page: what has been said is said, and the end of the connection tells the
        // rest.
        if (state_ == State::kAnswering) {
            return;
        }
        replace_exchange();
    }
    state_ = State::kAsked;
    answer_with_page({.status = error.status});
}

// The responder may go on for a while; its answer is not wanted any more, and ours needs a place.
void Http1::replace_exchange() {
    Exchange& old = *exchange_;
    Exchange& fresh = service_.take_exchange();
    fresh.client = this;
    fresh.generation = generation_;
    // What its answer and its line in the log need; not the body, nor what was found out.
    fresh.host = old.host;
    fresh.request().method = old.request().method;
    fresh.request().target = old.request().target;
    fresh.request().minor = old.request().minor;
    fresh.begun = old.begun;
    fresh.bytes_received = old.bytes_received;
    fresh.bytes_sent = old.bytes_sent;
    fresh.extra_headers = std::move(old.extra_headers);
    let_go();
    exchange_ = &fresh;
    sender_.clear();
}

}  // namespace server
