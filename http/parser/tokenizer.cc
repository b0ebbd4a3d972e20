#include "http/parser/tokenizer.h"

#include <algorithm>

#include "core/base/check.h"
#include "http/parser/head_check.h"

namespace http {

namespace {

constexpr std::size_t kTrailersMax = 64 * 1024;

}  // namespace

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
    section_bytes_ = 0;
}

Parser::Step Tokenizer::fail() {
    if (!error_.is_error()) {
        error_ = {400, llhttp_get_error_reason(&llhttp_)};
    }
    return Parser::Step::kError;
}

int Tokenizer::refuse(const char* what, int status) {
    if (what == nullptr) {
        return 0;
    }
    error_ = {status, what};
    return -1;
}

// --- Fields ----------------------------------------------------------------------------------

void Tokenizer::begin_fields() {
    begin(primed().fields);
    is_trailers_ = false;
}

// Trailers are dropped: the room that a head may need is not for them.
std::size_t Tokenizer::section_max() const {
    return is_trailers_ ? std::min(limits_.section, kTrailersMax) : limits_.section;
}

Parser::Step Tokenizer::read_fields(base::Bytes& input, Headers& into) {
    fields_.begin_input(into);
    const base::Bytes some = input.substr(0, section_max() - section_bytes_);
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
    section_bytes_ += static_cast<std::uint32_t>(some.size());
    if (section_bytes_ == section_max()) {
        refuse("header section is too long", 431);
        return fail();
    }
    return Parser::Step::kNeedMore;
}

int Tokenizer::on_name(llhttp_t* llhttp, const char* at, std::size_t size) {
    of(llhttp).fields_.add_name({at, size});
    return 0;
}

int Tokenizer::on_value(llhttp_t* llhttp, const char* at, std::size_t size) {
    of(llhttp).fields_.add_value({at, size});
    return 0;
}

// Limits are judged when a field ends, not while it grows: the outcome is the same for every split,
// and the section's own limit bounds the memory.
int Tokenizer::on_field_end(llhttp_t* llhttp) {
    Tokenizer& self = of(llhttp);
    const Header header = self.fields_.end_field();
    if (header.name.size() + header.value.size() > self.limits_.field_size) {
        return self.refuse("header field is too long", 431);
    }
    if (self.limits_.fields != 0 && self.fields_.count() > self.limits_.fields) {
        return self.refuse("too many header fields", 431);
    }
    if (self.is_trailers_ && is_forbidden_trailer(header.name)) {
        return self.refuse("trailer field that may not be one");
    }
    return 0;
}

// --- Chunks ----------------------------------------------------------------------------------

void Tokenizer::begin_chunks() {
    begin(primed().chunks);
    is_trailers_ = false;
    chunks_.begin_body(limits_.body);
}

Parser::Step Tokenizer::read_chunks(base::Bytes& input) {
    if (!is_trailers_) {
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
    if (!chunks_.begin_chunk(size)) {
        refuse("body is longer than the limit", 413);
        return fail();
    }
    is_trailers_ = size == 0;
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
