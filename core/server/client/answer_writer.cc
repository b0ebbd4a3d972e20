#include "core/server/client/answer_writer.h"

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
    framing_ = http::write_head(head, context, text);
    has_begun_ = true;
}

void AnswerWriter::add(Answer& answer, std::string& text, loop::Parts& parts) {
    parts.clear();
    base::Bytes body = answer.body;
    if (framing_.omits_body) {
        body = {};
    } else if (framing_.chunked) {
        if (!body.empty()) {
            http::write_chunk_start(body.size(), text);
        }
    } else {
        body = body.substr(0, static_cast<std::size_t>(http::take_unframed(framing_, body.size())));
    }
    const bool is_copied = body.size() <= kCopiedMax;
    std::size_t in_front = text.size();
    if (is_copied) {
        text.append(body);
    }
    if (framing_.chunked && !body.empty()) {
        text.append("\r\n", 2);
    }
    body_bytes_ += body.size();
    if (answer.file.is_open()) {
        answer.file_count = http::take_unframed(framing_, answer.file_count);
        body_bytes_ += answer.file_count;
    }
    if (answer.ending == Answer::Ending::kComplete) {
        is_broken_ = !http::write_end(framing_, text);
    } else {
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
