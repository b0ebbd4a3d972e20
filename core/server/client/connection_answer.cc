// The answering half of a Connection: from what a Responder has to say, or the server itself, to
// the socket, and on to the next request.
#include <algorithm>
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
        send_bytes(kContinue, Sending::kContinue);
    }
    adjust_receiving();
    if (!send_.is_in_flight()) {
        send_what_there_is();
    }
    set_timer();
}

void Connection::send_what_there_is() {
    Output& output = exchange_->output;
    exchange_->responder->take(output);
    if (!output.bytes.empty()) {
        thread_.note_head(*exchange_);
    }
    if (!output.bytes.empty() || output.has_ended()) {
        state_ = State::kAnswering;
    }
    if (output.error_status != 0) {
        answer_failure(output.error_status);
        return;
    }
    if (!output.bytes.empty()) {
        send_bytes(output.bytes, Sending::kBytes);
    } else if (output.file.is_open()) {
        send_file();
    } else if (output.has_ended()) {
        end_answer();
    }
}

void Connection::send_bytes(base::Bytes bytes, Sending what) {
    sending_ = what;
    rest_ = bytes;
    send_clock_.start(host_->timeout, now());
    thread_.loop().ring().send(socket_.get(), rest_, send_);
    set_timer();
}

void Connection::send_file() {
    Output& output = exchange_->output;
    if (output.file_count == 0) {
        output.file.reset();
        if (output.has_ended()) {
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
    thread_.loop().ring().send_file(
        socket_.get(),
        output.file.get(),
        static_cast<off_t>(output.file_offset),
        static_cast<std::size_t>(std::min(output.file_count, kPiece)),
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
    Output& output = exchange_->output;
    exchange_->bytes_sent += static_cast<std::uint64_t>(completion.result);
    if (what == Sending::kFile) {
        output.file_offset += static_cast<std::uint64_t>(completion.result);
        output.file_count -= static_cast<std::uint64_t>(completion.result);
        send_file();
        return;
    }
    rest_.remove_prefix(static_cast<std::size_t>(completion.result));
    if (!rest_.empty()) {
        send_bytes(rest_, what);
        return;
    }
    if (what != Sending::kBytes) {
        on_continue_sent(what);
    } else if (output.file.is_open()) {
        send_file();
    } else if (output.has_ended()) {
        end_answer();
    } else {
        send_what_there_is();
    }
    set_timer();
}

void Connection::on_continue_sent(Sending what) {
    if (what == Sending::kContinueThenPage) {
        send_page();
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
    exchange_->output.clear();
    state_ = State::kAsked;
    keep_only_if_body_can_be_skipped();
    thread_.answer_failure(*exchange_, status, !must_close_);
}

// Before the head of an answer that nobody's application gives: nobody reads the body.
void Connection::keep_only_if_body_can_be_skipped() {
    const bool is_body_missing = body_ == Body::kHeldBack || body_ == Body::kComing;
    must_close_ = must_close_ ||
                  (is_body_missing && !may_skip_rest(exchange_->request(), body_ == Body::kComing));
}

void Connection::answer_with_file(const site::Outcome& outcome) {
    keep_only_if_body_can_be_skipped();
    if (auto page = thread_.write_file(*exchange_, outcome, !must_close_)) {
        answer_with_page(std::move(*page));
    } else {
        send_own_answer();
    }
}

void Connection::send_page() {
    exchange_->output.clear();
    keep_only_if_body_can_be_skipped();
    // Nobody knows what a bad request means, and so what follows it (T-17).
    must_close_ = must_close_ || exchange_->page.status == 400;
    thread_.write_page(*exchange_, !must_close_);
    send_own_answer();
}

void Connection::send_own_answer() {
    exchange_->enter(Exchange::Phase::kOwnAnswer, nullptr);
    state_ = State::kAnswering;
    thread_.note_head(*exchange_);
    send_bytes(exchange_->output.bytes, Sending::kBytes);
}

void Connection::end_answer() {
    const Output& output = exchange_->output;
    const bool is_broken = output.is_broken;
    const bool closes = must_close_ || (is_stream_at_end_ && waiting_.is_empty()) ||
                        !output.keep_alive || thread_.is_draining();
    thread_.log_access(
        *exchange_,
        *this,
        is_broken ? AfterAnswer::kBroke
        : closes  ? AfterAnswer::kCloses
                  : AfterAnswer::kLivesOn
    );
    if (output.complaint != nullptr) {
        thread_.log_client(*exchange_, base::LogLevel::kWarn, output.complaint);
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
