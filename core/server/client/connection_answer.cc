// The answering half of a Connection: from what a Responder has to say, or the server itself, to
// the socket, and on to the next request.
#include <algorithm>
#include <utility>

#include "core/server/client/connection.h"
#include "core/server/dispatch/loop_thread.h"

namespace server {
namespace {

// A body that nobody read is read and dropped up to this, so that the connection can live on
// (T-19).
constexpr std::size_t kDrainMax = 256 * 1024;

constexpr base::Bytes kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace

void Connection::pump() {
    if (state_ != State::kAnswering || exchange_->responder == nullptr) {
        return;
    }
    // Never inside the answer (RFC 9110 section 15.2).
    if (exchange_->responder->take_continue_wish() && !send_.is_in_flight() &&
        !is_request_complete_ && !has_answer_begun_) {
        is_sending_continue_ = true;
        sending_ = kContinue;
        thread_.loop().ring().send(socket_.get(), sending_, send_);
    }
    if (is_paused_ && !is_request_complete_ && exchange_->responder->has_room()) {
        watch(host_->timeout);
        receive();
        process_waiting();
    }
    if (!send_.is_in_flight()) {
        send_what_there_is();
    }
}

void Connection::send_what_there_is() {
    Output& output = exchange_->output;
    exchange_->responder->take(output);
    if (!output.bytes.empty()) {
        thread_.note_head(*exchange_);
    }
    has_answer_begun_ = has_answer_begun_ || !output.bytes.empty() || output.has_ended();
    if (output.error_status != 0) {
        answer_failure(output.error_status);
        return;
    }
    if (!output.bytes.empty()) {
        sending_ = output.bytes;
        watch(host_->timeout);
        thread_.loop().ring().send(socket_.get(), sending_, send_);
    } else if (output.file.is_open()) {
        send_file();
    } else if (output.has_ended()) {
        end_answer();
    }
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
    is_sending_file_ = true;
    watch(host_->timeout);
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
    if (completion.result < 0 || (is_sending_file_ && completion.result == 0)) {
        // The client has gone; or the file is shorter than it was, and the answer cannot be
        // completed.
        close();
        return;
    }
    Output& output = exchange_->output;
    exchange_->bytes_sent += static_cast<std::uint64_t>(completion.result);
    if (is_sending_file_) {
        is_sending_file_ = false;
        output.file_offset += static_cast<std::uint64_t>(completion.result);
        output.file_count -= static_cast<std::uint64_t>(completion.result);
        send_file();
        return;
    }
    sending_.remove_prefix(static_cast<std::size_t>(completion.result));
    if (!sending_.empty()) {
        watch(host_->timeout);
        thread_.loop().ring().send(socket_.get(), sending_, send_);
        return;
    }
    if (is_sending_continue_) {
        is_sending_continue_ = false;
        if (std::exchange(is_page_waiting_, false)) {
            send_page();
        } else if (exchange_->responder != nullptr) {
            send_what_there_is();
        }
    } else if (output.file.is_open()) {
        send_file();
    } else if (output.has_ended()) {
        end_answer();
    } else {
        if (is_request_complete_) {
            unwatch();  // the application takes its time
        }
        send_what_there_is();
    }
}

void Connection::answer_with_page(Page page) {
    exchange_->page = std::move(page);
    if (send_.is_in_flight()) {
        is_page_waiting_ = true;  // behind "100 Continue"
    } else {
        send_page();
    }
}

void Connection::answer_failure(int status) {
    exchange_->responder = nullptr;
    exchange_->output.clear();
    has_answer_begun_ = false;
    must_close_ = must_close_ || !is_request_complete_;
    thread_.answer_failure(*exchange_, status, !must_close_);
}

void Connection::answer_with_file(const site::Outcome& outcome) {
    must_close_ = must_close_ || !is_request_complete_;
    if (auto page = thread_.write_file(*exchange_, outcome, !must_close_)) {
        answer_with_page(std::move(*page));
    } else {
        send_own_answer();
    }
}

void Connection::send_page() {
    exchange_->responder = nullptr;
    exchange_->output.clear();
    // An error page is the end where the request cannot be read to its end, or nobody knows what it
    // means (T-17).
    must_close_ = must_close_ || !is_request_complete_ || exchange_->page.status == 400;
    thread_.write_page(*exchange_, !must_close_);
    send_own_answer();
}

void Connection::send_own_answer() {
    has_answer_begun_ = true;
    thread_.note_head(*exchange_);
    sending_ = exchange_->output.bytes;
    watch(host_->timeout);
    thread_.loop().ring().send(socket_.get(), sending_, send_);
}

void Connection::end_answer() {
    const Output& output = exchange_->output;
    const bool is_broken = output.is_broken;
    bool skips_body = false;
    if (!is_request_complete_ && !must_close_) {
        // Nobody has read the body to its end. A short one is skipped; for a long one a new
        // connection is cheaper.
        skips_body = exchange_->request().content_length.value_or(kDrainMax + 1) <= kDrainMax;
        must_close_ = !skips_body;
    }
    const bool closes =
        must_close_ || is_stream_at_end_ || !output.keep_alive || thread_.is_draining();
    thread_.log_access(
        *exchange_,
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
        return;
    }
    is_skipping_body_ = is_skipping_body_ || skips_body;
    if (closes) {
        linger();
    } else {
        next_request();
    }
}

void Connection::next_request() {
    state_ = State::kReading;
    waiting_.shrink(0);
    watch(host_->keep_alive_timeout);
    receive();
    process_waiting();
}

}  // namespace server
