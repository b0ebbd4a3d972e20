#include "core/server/client/http1/answer_writer.h"

#include <algorithm>

namespace server {
namespace {

// Shorter bodies are copied behind the head: one piece costs the kernel less than two.
constexpr std::size_t kCopiedMax = 2048;

}  // namespace

void AnswerWriter::clear() { *this = {}; }

void AnswerWriter::begin(
    const http::Response& head, const http::HeadContext& context, std::string& text
) {
    // Length, chunks or the end of the connection: decided once, for the whole answer (RFC 9112
    // section 6.3).
    framing_ = http::write_head(head, context, text);
    has_begun_ = true;
}

void AnswerWriter::add(Answer& answer, std::string& text, loop::Parts& parts) {
    parts.clear();
    base::Bytes body = answer.loan.is_open() ? answer.loan.bytes() : base::Bytes(answer.body);
    // HEAD, 204, 304: an application may give a body all the same, and the client would take it for
    // the next answer.
    if (framing_.omits_body) {
        body = {};
    } else if (framing_.chunked) {
        if (!body.empty()) {
            http::write_chunk_start(body.size(), text);
        }
    } else {
        // Not more than Content-Length has promised, for the same reason.
        body = body.substr(0, static_cast<std::size_t>(http::take_unframed(framing_, body.size())));
    }
    // `text` may move while it grows: views of it are taken at the end, and in_front is an index.
    const bool is_copied = body.size() <= kCopiedMax;
    std::size_t in_front = text.size();
    if (is_copied) {
        text.append(body);
    }
    if (framing_.chunked && !body.empty()) {
        // The end of the chunk (RFC 9112 section 7.1).
        text.append("\r\n", 2);
    }
    body_bytes_ += body.size();
    if (answer.file.is_open()) {
        // A file comes with a length, never in chunks.
        answer.file_count = http::take_unframed(framing_, answer.file_count);
        body_bytes_ += answer.file_count;
    }
    if (answer.ending == Answer::Ending::kComplete) {
        // Shorter than promised: a client on a connection that lives on would wait for the rest.
        is_broken_ = !http::write_end(framing_, text);
    } else {
        // No last chunk: that is how the client sees that it is not complete.
        is_broken_ = answer.ending == Answer::Ending::kBroken;
    }
    if (is_copied) {
        parts.add(text);
        return;
    }
    const base::Bytes all = text;
    parts.add(all.substr(0, in_front));
    parts.add(body);
    parts.add(all.substr(in_front));
}

const char* AnswerWriter::complaint() const {
    if (framing_.was_cut) {
        return "the application sent more than its Content-Length; the rest was dropped";
    }
    if (is_broken_ && framing_.remaining.value_or(0) > 0) {
        return "the application sent less than its Content-Length; the connection is broken off";
    }
    return nullptr;
}

}  // namespace server
