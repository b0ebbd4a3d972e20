#include "http/chunked.h"

#include <algorithm>

#include "http/characters.h"

namespace http {

namespace {

constexpr std::uint8_t kSizeDigitsMax = 16;
constexpr std::uint32_t kExtensionBytesMax = 16 * 1024;

std::uint64_t hex_value(char digit) {
    const int value = is(Class::kDigit, digit) ? digit - '0' : (digit | 0x20) - 'a' + 10;
    return static_cast<std::uint64_t>(value);
}

}  // namespace

ChunkDecoder::Step ChunkDecoder::next(base::Bytes& input, base::Bytes& piece) {
    if (error_.is_error()) {
        return Step::kError;
    }
    while (!input.empty()) {
        if (state_ == State::kData) {
            piece = input.substr(0, std::min<std::uint64_t>(left_, input.size()));
            input.remove_prefix(piece.size());
            left_ -= piece.size();
            state_ = left_ == 0 ? State::kDataCr : State::kData;
            return Step::kBody;
        }
        const char byte = input.front();
        if (!on_byte(byte)) {
            return Step::kError;
        }
        input.remove_prefix(1);
        if (is_last_) {
            return Step::kTrailers;
        }
    }
    return Step::kNeedMore;
}

bool ChunkDecoder::on_byte(char byte) {
    switch (state_) {
        case State::kSize:
            return on_size(byte);
        case State::kSizeLf:
            return byte == '\n' ? on_line_end() : fail("chunk size line does not end with CRLF");
        case State::kDataCr:
            state_ = State::kDataLf;
            return byte == '\r' || fail("chunk data is longer than its size");
        case State::kDataLf:
            state_ = State::kSize;
            return byte == '\n' || fail("chunk data does not end with CRLF");
        default:
            return on_extension(byte);
    }
}

bool ChunkDecoder::on_size(char byte) {
    if (is(Class::kHex, byte)) {
        if (digits_ == kSizeDigitsMax) {
            return fail("chunk size has more than 16 digits");
        }
        ++digits_;
        left_ = left_ * 16 + hex_value(byte);
        return true;
    }
    return digits_ > 0 ? end_extension(byte) : fail("chunk size is not a number");
}

// *( ";" name [ "=" ( token / quoted-string ) ] ), without the white space that RFC 9112
// section 7.1.1 calls bad.
bool ChunkDecoder::on_extension(char byte) {
    if (++extension_bytes_ > kExtensionBytesMax) {
        return fail("chunk extensions are too long");
    }
    switch (state_) {
        case State::kExtensionName:
            if (is(Class::kToken, byte)) {
                has_name_ = true;
                return true;
            }
            if (!has_name_) {
                return fail("chunk extension without a name");
            }
            if (byte == '=') {
                state_ = State::kExtensionValue;
                return true;
            }
            return end_extension(byte);
        case State::kExtensionValue:
            state_ = byte == '"' ? State::kQuoted : State::kExtensionToken;
            return byte == '"' || is(Class::kToken, byte) ||
                   fail("chunk extension without a value");
        case State::kExtensionToken:
            return is(Class::kToken, byte) || end_extension(byte);
        case State::kQuoted:
            if (byte == '"') {
                state_ = State::kQuotedEnd;
            } else if (byte == '\\') {
                state_ = State::kQuotedPair;
            }
            return is(Class::kField, byte) || fail("control byte in a chunk extension");
        case State::kQuotedPair:
            state_ = State::kQuoted;
            return is(Class::kField, byte) || fail("control byte in a chunk extension");
        default:
            return end_extension(byte);
    }
}

// What may follow a size or a whole extension: another extension, or the end of the line.
bool ChunkDecoder::end_extension(char byte) {
    if (byte == ';') {
        state_ = State::kExtensionName;
        has_name_ = false;
        return true;
    }
    state_ = State::kSizeLf;
    return byte == '\r' || fail("malformed chunk size line");
}

bool ChunkDecoder::on_line_end() {
    if (body_bytes_max_ != 0 && left_ > body_bytes_max_ - announced_) {
        return fail("body is longer than the limit", 413);
    }
    announced_ += left_;
    digits_ = 0;
    is_last_ = left_ == 0;
    state_ = State::kData;
    return true;
}

}  // namespace http
