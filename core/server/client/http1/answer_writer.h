// An answer becomes HTTP/1.x: head, framing, and which bytes of the body go out. Decided here and
// nowhere else, on the loop thread, at the moment at which the bytes are sent. A body is not
// copied: what stands around it is a text of its own, and all of it goes out as parts of one send.
// A value of one answer; loop thread.
#pragma once

#include <cstdint>
#include <string>

#include "core/loop/parts.h"
#include "core/server/answer/answer.h"
#include "http/response_writer.h"

namespace server {

class AnswerWriter {
public:
    // For a new answer.
    void clear();
    // The head of the answer, into `text`, which is empty.
    void begin(const http::Response& head, const http::HeadContext& context, std::string& text);
    // What else `answer` has, into `parts`: bytes of `text`, behind what stands in it, and of the
    // answer's body. How much of a file may go out is left in the answer.
    void add(Answer& answer, std::string& text, loop::Parts& parts);

    [[nodiscard]] bool has_begun() const { return has_begun_; }
    // The head has said that the connection lives on.
    [[nodiscard]] bool keeps_alive() const { return framing_.keep_alive; }
    // It has ended, and not as its head has promised: only the end of the connection tells.
    [[nodiscard]] bool is_broken() const { return is_broken_; }
    // For the error log, once it has ended: what Content-Length has to say; or null.
    [[nodiscard]] const char* complaint() const;
    // Without framing, so far.
    [[nodiscard]] std::uint64_t body_bytes() const { return body_bytes_; }

private:
    http::Framing framing_;
    std::uint64_t body_bytes_ = 0;
    bool has_begun_ = false;
    bool is_broken_ = false;
};

}  // namespace server
