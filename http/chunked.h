// The chunked coding of one body (RFC 9112 section 7.1), up to the trailer section. Ours and not
// llhttp's, which bounds neither the digits of a size nor the bytes of extensions, and both are how
// chunked bodies are abused (T-14). A small value; one thread at a time. Nothing is allocated.
#pragma once

#include <cstdint>

#include "core/base/bytes.h"
#include "http/parse_error.h"

namespace http {

class ChunkDecoder {
public:
    // `body_bytes_max`: 0 is no limit.
    explicit ChunkDecoder(std::uint64_t body_bytes_max = 0) : body_bytes_max_(body_bytes_max) {}

    enum class Step {
        kNeedMore,  // all of `input` is consumed
        kBody,      // `piece` is the next part of the body
        kTrailers,  // the last chunk's line is consumed; the trailer section follows
        kError,
    };
    // Takes what it used off the front of `input`; `piece` points into `input`.
    Step next(base::Bytes& input, base::Bytes& piece);
    [[nodiscard]] const ParseError& error() const { return error_; }

private:
    enum class State : std::uint8_t {
        kSize,
        kExtensionName,
        kExtensionValue,  // behind "="
        kExtensionToken,
        kQuoted,
        kQuotedPair,
        kQuotedEnd,
        kSizeLf,
        kData,
        kDataCr,
        kDataLf,
    };
    bool on_byte(char byte);  // false: error_ is set
    bool on_size(char byte);
    bool on_extension(char byte);
    bool on_line_end();
    bool end_extension(char byte);
    bool fail(const char* what, int status = 400) {
        error_ = {status, what};
        return false;
    }

    std::uint64_t left_ = 0;       // of the chunk, bytes
    std::uint64_t announced_ = 0;  // by all chunks so far, bytes
    std::uint64_t body_bytes_max_;
    ParseError error_ = kNoError;
    std::uint32_t extension_bytes_ = 0;  // of all chunks
    std::uint8_t digits_ = 0;            // of the size, so far
    bool has_name_ = false;              // the extension's name has a byte
    bool is_last_ = false;
    State state_ = State::kSize;
};

}  // namespace http
