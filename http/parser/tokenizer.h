// llhttp, strictly: bytes → the fields of a section, or the data of a chunked body and its
// trailers. Knows how long they may be; what they mean is the parser's, whose part this is: the
// same thread, the same life. The only file that includes <llhttp.h>.
#pragma once

#include <llhttp.h>

#include <cstdint>

#include "core/base/bytes.h"
#include "http/headers.h"
#include "http/parser/parse_error.h"
#include "http/parser/parser.h"

namespace http {

class Tokenizer {
public:
    Tokenizer(const Limits& limits, BodyReceiver& body) : limits_(limits), body_(body) {}
    Tokenizer(const Tokenizer&) = delete;
    Tokenizer& operator=(const Tokenizer&) = delete;

    // After a begin_…, its read_… is called with input until it says kEnd or kError; never kHead.
    // What was used is taken off the front of `input`. After kError, only the error is left.
    void begin_fields();
    Parser::Step read_fields(base::Bytes& input, Headers& into);
    void begin_chunks();
    Parser::Step read_chunks(base::Bytes& input);  // to the end of the trailers, which are dropped
    [[nodiscard]] const ParseError& error() const { return error_; }

private:
    void begin(const llhttp_t& primed);
    Parser::Step read_chunk(base::Bytes& input);
    Parser::Step begin_chunk();
    Parser::Step fail();  // llhttp has stopped: by itself, or by refuse()
    int refuse(const char* what, int status = 400);  // in a callback

    // llhttp's callbacks; what is not 0 stops it.
    struct Primed;
    static const Primed& primed();
    static Tokenizer& of(llhttp_t* llhttp) { return *static_cast<Tokenizer*>(llhttp->data); }
    static int on_name(llhttp_t* llhttp, const char* at, std::size_t size);
    static int on_value(llhttp_t* llhttp, const char* at, std::size_t size);
    static int on_field_end(llhttp_t* llhttp);
    static int on_extension(llhttp_t* llhttp, const char* at, std::size_t size);
    static int on_extension_end(llhttp_t* llhttp);
    static int on_body(llhttp_t* llhttp, const char* at, std::size_t size);
    [[nodiscard]] std::size_t section_max() const;
    Header end_field();
    void keep_field();
    int add_extension_bytes(std::size_t size);

    // Fixed at construction.
    const Limits& limits_;
    BodyReceiver& body_;

    // Small, because every idle connection has one.
    ParseError error_ = kNoError;
    llhttp_t llhttp_{};
    // While they are read; then dropped: an application would take them for fields of the head.
    Headers trailers_;
    Headers* fields_ = nullptr;           // while llhttp runs: where fields go
    Header field_;                        // while llhttp runs: the current field, in the input
    std::uint64_t body_left_ = 0;         // of the limit, bytes
    std::int64_t chunk_frame_bytes_ = 0;  // since the last size line; neither data nor extension
    std::uint32_t section_bytes_ = 0;     // of the field section, so far
    std::uint32_t extension_bytes_ = 0;   // of all chunks of the body, so far
    char extension_front_ = 0;  // of an extension's name or value, the first byte; 0: none yet
    bool is_kept_ = false;      // the current field began in earlier input: it is in `*fields_`
    bool is_trailers_ = false;  // the last chunk has been read
};

}  // namespace http
