// The answering half of a Connection: from what a Responder has to say, or the server itself, to
// the socket, and on to the next request.
#include <algorithm>
#include <new>
#include <utility>

#include "core/server/client/connection.h"

namespace server {
namespace {

constexpr base::Bytes kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace

void Connection::pump() {
    if (!has_request() || exchange_->responder == nullptr) {
        return;
    }
    // Never inside the answer (RFC 9110 section 15.2).
    if (exchange_->responder->take_continue_wish() && !send_.is_in_flight() &&
        state_ == State::kAsked && (body_ == Body::kHeldBack || body_ == Body::kComing)) {
        if (body_ == Body::kHeldBack) {
            expect_body();
        }
        to_send_.clear();
        to_send_.add(kContinue);
        send_parts(Sending::kContinue);
    }
    adjust_receiving();
    if (!send_.is_in_flight()) {
        send_what_there_is();
    }
    set_timer();
}

void Connection::send_what_there_is() {
    exchange_->responder->take(exchange_->answer);
    send_answer();
}

void Connection::send_answer() {
    const Answer& answer = exchange_->answer;
    if (answer.ending == Answer::Ending::kFailed) {
        answer_failure(answer.failure);
        return;
    }
    if (answer.head == nullptr || !(answer.has_pieces() || answer.has_ended())) {
        return;
    }
    if (!write_answer()) {
        fail_for_memory();
        return;
    }
    state_ = State::kAnswering;
    if (!to_send_.is_empty()) {
        send_parts(Sending::kBytes);
    } else if (answer.file.is_open()) {
        send_file();
    } else if (answer.has_ended()) {
        end_answer();
    }
}

// False: there is no memory for the text.
bool Connection::write_answer() {
    Exchange& exchange = *exchange_;
    exchange.text.clear();
    try {
        if (!writer_.has_begun()) {
            close_unless_body_can_be_skipped();
            http::HeadContext context = thread_.head_context(exchange);
            context.may_keep_alive = !must_close_;
            writer_.begin(*exchange.answer.head, context, exchange.text);
            thread_.note_head(exchange, exchange.text);
            exchange.status = exchange.answer.head->status;
        }
        writer_.add(exchange.answer, exchange.text, to_send_);
    } catch (const std::bad_alloc&) {
        return false;
    }
    exchange.body_bytes = writer_.body_bytes();
    return true;
}

// A head may be as large as an application makes it. What can still be told the client is.
void Connection::fail_for_memory() {
    thread_.log_client(*exchange_, base::LogLevel::kError, "there is no memory for an answer");
    if (state_ == State::kAnswering || exchange_->responder == nullptr) {
        close();
        return;
    }
    close_after_answer();
    replace_exchange();
    answer_with_page({.status = 500});
}

void Connection::send_parts(Sending what) {
    sending_ = what;
    send_clock_.start(host_->timeout, now());
    transport_->send(to_send_, send_);
    set_timer();
}

void Connection::send_file() {
    Answer& answer = exchange_->answer;
    if (answer.file_count == 0) {
        answer.file.reset();
        if (answer.has_ended()) {
            end_answer();
        } else {
            send_what_there_is();
        }
        return;
    }
    sending_ = Sending::kFile;
    send_clock_.start(host_->timeout, now());
    set_timer();
    constexpr std::uint64_t kPiece = 1 << 20;
    transport_->send_file(
        answer.file.get(),
        answer.file_offset,
        static_cast<std::size_t>(std::min(answer.file_count, kPiece)),
        send_
    );
}

void Connection::on_sent(loop::Completion completion) {
    if (state_ == State::kClosing) {
        finish_closing();
        return;
    }
    const Sending what = std::exchange(sending_, Sending::kNothing);
    if (completion.result < 0 || (what == Sending::kFile && completion.result == 0)) {
        // The client has gone; or the file is shorter than it was, and the answer cannot be
        // completed.
        close();
        return;
    }
    const auto count = static_cast<std::uint64_t>(completion.result);
    exchange_->bytes_sent += count;
    if (what == Sending::kFile) {
        exchange_->answer.file_offset += count;
        exchange_->answer.file_count -= count;
        send_file();
        return;
    }
    to_send_.remove_prefix(static_cast<std::size_t>(count));
    if (to_send_.is_empty()) {
        go_on_after(what);
        set_timer();
    } else {
        send_parts(what);
    }
}

void Connection::go_on_after(Sending what) {
    const Answer& answer = exchange_->answer;
    if (what == Sending::kContinueThenPage) {
        send_page();
    } else if (what == Sending::kBytes && answer.file.is_open()) {
        send_file();
    } else if (what == Sending::kBytes && answer.has_ended()) {
        end_answer();
    } else if (exchange_->responder != nullptr) {
        send_what_there_is();
    }
}

void Connection::answer_with_page(Page page) {
    exchange_->page = std::move(page);
    if (send_.is_in_flight()) {
        sending_ = Sending::kContinueThenPage;
    } else {
        send_page();
    }
}

void Connection::answer_failure(int status) {
    exchange_->enter(Exchange::Phase::kReading, nullptr);
    exchange_->answer.clear();
    state_ = State::kAsked;
    close_unless_body_can_be_skipped();
    thread_.answer_failure(*exchange_, status);
}

// Before the head of an answer: nobody may read what is still to come of the body.
void Connection::close_unless_body_can_be_skipped() {
    const bool is_body_missing = body_ == Body::kHeldBack || body_ == Body::kComing;
    must_close_ = must_close_ ||
                  (is_body_missing && !may_skip_rest(exchange_->request(), body_ == Body::kComing));
}

void Connection::answer_with_file(const site::Outcome& outcome) {
    if (auto page = thread_.give_file(*exchange_, outcome)) {
        answer_with_page(std::move(*page));
    } else {
        exchange_->enter(Exchange::Phase::kOwnAnswer, nullptr);
        send_answer();
    }
}

void Connection::send_page() {
    exchange_->enter(Exchange::Phase::kOwnAnswer, nullptr);
    exchange_->answer.clear();
    // Nobody knows what a bad request means, and so what follows it (request smuggling, CWE-444).
    must_close_ = must_close_ || exchange_->page.status == 400;
    thread_.give_page(*exchange_);
    send_answer();
}

void Connection::end_answer() {
    const bool is_broken = writer_.is_broken();
    const bool closes = must_close_ || (is_stream_at_end_ && waiting_.is_empty()) ||
                        !writer_.keeps_alive() || thread_.is_draining();
    thread_.log_access(
        *exchange_,
        *this,
        is_broken ? AfterAnswer::kBroke
        : closes  ? AfterAnswer::kCloses
                  : AfterAnswer::kLivesOn
    );
    if (const char* const complaint = writer_.complaint()) {
        thread_.log_client(*exchange_, base::LogLevel::kWarn, complaint);
    }
    thread_.release_exchange(*std::exchange(exchange_, nullptr));
    if (is_broken) {
        close();
    } else if (closes) {
        linger();
    } else if (body_ == Body::kComplete) {
        next_request();
    } else {
        // Nobody has read the body to its end, and the head has promised that the connection lives
        // on (may_skip_rest()).
        state_ = State::kSkipping;
        adjust_receiving();
    }
}

void Connection::become_idle() {
    state_ = State::kIdle;
    read_clock_.stop();
    quiet_until_ = now() + host_->keep_alive_timeout;
}

void Connection::next_request() {
    become_idle();
    waiting_.shrink(0);
    parse_waiting();
    if (is_stream_at_end_ && (state_ == State::kIdle || state_ == State::kHead)) {
        on_end_of_stream();
    }
    adjust_receiving();
    set_timer();
}

}  // namespace server
