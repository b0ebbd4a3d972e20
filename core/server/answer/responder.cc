#include "core/server/answer/responder.h"

#include <utility>

namespace server {
void Answer::clear() {
    wire.clear();
    framing = {};
    file.reset();
    file_offset = file_count = 0;
    error_status = status = 0;
    body_bytes = 0;
    has_head = is_complete = is_broken = false;
}

void Answer::begin(const http::Response& response, const http::HeadContext& context) {
    has_head = true;
    status = response.status;
    framing = http::write_head(response, context, wire);
}

void Answer::add_body(base::Bytes bytes) {
    if (!framing.omits_body) {
        body_bytes += bytes.size();
    }
    http::write_body(framing, bytes, wire);
}

void Answer::add_file(base::Fd its_file, std::uint64_t offset, std::uint64_t count) {
    file = std::move(its_file);
    file_offset = offset;
    file_count = http::take_unframed(framing, count);
    body_bytes += file_count;
}

void Answer::end() {
    if (http::write_end(framing, wire)) {
        is_complete = true;
    } else {
        is_broken = true;
    }
}

void Answer::fail(int its_status) {
    if (has_head) {
        is_broken = true;
    } else {
        error_status = status = its_status;
    }
}

void Answer::take(Output& output) {
    output.clear();
    std::swap(output.bytes, wire);
    if (wire.capacity() > kKeptBytes && (is_complete || is_broken || error_status != 0)) {
        std::string().swap(wire);
    }
    output.file = std::move(file);
    output.file_offset = file_offset;
    output.file_count = file_count;
    output.error_status = error_status;
    output.is_complete = is_complete;
    output.is_broken = is_broken;
    output.status = status;
    output.body_bytes = body_bytes;
    output.keep_alive = framing.keep_alive;
    output.judge(framing);
}

}  // namespace server
