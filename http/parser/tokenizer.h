// llhttp, strictly: bytes → the fields of a section, or the data of a chunked body and its
// trailers. What they may be is said by SectionBounds and ChunkBounds; what they mean is the
// parser's, whose part this is: the same thread, the same life. The only file that includes
// <llhttp.h>.
#pragma once

#include <llhttp.h>

#include "core/base/bytes.h"
#include "http/headers.h"
#include "http/parser/chunk_bounds.h"
#include "http/parser/field_collector.h"
#include "http/parser/parse_error.h"
#include "http/parser/parser.h"
#include "http/parser/section_bounds.h"

namespace http {

class Tokenizer {
public:
    Tokenizer(const Limits& limits, BodyReceiver& body)
        : limits_(limits), body_(body), section_(limits) {}
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
    // Notes what is wrong. In a callback: -1, which stops llhttp; 0: nothing is.
    int refuse(const ParseError& error);

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

    // Fixed at construction.
    const Limits& limits_;
    BodyReceiver& body_;

    // Small, because every idle connection has one.
    ParseError error_ = kNoError;
    llhttp_t llhttp_{};
    // While they are read; then dropped: an application would take them for fields of the head.
    Headers trailers_;
    FieldCollector fields_;
    ChunkBounds chunks_;
    SectionBounds section_;  // of the trailers as soon as the last chunk has been read
};

}  // namespace http
