#include "core/server/client/http1/http1_answer.h"

#include <utility>

#include "core/server/answer/responder.h"
#include "core/server/client/connection.h"

namespace server {

Http1Answer::Http1Answer(Host& host, const Parts& parts)
    : host_(host),
      connection_(parts.connection),
      requests_(parts.requests),
      settings_(parts.settings),
      exchange_(parts.exchange),
      reader_(parts.reader),
      keep_alive_(parts.keep_alive),
      sender_(connection_.output(), requests_) {}

void Http1Answer::begin() {
    state_ = State::kAsked;
    sender_.clear();
}

// --- What an application says

void Http1Answer::pump() {
    // News that comes late: the connection closes, or the server answers by itself.
    if (!is_awaited() || exchange_->responder == nullptr) {
        return;
    }
    if (exchange_->responder->take_continue_wish() && reader_.is_body_missing()) {
        // From now on its clock runs, because somebody waits for it; also where the answer has
        // begun, and the client knows by that (RFC 9110 section 10.1.1) that it need not wait.
        if (is_body_held_back()) {
            reader_.ask_for_body();
        }
        // Never inside the answer (section 15.2).
        if (!has_begun() && !connection_.output().is_busy()) {
            sender_.send_continue(settings_.host().timeout);
        }
    }
    // The news may be of room for the body, too. And one thing is sent at a time: on_sent() comes
    // back for what has been said meanwhile.
    connection_.adjust();
    if (!connection_.output().is_busy()) {
        send_what_there_is();
    } else if (exchange_->responder->has_said_all()) {
        exchange_->shares.load.end_request();  // who is waited for now is the client
    }
}

void Http1Answer::send_what_there_is() {
    exchange_->responder->take(exchange_->reply.answer);
    if (exchange_->reply.answer.has_ended()) {
        exchange_->shares.load.end_request();
    }
    send_answer();
}

void Http1Answer::send_answer() {
    const Answer& answer = exchange_->reply.answer;
    if (answer.ending == Answer::Ending::kFailed) {
        answer_failure(answer.failure);
        return;
    }
    // Nothing has been said, or nothing new.
    if (answer.head == nullptr || !(answer.has_pieces() || answer.has_ended())) {
        return;
    }
    if (!has_begun()) {
        // Before the head is written, for it says whether the connection lives on.
        close_unless_body_can_be_skipped();
    }
    const auto step = sender_.send(*exchange_, !keep_alive_.has_ended(), settings_.host().timeout);
    // Nothing of it has been sent.
    if (step == AnswerSender::Step::kNoMemory) {
        fail_for_memory();
        return;
    }
    // Not before: where nothing could be sent, the client can still be told.
    state_ = State::kAnswering;
    if (step == AnswerSender::Step::kEnded) {
        host_.on_answered(sender_.writer());
    }
}

void Http1Answer::begin_status_line() {
    if (state_ == State::kAsked && exchange_->responder != nullptr &&
        !connection_.output().is_busy()) {
        sender_.send_version(settings_.host().timeout);
    }
}

void Http1Answer::on_sent(std::size_t bytes) {
    switch (sender_.on_sent(*exchange_, bytes)) {
        case AnswerSender::Step::kNothing:
            // What was said while it was on its way; then this is called again for that.
            if (exchange_->responder != nullptr) {
                send_what_there_is();
            } else if (!has_begun()) {
                // It could not be sent while something before it was on its way.
                exchange_->reply.answer.head == nullptr ? send_page() : send_answer();
            }
            break;
        case AnswerSender::Step::kEnded:
            host_.on_answered(sender_.writer());
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

// Before the head of an answer: nobody may read what is still to come of the body.
void Http1Answer::close_unless_body_can_be_skipped() {
    if (reader_.is_body_missing() && !may_skip_rest(exchange_->request(), is_body_coming())) {
        keep_alive_.end();
    }
}

// --- What the server says itself

// A connection that closes has its exchange until nothing is in flight; whoever finds something out
// about it meanwhile is not heard.
void Http1Answer::answer_with_page(Page page) {
    if (!is_awaited()) {
        return;
    }
    // From here on nobody else is heard about it: pump() finds no responder.
    exchange_->enter(Exchange::Phase::kOwnAnswer, nullptr);
    exchange_->reply.page = std::move(page);
    if (!connection_.output().is_busy()) {
        send_page();
    }
}

void Http1Answer::send_page() {
    exchange_->reply.answer.clear();
    if (exchange_->reply.page.status == 400 || exchange_->reply.page.status == 408) {
        keep_alive_.end();  // nobody knows what follows it, or when
    }
    requests_.give_page(*exchange_);
    send_answer();
}

void Http1Answer::answer_with_file(const site::Outcome& outcome) {
    if (!is_awaited()) {
        return;
    }
    if (auto page = requests_.give_file(*exchange_, outcome)) {
        answer_with_page(std::move(*page));
    } else {
        exchange_->enter(Exchange::Phase::kOwnAnswer, nullptr);
        if (!connection_.output().is_busy()) {
            send_answer();
        }
    }
}

void Http1Answer::answer_failure(int status) {
    if (!is_awaited()) {
        return;
    }
    // It is looked up from the start, as a request for the ErrorDocument; its responder has ended.
    exchange_->enter(Exchange::Phase::kReading, nullptr);
    exchange_->reply.answer.clear();
    // It has never been anything else: nothing has been said.
    state_ = State::kAsked;
    close_unless_body_can_be_skipped();
    requests_.answer_failure(*exchange_, status);
}

// What can still be told the client is.
void Http1Answer::fail_for_memory() {
    requests_.log_client(*exchange_, base::LogLevel::kError, "there is no memory for an answer");
    // Something is out already, or not even a page of ours has found room.
    if (has_begun() || exchange_->responder == nullptr) {
        connection_.close();
        return;
    }
    keep_alive_.end();
    // The responder goes on with the old one until it notices; the page needs one of its own.
    answer_instead({.status = 500});
}

void Http1Answer::answer_instead(Page page) {
    if (!is_awaited()) {
        return;
    }
    if (has_begun()) {
        // The head has promised more. While the client has not taken what there is, it is the one
        // who is waited for.
        if (!connection_.output().is_busy()) {
            connection_.close();
        }
        return;
    }
    if (reader_.is_body_missing()) {
        keep_alive_.end();  // what of it has come went to whoever is at work
    }
    exchange_.replace();
    begin();
    answer_with_page(std::move(page));
}

// --- What others ask about the client

bool Http1Answer::is_body_coming() const {
    return reader_.state() == RequestReader::State::kBodyComing;
}

bool Http1Answer::is_body_held_back() const {
    return reader_.state() == RequestReader::State::kBodyHeldBack;
}

const std::string& Http1Answer::remote_addr() const {
    return settings_.arrival().ends.remote_address;
}

std::uint16_t Http1Answer::remote_port() const { return settings_.arrival().ends.remote_port; }

}  // namespace server
