#include "core/server/client/http1/answer_sender.h"

#include <algorithm>
#include <new>
#include <string_view>
#include <utility>

namespace server {
namespace {

// Of every head of ours, whatever the client speaks (RFC 9110 section 6.2).
constexpr std::string_view kVersion = "HTTP/1.1 ";

}  // namespace

void AnswerSender::send_continue(Duration patience) {
    patience_ = patience;
    parts_.clear();
    // No part of the answer: the log does not count it as one, and the head comes later.
    parts_.add("HTTP/1.1 100 Continue\r\n\r\n");
    skip_version();
    is_file_ = false;
    output_.send(parts_, patience_);
}

void AnswerSender::send_version(Duration patience) {
    if (!std::exchange(is_version_out_, true)) {
        patience_ = patience;
        parts_.clear();
        parts_.add(kVersion);
        is_file_ = false;
        output_.send(parts_, patience_);
    }
}

void AnswerSender::skip_version() {
    if (std::exchange(is_version_out_, false)) {
        parts_.remove_prefix(kVersion.size());
    }
}

AnswerSender::Step AnswerSender::send(Exchange& exchange, bool may_keep_alive, Duration patience) {
    patience_ = patience;
    return write(exchange, may_keep_alive) ? go_on(exchange) : Step::kNoMemory;
}

// False: there is no memory for the text. A head is as large as an application makes it.
bool AnswerSender::write(Exchange& exchange, bool may_keep_alive) {
    // The last of it has been sent: the parts that looked at it are empty.
    Reply& reply = exchange.reply;
    reply.text.clear();
    try {
        // With the first piece, as late as can be: by then it is known what has become of the body
        // and of the connection.
        if (!writer_.has_begun()) {
            http::HeadContext context = host_.head_context(exchange);
            context.may_keep_alive = may_keep_alive;
            writer_.begin(*reply.answer.head, context, reply.text);
            host_.note_head(exchange, reply.text);
            // From the answer, not from what was asked for: an ErrorDocument's script may say what
            // it likes.
            exchange.tally.status = reply.answer.head->status;
        }
        writer_.add(reply.answer, reply.text, parts_);
        skip_version();
    } catch (const std::bad_alloc&) {
        return false;
    }
    exchange.tally.body_bytes = writer_.body_bytes();
    return true;
}

AnswerSender::Step AnswerSender::go_on(Exchange& exchange) {
    Answer& answer = exchange.reply.answer;
    // Bytes before a file. Both never share a send: sendfile(2) takes no bytes.
    is_file_ = parts_.is_empty() && answer.file.is_open();
    if (!is_file_) {
        if (!parts_.is_empty()) {
            output_.send(parts_, patience_);
            return Step::kSending;
        }
    } else if (answer.file_count > 0) {
        // What a turn sends of files is bounded by the ring.
        constexpr std::uint64_t kPiece = 1 << 20;
        output_.send_file(
            {.file = answer.file.get(),
             .offset = answer.file_offset,
             .count = static_cast<std::size_t>(std::min(answer.file_count, kPiece)),
             .is_slow = answer.is_file_slow,
             .host = exchange.known.host},
            patience_
        );
        return Step::kSending;
    } else {
        // At once: descriptors are few, and the connection may live on for long.
        answer.drop_file();
    }
    return answer.has_ended() ? Step::kEnded : Step::kNothing;
}

AnswerSender::Step AnswerSender::on_sent(Exchange& exchange, std::size_t bytes) {
    exchange.tally.bytes_sent += bytes;
    // A send may be short: go_on() sends the rest.
    if (!is_file_) {
        parts_.remove_prefix(bytes);
        // The end of the file before that of its part: somebody has made it shorter since it was
        // looked at.
    } else if (bytes == 0) {
        return Step::kCutOff;
    } else {
        exchange.reply.answer.file_offset += bytes;
        exchange.reply.answer.file_count -= bytes;
    }
    return go_on(exchange);
}

}  // namespace server
