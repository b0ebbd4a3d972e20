#include "http/parser/tokenizer.h"

#include "core/base/check.h"

namespace http {

// A field section and a chunked body begin with a copy of an llhttp that has just read what always
// stands before them. So neither the message before, nor version, method, Upgrade or CONNECT ever
// change how llhttp reads them.
struct Tokenizer::Primed {
    Primed() {
        llhttp_settings_init(&callbacks);
        read(fields, "GET / HTTP/1.1\r\n");
        read(chunks, "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n");
        // Only now, because what was read above is nobody's.
        callbacks.on_header_field = on_name;
        callbacks.on_header_value = on_value;
        callbacks.on_header_value_complete = on_field_end;
        callbacks.on_headers_complete = pause;
        callbacks.on_chunk_extension_name = on_extension;
        callbacks.on_chunk_extension_name_complete = on_extension_end;
        callbacks.on_chunk_extension_value = on_extension;
        callbacks.on_chunk_extension_value_complete = on_extension_end;
        callbacks.on_chunk_header = pause;
        callbacks.on_body = on_body;
        callbacks.on_message_complete = pause;
    }
    Primed(const Primed&) = delete;
    Primed& operator=(const Primed&) = delete;

    llhttp_settings_t callbacks;
    llhttp_t fields;  // behind a request line
    llhttp_t chunks;  // behind the head of a message with a chunked body

private:
    void read(llhttp_t& llhttp, base::Bytes bytes) {
        llhttp_init(&llhttp, HTTP_REQUEST, &callbacks);
        CHECK(llhttp_execute(&llhttp, bytes.data(), bytes.size()) == HPE_OK);
    }
    static int pause(llhttp_t* /*llhttp*/) { return HPE_PAUSED; }
};

const Tokenizer::Primed& Tokenizer::primed() {
    static const Primed primed;
    return primed;
}

void Tokenizer::begin(const llhttp_t& primed) {
    llhttp_ = primed;
    llhttp_.data = this;
    section_.begin_head();
}

Parser::Step Tokenizer::fail() {
    if (!error_.is_error()) {
        error_ = {400, llhttp_get_error_reason(&llhttp_)};
    }
    return Parser::Step::kError;
}

int Tokenizer::refuse(const ParseError& error) {
    if (!error.is_error()) {
        return 0;
    }
    error_ = error;
    return -1;
}

// --- Fields ----------------------------------------------------------------------------------

void Tokenizer::begin_fields() { begin(primed().fields); }

Parser::Step Tokenizer::read_fields(base::Bytes& input, Headers& into) {
    fields_.begin_input(into);
    const base::Bytes some = input.substr(0, section_.room());
    const llhttp_errno_t result = llhttp_execute(&llhttp_, some.data(), some.size());
    if (result == HPE_PAUSED) {
        input.remove_prefix(static_cast<std::size_t>(llhttp_get_error_pos(&llhttp_) - some.data()));
        return Parser::Step::kEnd;
    }
    if (result != HPE_OK) {
        return fail();
    }
    fields_.end_input();
    input.remove_prefix(some.size());
    return refuse(section_.add_read(some.size())) == 0 ? Parser::Step::kNeedMore : fail();
}

int Tokenizer::on_name(llhttp_t* llhttp, const char* at, std::size_t size) {
    of(llhttp).fields_.add_name({at, size});
    return 0;
}

int Tokenizer::on_value(llhttp_t* llhttp, const char* at, std::size_t size) {
    of(llhttp).fields_.add_value({at, size});
    return 0;
}

int Tokenizer::on_field_end(llhttp_t* llhttp) {
    Tokenizer& self = of(llhttp);
    const Header header = self.fields_.end_field();
    return self.refuse(self.section_.check(header, self.fields_.count()));
}

// --- Chunks ----------------------------------------------------------------------------------

void Tokenizer::begin_chunks() {
    begin(primed().chunks);
    chunks_.begin_body(limits_.body);
}

Parser::Step Tokenizer::read_chunks(base::Bytes& input) {
    if (!section_.is_trailers()) {
        return read_chunk(input);
    }
    // Read, because a malformed trailer is a malformed message, and forgotten.
    const Parser::Step step = read_fields(input, trailers_);
    if (step == Parser::Step::kEnd) {
        trailers_ = {};  // gives the memory back
    }
    return step;
}

// Through what is left of a chunk to the end of the next size line, where llhttp pauses: the line
// is judged as a whole.
Parser::Step Tokenizer::read_chunk(base::Bytes& input) {
    const llhttp_errno_t result = llhttp_execute(&llhttp_, input.data(), input.size());
    if (result != HPE_OK && result != HPE_PAUSED) {
        return fail();
    }
    const bool is_line_end = result == HPE_PAUSED;
    const std::size_t used =
        is_line_end ? static_cast<std::size_t>(llhttp_get_error_pos(&llhttp_) - input.data())
                    : input.size();
    input.remove_prefix(used);
    if (refuse(chunks_.add_read(used)) != 0) {
        return fail();
    }
    return is_line_end ? begin_chunk() : Parser::Step::kNeedMore;
}

Parser::Step Tokenizer::begin_chunk() {
    const std::uint64_t size = llhttp_.content_length;  // at this pause, the chunk's (llhttp.h)
    if (refuse(chunks_.begin_chunk(size)) != 0) {
        return fail();
    }
    if (size == 0) {
        section_.begin_trailers();
    }
    llhttp_resume(&llhttp_);
    return Parser::Step::kNeedMore;
}

int Tokenizer::on_body(llhttp_t* llhttp, const char* at, std::size_t size) {
    Tokenizer& self = of(llhttp);
    self.chunks_.add_data(size);
    self.body_.on_body({at, size});
    return 0;
}

int Tokenizer::on_extension(llhttp_t* llhttp, const char* at, std::size_t size) {
    Tokenizer& self = of(llhttp);
    return self.refuse(self.chunks_.add_extension({at, size}));
}

int Tokenizer::on_extension_end(llhttp_t* llhttp) {
    Tokenizer& self = of(llhttp);
    return self.refuse(self.chunks_.end_extension());
}

}  // namespace http
