#include "core/server/client/http1/http1.h"

#include "core/server/answer/responder.h"
#include "core/server/client/connection.h"

namespace server {

Http1::Http1(ConnectionHost& host, Connection& connection)
    : host_(host),
      connection_(connection),
      settings_(connection.settings()),
      answer_(*this, {connection, host.requests(), settings_, exchange_, reader_, keep_alive_}),
      exchange_(host.requests(), answer_),
      reader_(host, settings_, exchange_, *this, settings_.arrival().ends.remote_address),
      pipeline_(host.budgets().pipelined_bytes) {}

// --- From bytes to a request

void Http1::on_bytes(base::Bytes input) {
    // Whatever becomes of them, they are a sign of life.
    reader_.patience().on_bytes(input.size(), settings_.host().timeout, host_.loop().now());
    // Behind what waits they wait, too: order is all that says which bytes are whose.
    if (pipeline_.is_empty()) {
        parse(input);
    }
    // What parse() has left belongs to the next request. In kOver, and behind a body that has
    // failed, nobody knows what it is, and it is dropped (request smuggling, CWE-444).
    if (answer_.is_awaited() && reader_.state() == RequestReader::State::kComplete) {
        pipeline_.add(input);
    }
}

// Takes what can be understood now off the front of `input`: up to the end of a request, which is
// to be answered first.
void Http1::parse(base::Bytes& input) {
    while (!input.empty() && state_ != State::kOver && reader_.awaits_more()) {
        if (reader_.state() == RequestReader::State::kIdle) {
            exchange_.take(settings_.generation());
            exchange_->tally.before = keep_alive_.requests();
            host_.requests().note_begin(*exchange_);
            reader_.begin_head();
        }
        switch (reader_.read(input)) {
            case RequestReader::Step::kNeedMore:
                break;
            case RequestReader::Step::kHead:
                ask(!input.empty());
                break;
            case RequestReader::Step::kComplete:
                if (state_ == State::kSkipping) {
                    // What stands behind it is next.
                    host_.is_draining() ? end() : become_idle();
                }
                break;
            case RequestReader::Step::kError:
                // Where the next request begins is not known.
                state_ == State::kSkipping ? end() : reject(reader_.error());
                break;
        }
    }
}

void Http1::ask(bool has_more_input) {
    answer_.begin();
    // Before anything that differs from host to host: time-outs, keep-alive, how long a body may
    // take.
    settings_.enter(host_.requests().locate(*exchange_, settings_));
    keep_alive_.on_request(exchange_->request(), settings_.host());
    if (host_.is_draining() || (connection_.input().is_at_end() && !has_more_input)) {
        keep_alive_.end();
    }
    reader_.expect_body(has_more_input);
    // Last: it may answer at once, and change all that stands above.
    host_.requests().dispatch(*exchange_);
}

bool Http1::wants_bytes(bool is_paused) {
    bool wants = true;
    const bool is_body_coming = reader_.state() == RequestReader::State::kBodyComing;
    if (!pipeline_.is_empty() || (answer_.is_awaited() && !is_body_coming)) {
        // What waits comes first, be it the body that is just being read. Its own next request is
        // what changes the answer: nobody has to wake a client that waits.
        if (pipeline_.is_full_for_all()) {
            host_.on_pipelining_full();
        }
        wants = pipeline_.may_grow(is_paused);
    } else if (answer_.is_awaited()) {
        // Without a responder the answer is our own, and the body is read and dropped behind it.
        // has_room() that says no promises to be pumped when there is some.
        wants = exchange_->responder == nullptr || exchange_->responder->has_room();
    }
    if (!wants) {
        reader_.patience().stand_still(host_.loop().now());
    } else if (is_paused) {
        reader_.patience().go_on(settings_.host().timeout, host_.loop().now());
    }
    return wants;
}

// --- What goes wrong

void Http1::on_end_of_stream() {
    if (reader_.is_inside_head()) {
        // It can be told: only its sending has ended.
        reject({400, "the connection ended within a request's head"});
    } else if (!answer_.is_awaited()) {
        connection_.close();
    } else if (reader_.is_body_missing()) {
        // Apache's words, which applications find in their OSError.
        fail_body("Partial results are valid but processing is incomplete");
    } else if (pipeline_.is_empty()) {
        // Half-closed: it may still want its answer (RFC 9112 section 9.6), as it wants those to
        // the requests that wait behind.
        keep_alive_.end();
    }
}

void Http1::on_client_too_slow() {
    if (reader_.is_inside_head()) {
        reject({408, "the request's head took too long"});
    } else if (answer_.is_awaited()) {
        // Likewise Apache's. Whoever reads the body hears it, and may still answer.
        fail_body("The timeout specified has expired");
    } else {
        connection_.close();  // it has said nothing, or empty lines
    }
}

// Nothing further will come of the body. If it has not been handed to anybody, the client is told,
// else the application may have an answer.
void Http1::fail_body(const char* reason) {
    // As in Apache, 408 for one that was too slow; one that has gone will hardly see its 400.
    if (exchange_->phase == Exchange::Phase::kBodyAwaited) {
        reject({connection_.input().is_at_end() ? 400 : 408, reason});
        return;
    }
    keep_alive_.end();
    reader_.fail_body(reason);
}

void Http1::reject(const http::ParseError& error) {
    keep_alive_.end();
    host_.requests().log_client(*exchange_, base::LogLevel::kInfo, error.what);
    reader_.fail();
    if (answer_.is_awaited()) {
        // The head was good and somebody answers it; its body is not good.
        if (exchange_->responder == nullptr) {
            return;
        }
        exchange_->responder->fail_body(error.what);
        // Too late for a page: what has been said is said, and the end of the connection tells the
        // rest.
        if (answer_.has_begun()) {
            return;
        }
        // The responder may go on for a while; its answer is not wanted any more, and ours needs a
        // place.
        exchange_.replace();
    }
    answer_.begin();
    answer_.answer_with_page({.status = error.status});
}

// Others have less than it; whoever has been asked for an answer accounts for the request himself.
void Http1::on_early_room_lost() {
    const bool is_nobodys =
        reader_.is_inside_head() ||
        (answer_.is_awaited() && exchange_->phase == Exchange::Phase::kBodyAwaited);
    if (is_nobodys) {
        reject({503, "too many requests at once that do not come to their end"});
        connection_.adjust();
    }
}

// --- From one request to the next

void Http1::on_answered(const AnswerWriter& writer) {
    // Also where the head has promised to live on: the client has shut down since, or we are told
    // to stop.
    const bool lives_on = writer.keeps_alive() && !keep_alive_.has_ended() &&
                          !(connection_.input().is_at_end() && pipeline_.is_empty()) &&
                          !host_.is_draining();
    host_.requests().log_access(
        *exchange_,
        settings_.arrival(),
        writer.is_broken() ? AfterAnswer::kBroke
        : lives_on         ? AfterAnswer::kLivesOn
                           : AfterAnswer::kCloses
    );
    if (const char* const complaint = writer.complaint()) {
        host_.requests().log_client(*exchange_, base::LogLevel::kWarn, complaint);
    }
    // After the log, which still needs it, and before the next request, which may get the same one.
    answer_.stop();
    exchange_.give_back();
    reader_.on_answered();
    if (writer.is_broken()) {
        state_ = State::kOver;
        connection_.close();
    } else if (!lives_on) {
        end();
    } else if (reader_.state() == RequestReader::State::kComplete) {
        next_request();
    } else {
        // Nobody has read the body to its end, and the head has promised that the connection lives
        // on (may_skip_rest()).
        state_ = State::kSkipping;
        connection_.adjust();
    }
}

void Http1::next_request() {
    become_idle();
    if (!pipeline_.is_empty()) {
        // No recursion: what begins here is answered by a send, which completes in a later turn.
        base::Bytes input = pipeline_.bytes();
        const std::size_t before = input.size();
        parse(input);
        // After an error all of it goes: it may be anything.
        if (reader_.state() == RequestReader::State::kFailed) {
            input = {};
        }
        pipeline_.remove_prefix(before - input.size());
    }
    // What it has said by now is all that it says.
    if (connection_.input().is_at_end() && state_ != State::kOver && reader_.awaits_more()) {
        on_end_of_stream();
    }
    connection_.adjust();
}

void Http1::become_idle() {
    state_ = State::kOpen;
    reader_.expect_next();
    renew();
}

void Http1::renew() {
    // In a head, too, its settings are being used: which limits a head has does not change within
    // it. kSkipping is still the end of a request.
    if (state_ == State::kOver || reader_.state() == RequestReader::State::kIdle) {
        settings_.renew();
    }
}

// --- Time

Http1::Time Http1::due(bool is_paused) const {
    // The body's clock runs only while we would read: what stands still because of us, or because
    // nobody has said "100 Continue" yet, is not the client's fault.
    const bool waits = answer_.is_awaited()
                           ? reader_.state() == RequestReader::State::kBodyComing && !is_paused
                           : state_ != State::kOver;
    return waits ? reader_.patience().due() : Time::max();
}

bool Http1::awaits_client(bool is_paused, bool is_sending) const {
    if (!answer_.is_awaited()) {
        return state_ != State::kOver;
    }
    if (exchange_->phase == Exchange::Phase::kBodyAwaited) {
        return is_sending || due(is_paused) != Time::max();
    }
    return is_sending && (exchange_->responder == nullptr || exchange_->responder->has_said_all());
}

// --- The end

void Http1::drain() {
    if (state_ == State::kSkipping) {
        end();
    } else if (reader_.state() == RequestReader::State::kIdle && state_ == State::kOpen) {
        connection_.close();
    } else {
        // Its answer goes out. The head that has not been sent yet says that it is the last.
        keep_alive_.end();
    }
}

// Everything is said. A client that was too slow has had its time.
void Http1::end() {
    const bool was_too_slow = reader_.patience().is_over(host_.loop().now());
    state_ = State::kOver;
    reader_.patience().stop();
    // What has been pipelined is never answered: the answer's head has said so.
    pipeline_.clear();
    connection_.linger(
        was_too_slow || host_.is_draining() ? LingerClock::kPause
                                            : Connection::Duration(settings_.host().timeout)
    );
    renew();
}

void Http1::on_closing() {
    // A request that somebody has been asked about gets its line, with what was sent of an answer
    // that has not ended; whatever it has done, it has done it. One whose head was not complete
    // gets none.
    if (answer_.is_awaited()) {
        host_.requests().log_access(*exchange_, settings_.arrival(), AfterAnswer::kBroke);
    }
    answer_.stop();
    state_ = State::kOver;
}

}  // namespace server
