// What a client gets of an answer that has been said as a whole.
#pragma once

#include <string>

#include "core/server/client/http1/answer_writer.h"

namespace test {

struct Written {
    std::string bytes;  // but for those of a file
    server::AnswerWriter writer;
};

inline std::string bytes_of(loop::Parts& parts) {
    std::string bytes;
    while (!parts.is_empty()) {
        bytes += parts.front();
        parts.remove_prefix(parts.front().size());
    }
    return bytes;
}

inline Written written(server::Answer& answer, const http::HeadContext& context = {}) {
    Written written;
    std::string text;
    loop::Parts parts;
    written.writer.begin(*answer.head, context, text);
    written.writer.add(answer, text, parts);
    written.bytes = bytes_of(parts);
    return written;
}

}  // namespace test
