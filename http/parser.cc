#include "http/parser.h"

#include <llhttp.h>

#include <algorithm>

#include "core/base/check.h"
#include "http/characters.h"
#include "http/chunked.h"
#include "http/head_check.h"
#include "http/request_line.h"

namespace http {

namespace {

constexpr std::size_t kFieldSectionBytesMax = 64 * 1024;
// RFC 9112 section 2.2 asks to ignore at least one empty line before a request line.
constexpr std::uint8_t kBlankLinesMax = 4;

}  // namespace

struct Parser::Impl {
    enum class Phase : std::uint8_t {
        kBetween,
        kLine,
        kFields,
        kFixedBody,
        kChunks,
        kTrailers,
        kFailed
    };

    Impl(const Limits& the_limits, BodyReceiver& the_body) : limits(the_limits), body(the_body) {}

    // One phase each, with at least one byte of input. kNeedMore: all is consumed, or the next
    // phase follows.
    Step advance(base::Bytes& input, Request& request);
    Step begin_message(base::Bytes& input, Request& request);
    Step read_line(base::Bytes& input, Request& request);
    Step read_fields(base::Bytes& input, Request& request);
    Step read_fixed_body(base::Bytes& input);
    Step read_chunks(base::Bytes& input);
    Step read_trailers(base::Bytes& input);

    void begin_field_section(Phase its_phase);
    Step read_field_section(base::Bytes& input, Headers& into);  // kEnd: complete
    Step end_head(Request& request);
    Step end_message() {
        phase = Phase::kBetween;
        return Step::kEnd;
    }
    Step fail(ParseError why) {
        error = why;
        phase = Phase::kFailed;
        return Step::kError;
    }

    // llhttp's callbacks; what is not 0 stops it.
    static Impl& of(llhttp_t* parser) { return *static_cast<Impl*>(parser->data); }
    static int on_name(llhttp_t* parser, const char* at, std::size_t size);
    static int on_value(llhttp_t* parser, const char* at, std::size_t size);
    static int on_field_end(llhttp_t* parser);
    static const llhttp_t& after_request_line();
    Header end_field();
    void keep_field();

    // Fixed at construction.
    const Limits& limits;
    BodyReceiver& body;

    // Small, because every idle connection has one.
    ParseError error = kNoError;
    std::uint64_t body_left = 0;  // of Content-Length, bytes
    ChunkDecoder chunks;
    Headers trailers;           // while they are read, then dropped (T-18)
    Headers* fields = nullptr;  // while llhttp runs: where fields go
    Header field;               // while llhttp runs: the current field, in the input
    llhttp_t llhttp{};
    std::uint32_t section_bytes = 0;  // of the current field section, so far
    Phase phase = Phase::kBetween;
    std::uint8_t blank_lines = 0;  // before the request line
    bool has_cr = false;           // an empty line has begun
    bool is_kept = false;          // the current field began in earlier input: it is in `fields`
};

// A message's field section begins with a copy of this: an llhttp that has just read a request
// line. So neither the message before, nor version, method, Upgrade or CONNECT ever change how
// llhttp reads fields.
const llhttp_t& Parser::Impl::after_request_line() {
    static const llhttp_settings_t settings = [] {
        llhttp_settings_t callbacks;
        llhttp_settings_init(&callbacks);
        callbacks.on_header_field = on_name;
        callbacks.on_header_value = on_value;
        callbacks.on_header_value_complete = on_field_end;
        callbacks.on_headers_complete = [](llhttp_t*) -> int { return HPE_PAUSED; };
        return callbacks;
    }();
    static const llhttp_t ready = [] {
        constexpr base::Bytes kLine = "GET / HTTP/1.1\r\n";
        llhttp_t parser;
        llhttp_init(&parser, HTTP_REQUEST, &settings);
        CHECK(llhttp_execute(&parser, kLine.data(), kLine.size()) == HPE_OK);
        return parser;
    }();
    return ready;
}

int Parser::Impl::on_name(llhttp_t* parser, const char* at, std::size_t size) {
    Impl& self = of(parser);
    if (self.is_kept) {
        self.fields->extend_name({at, size});
    } else {
        self.field = {{at, size}, {}};
    }
    return 0;
}

int Parser::Impl::on_value(llhttp_t* parser, const char* at, std::size_t size) {
    Impl& self = of(parser);
    if (self.is_kept) {
        self.fields->extend_value({at, size});
    } else {
        self.field.value = {at, size};
    }
    return 0;
}

// A field that is whole in one piece of input is copied once, when it ends.
Header Parser::Impl::end_field() {
    if (is_kept) {
        is_kept = false;
        return fields->end_field();
    }
    const Header whole{field.name, trimmed(field.value)};
    fields->add(whole.name, whole.value);
    field = {};
    return whole;
}

// The input ends within a field: what has come of it goes to `fields`, the rest will follow.
void Parser::Impl::keep_field() {
    if (!is_kept && !field.name.empty()) {
        fields->begin_field();
        fields->extend_name(field.name);
        fields->extend_value(field.value);
        is_kept = true;
    }
}

// Limits are judged when a field ends, not while it grows: the outcome is the same for every split,
// and the section's own limit bounds the memory.
int Parser::Impl::on_field_end(llhttp_t* parser) {
    Impl& self = of(parser);
    const Header header = self.end_field();
    if (header.name.size() + header.value.size() > self.limits.field_size) {
        self.error = {431, "header field is too long"};
    } else if (self.limits.fields != 0 && self.fields->size() > self.limits.fields) {
        self.error = {431, "too many header fields"};
    } else if (self.phase == Phase::kTrailers && is_forbidden_trailer(header.name)) {
        self.error = {400, "trailer field that may not be one"};
    }
    return self.error.is_error() ? -1 : 0;
}

Parser::Step Parser::Impl::advance(base::Bytes& input, Request& request) {
    switch (phase) {
        case Phase::kBetween:
            return begin_message(input, request);
        case Phase::kLine:
            return read_line(input, request);
        case Phase::kFields:
            return read_fields(input, request);
        case Phase::kFixedBody:
            return read_fixed_body(input);
        case Phase::kChunks:
            return read_chunks(input);
        case Phase::kTrailers:
            return read_trailers(input);
        case Phase::kFailed:
            break;
    }
    return Step::kError;
}

// Skips the empty lines in front of a request line. A first byte that no method has (a TLS
// handshake on a plain port, say) is refused at once; the rest of the line is judged as a whole.
Parser::Step Parser::Impl::begin_message(base::Bytes& input, Request& request) {
    const char byte = input.front();
    if (has_cr || byte == '\r') {
        if (has_cr != (byte == '\n') || blank_lines == kBlankLinesMax) {
            return fail({400, "bare CR or too many empty lines before a request"});
        }
        blank_lines = static_cast<std::uint8_t>(blank_lines + (has_cr ? 1 : 0));
        has_cr = !has_cr;
        input.remove_prefix(1);
        return Step::kNeedMore;
    }
    if (!is(Class::kToken, byte)) {
        return fail({400, "malformed method"});
    }
    request.clear();
    blank_lines = 0;
    phase = Phase::kLine;
    return read_line(input, request);
}

// A line that comes in pieces is collected in `request.target`.
Parser::Step Parser::Impl::read_line(base::Bytes& input, Request& request) {
    const std::size_t room = limits.request_line + 2 - request.target.size();
    const base::Bytes some = input.substr(0, room);
    const std::size_t line_size = some.find('\n');
    if (line_size == base::Bytes::npos) {
        request.target.append(some);
        input.remove_prefix(some.size());
        return some.size() == room ? fail({414, "request line is too long"}) : Step::kNeedMore;
    }
    base::Bytes line = some.substr(0, line_size);
    std::string collected;
    if (!request.target.empty()) {
        collected = std::move(request.target.append(line));
        line = collected;
    }
    input.remove_prefix(line_size + 1);
    if (const ParseError why = parse_request_line(line, request); why.is_error()) {
        return fail(why);
    }
    begin_field_section(Phase::kFields);
    return Step::kNeedMore;
}

void Parser::Impl::begin_field_section(Phase its_phase) {
    llhttp = after_request_line();
    llhttp.data = this;
    section_bytes = 0;
    phase = its_phase;
}

Parser::Step Parser::Impl::read_field_section(base::Bytes& input, Headers& into) {
    fields = &into;
    field = {};
    const base::Bytes some = input.substr(0, kFieldSectionBytesMax - section_bytes);
    const llhttp_errno_t result = llhttp_execute(&llhttp, some.data(), some.size());
    if (result == HPE_PAUSED) {
        input.remove_prefix(static_cast<std::size_t>(llhttp_get_error_pos(&llhttp) - some.data()));
        return Step::kEnd;
    }
    if (result != HPE_OK) {
        return fail(error.is_error() ? error : ParseError{400, llhttp_get_error_reason(&llhttp)});
    }
    keep_field();
    input.remove_prefix(some.size());
    section_bytes += static_cast<std::uint32_t>(some.size());
    return section_bytes == kFieldSectionBytesMax ? fail({431, "header section is too long"})
                                                  : Step::kNeedMore;
}

Parser::Step Parser::Impl::read_fields(base::Bytes& input, Request& request) {
    const Step step = read_field_section(input, request.headers);
    return step == Step::kEnd ? end_head(request) : step;
}

Parser::Step Parser::Impl::end_head(Request& request) {
    if (const ParseError why = check_head(request); why.is_error()) {
        return fail(why);
    }
    body_left = request.content_length.value_or(0);
    if (limits.body != 0 && body_left > limits.body) {
        return fail({413, "Content-Length is above the limit"});
    }
    if (!request.has_body()) {
        return end_message();
    }
    chunks = ChunkDecoder(limits.body);
    phase = request.chunked ? Phase::kChunks : Phase::kFixedBody;
    return Step::kHead;
}

Parser::Step Parser::Impl::read_fixed_body(base::Bytes& input) {
    const base::Bytes piece = input.substr(0, std::min<std::uint64_t>(body_left, input.size()));
    input.remove_prefix(piece.size());
    body_left -= piece.size();
    body.on_body(piece);
    return body_left == 0 ? end_message() : Step::kNeedMore;
}

Parser::Step Parser::Impl::read_chunks(base::Bytes& input) {
    base::Bytes piece;
    switch (chunks.next(input, piece)) {
        case ChunkDecoder::Step::kBody:
            body.on_body(piece);
            return Step::kNeedMore;
        case ChunkDecoder::Step::kTrailers:
            begin_field_section(Phase::kTrailers);
            return Step::kNeedMore;
        case ChunkDecoder::Step::kError:
            return fail(chunks.error());
        case ChunkDecoder::Step::kNeedMore:
            break;
    }
    return Step::kNeedMore;
}

// Parsed, because a malformed trailer is a malformed message, and forgotten.
Parser::Step Parser::Impl::read_trailers(base::Bytes& input) {
    const Step step = read_field_section(input, trailers);
    if (step != Step::kEnd) {
        return step;
    }
    trailers = {};  // gives the memory back
    return end_message();
}

Parser::Parser(const Limits& limits, BodyReceiver& body)
    : impl_(std::make_unique<Impl>(limits, body)) {}

Parser::~Parser() = default;

Parser::Step Parser::feed(base::Bytes& input, Request& request) {
    if (impl_->phase == Impl::Phase::kFailed) {
        return Step::kError;
    }
    Step step = Step::kNeedMore;
    while (step == Step::kNeedMore && !input.empty()) {
        step = impl_->advance(input, request);
    }
    return step;
}

const ParseError& Parser::error() const { return impl_->error; }

bool Parser::is_inside_message() const { return impl_->phase != Impl::Phase::kBetween; }

bool Parser::is_inside_body() const {
    using Phase = Impl::Phase;
    return impl_->phase == Phase::kFixedBody || impl_->phase == Phase::kChunks ||
           impl_->phase == Phase::kTrailers;
}

}  // namespace http
