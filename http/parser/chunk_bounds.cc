#include "http/parser/chunk_bounds.h"

#include "http/characters.h"

namespace http {
namespace {

// Extensions are counted over all of a body.
constexpr std::uint32_t kExtensionBytesMax = 16 * 1024;
// The CRLF of the chunk before it, 16 digits, CRLF.
constexpr std::int64_t kFrameBytesMax = 2 + 16 + 2;

}  // namespace

void ChunkBounds::begin_body(std::uint64_t body_max) {
    *this = {};
    body_left_ = body_max == 0 ? UINT64_MAX : body_max;
    frame_bytes_ = 2;  // as if there were a chunk before the first
}

ParseError ChunkBounds::begin_chunk(std::uint64_t size) {
    if (size > body_left_) {
        return {413, "body is longer than the limit"};
    }
    body_left_ -= size;
    frame_bytes_ = 0;
    return kNoError;
}

ParseError ChunkBounds::add_read(std::size_t size) {
    frame_bytes_ += static_cast<std::int64_t>(size);
    return frame_bytes_ > kFrameBytesMax ? ParseError{400, "chunk size has more than 16 digits"}
                                         : kNoError;
}

ParseError ChunkBounds::add_extension(base::Bytes piece) {
    if (extension_front_ == 0 && !piece.empty()) {
        extension_front_ = piece.front();
    }
    if (!are_all(extension_front_ == '"' ? Class::kField : Class::kToken, piece)) {
        return {400, "chunk extension that is neither token nor quoted string"};
    }
    return add_extension_bytes(piece.size());
}

ParseError ChunkBounds::end_extension() {
    if (extension_front_ == 0) {
        return {400, "chunk extension without a name or a value"};
    }
    extension_front_ = 0;
    return add_extension_bytes(1);
}

ParseError ChunkBounds::add_extension_bytes(std::size_t size) {
    frame_bytes_ -= static_cast<std::int64_t>(size);
    if (size > kExtensionBytesMax - extension_bytes_) {
        return {400, "chunk extensions are too long"};
    }
    extension_bytes_ += static_cast<std::uint32_t>(size);
    return kNoError;
}

}  // namespace http
