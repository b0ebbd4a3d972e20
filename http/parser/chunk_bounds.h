// What a chunked body may consist of beside its data, and how much data that may be. llhttp bounds
// neither the digits of a chunk's size nor the extensions behind it, and both are how chunked
// bodies are abused (CVE-2025-55315). A part of Tokenizer: the same thread, the same life.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/base/bytes.h"
#include "http/parser/parse_error.h"

namespace http {

class ChunkBounds {
public:
    // A body of at most `body_max` bytes; 0: any number.
    void begin_body(std::uint64_t body_max);
    // A chunk of `size` bytes follows.
    [[nodiscard]] ParseError begin_chunk(std::uint64_t size);

    // So many bytes of the body have been read, data and extensions (told below) included.
    [[nodiscard]] ParseError add_read(std::size_t size);
    void add_data(std::size_t size) { frame_bytes_ -= static_cast<std::int64_t>(size); }
    // A piece of an extension's name or value, which are tokens, or a value a quoted string (RFC
    // 9112 section 7.1.1). llhttp also takes a token with a quoted string behind it (a=b"c"), and
    // DEL inside a quoted string.
    [[nodiscard]] ParseError add_extension(base::Bytes piece);
    // The end of a name or a value, which have ";" or "=" before them. llhttp lets both be empty,
    // RFC 9112 section 7.1.1 neither.
    [[nodiscard]] ParseError end_extension();

private:
    [[nodiscard]] ParseError add_extension_bytes(std::size_t size);

    std::uint64_t body_left_ = 0;        // of the limit
    std::int64_t frame_bytes_ = 0;       // since the last size line; neither data nor extension
    std::uint32_t extension_bytes_ = 0;  // of all chunks of the body, so far
    char extension_front_ = 0;  // of an extension's name or value, the first byte; 0: none yet
};

}  // namespace http
