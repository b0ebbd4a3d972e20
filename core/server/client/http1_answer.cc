// The answering half of Http1: from what a Responder has to say, or the server itself, to the
// connection, and on to the next request.
#include <utility>

#include "core/server/client/connection.h"
#include "core/server/client/http1.h"

namespace server {

void Http1::pump() {
    // News that comes late: the connection closes, or the server answers by itself.
    if (!has_request() || exchange_->responder == nullptr) {
        return;
    }
    if (exchange_->responder->take_continue_wish() && is_body_missing()) {
        // From now on its clock runs, because somebody waits for it; also where the answer has
        // begun, and the client knows by that (RFC 9110 section 10.1.1) that it need not wait.
        if (body_ == Body::kHeldBack) {
            expect_body();
        }
        // Never inside the answer (section 15.2).
        if (state_ == State::kAsked && !connection_.output().is_busy()) {
            sender_.send_continue(virtual_host_->timeout);
        }
    }
    // The news may be of room for the body, too. And one thing is sent at a time: on_sent() comes
    // back for what has been said meanwhile.
    connection_.adjust();
    if (!connection_.output().is_busy()) {
        send_what_there_is();
    }
    connection_.set_timer();
}

void Http1::send_what_there_is() {
    exchange_->responder->take(exchange_->answer);
    send_answer();
}

void Http1::send_answer() {
    const Answer& answer = exchange_->answer;
    if (answer.ending == Answer::Ending::kFailed) {
        answer_failure(answer.failure);
        return;
    }
    // Nothing has been said, or nothing new.
    if (answer.head == nullptr || !(answer.has_pieces() || answer.has_ended())) {
        return;
    }
    if (state_ == State::kAsked) {
        // Before the head is written, for it says whether the connection lives on.
        close_unless_body_can_be_skipped();
    }
    const auto step = sender_.send(*exchange_, !must_close_, virtual_host_->timeout);
    // Nothing of it has been sent.
    if (step == AnswerSender::Step::kNoMemory) {
        fail_for_memory();
        return;
    }
    // Not before: where nothing could be sent, the client can still be told.
    state_ = State::kAnswering;
    if (step == AnswerSender::Step::kEnded) {
        end_answer();
    }
}

void Http1::on_sent(std::size_t bytes) {
    switch (sender_.on_sent(*exchange_, bytes)) {
        case AnswerSender::Step::kNothing:
            // What was said while it was on its way; then this is called again for that.
            if (exchange_->responder != nullptr) {
                send_what_there_is();
            } else if (state_ == State::kAsked) {
                send_page();  // it could not be sent while "100 Continue" was on its way
            }
            break;
        case AnswerSender::Step::kEnded:
            end_answer();
            break;
        case AnswerSender::Step::kCutOff:
        case AnswerSender::Step::kNoMemory:
            // The head has promised more: only a broken connection says that it is not complete.
            connection_.close();
            break;
        case AnswerSender::Step::kSending:
            break;
    }
}

// What can still be told the client is.
void Http1::fail_for_memory() {
    service_.log_client(*exchange_, base::LogLevel::kError, "there is no memory for an answer");
    // Something is out already, or not even a page of ours has found room.
    if (state_ == State::kAnswering || exchange_->responder == nullptr) {
        connection_.close();
        return;
    }
    must_close_ = true;
    // The responder goes on with the old one until it notices; the page needs one of its own.
    replace_exchange();
    answer_with_page({.status = 500});
}

// A connection that closes has its exchange until nothing is in flight; whoever finds something out
// about it meanwhile is not heard.
void Http1::answer_with_page(Page page) {
    if (!has_request()) {
        return;
    }
    // From here on nobody else is heard about it: pump() finds no responder.
    exchange_->enter(Exchange::Phase::kOwnAnswer, nullptr);
    exchange_->page = std::move(page);
    if (!connection_.output().is_busy()) {
        send_page();
    }
}

void Http1::send_page() {
    exchange_->answer.clear();
    // Nobody knows what follows it, or when.
    must_close_ = must_close_ || exchange_->page.status == 400 || exchange_->page.status == 408;
    service_.give_page(*exchange_);
    send_answer();
}

void Http1::answer_with_file(const site::Outcome& outcome) {
    if (!has_request()) {
        return;
    }
    if (auto page = service_.give_file(*exchange_, outcome)) {
        answer_with_page(std::move(*page));
    } else {
        exchange_->enter(Exchange::Phase::kOwnAnswer, nullptr);
        send_answer();
    }
}

void Http1::answer_failure(int status) {
    if (!has_request()) {
        return;
    }
    // It is looked up from the start, as a request for the ErrorDocument; its responder has ended.
    exchange_->enter(Exchange::Phase::kReading, nullptr);
    exchange_->answer.clear();
    // It has never been anything else: nothing has been said.
    state_ = State::kAsked;
    close_unless_body_can_be_skipped();
    service_.answer_failure(*exchange_, status);
}

// Before the head of an answer: nobody may read what is still to come of the body.
void Http1::close_unless_body_can_be_skipped() {
    must_close_ = must_close_ || (is_body_missing() &&
                                  !may_skip_rest(exchange_->request(), body_ == Body::kComing));
}

void Http1::end_answer() {
    const bool is_broken = sender_.writer().is_broken();
    // Also where the head has promised to live on: the client has shut down since, or we are told
    // to stop.
    const bool closes = must_close_ || (connection_.input().is_at_end() && waiting_.is_empty()) ||
                        !sender_.writer().keeps_alive() || host_.is_draining();
    service_.log_access(
        *exchange_,
        connection_,
        is_broken ? AfterAnswer::kBroke
        : closes  ? AfterAnswer::kCloses
                  : AfterAnswer::kLivesOn
    );
    if (const char* const complaint = sender_.writer().complaint()) {
        service_.log_client(*exchange_, base::LogLevel::kWarn, complaint);
    }
    // After the log, which still needs it, and before the next request, which may get the same one.
    service_.release_exchange(*std::exchange(exchange_, nullptr));
    // Whatever follows sets it anew; meanwhile nobody is to find an exchange.
    state_ = State::kOver;
    if (is_broken) {
        connection_.close();
    } else if (closes) {
        end();
    } else if (body_ == Body::kComplete) {
        next_request();
    } else {
        // Nobody has read the body to its end, and the head has promised that the connection lives
        // on (may_skip_rest()).
        state_ = State::kSkipping;
        connection_.adjust();
    }
}

void Http1::next_request() {
    // No recursion: what parse_waiting() begins is answered by a send, which completes in a later
    // turn.
    become_idle();
    waiting_.shrink(0);
    parse_waiting();
    // What it has said by now is all that it says.
    if (connection_.input().is_at_end() && awaits_more()) {
        on_end_of_stream();
    }
    connection_.adjust();
}

void Http1::become_idle() {
    state_ = State::kIdle;
    // Of the last request's host: nobody knows yet which one is next.
    patience_.expect_first(virtual_host_->keep_alive_timeout, now());
    renew();
}

// Everything is said. A client that was too slow has had its time.
void Http1::end() {
    const bool was_too_slow = patience_.is_over(now());
    state_ = State::kOver;
    patience_.stop();
    // What has been pipelined is never answered: the answer's head has said so.
    waiting_.clear();
    waiting_.shrink(0);
    waiting_share_.give_back();
    connection_.linger(
        was_too_slow || host_.is_draining() ? LingerClock::kPause
                                            : Connection::Duration(virtual_host_->timeout)
    );
    renew();
}

}  // namespace server
