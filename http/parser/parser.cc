#include "http/parser/parser.h"

#include <algorithm>

#include "http/characters.h"
#include "http/parser/head_check.h"
#include "http/parser/request_line.h"
#include "http/parser/tokenizer.h"

namespace http {

namespace {

// RFC 9112 section 2.2 asks to ignore at least one empty line before a request line.
constexpr std::uint8_t kBlankLinesMax = 4;

}  // namespace

struct Parser::Impl {
    enum class Phase : std::uint8_t { kBetween, kLine, kFields, kFixedBody, kChunks, kFailed };

    Impl(const Limits& the_limits, BodyReceiver& the_body)
        : limits(the_limits), body(the_body), tokenizer(the_limits, the_body) {}

    // One phase each, with at least one byte of input. kNeedMore: all is consumed, or the next
    // phase follows.
    Step advance(base::Bytes& input, Request& request);
    Step begin_message(base::Bytes& input, Request& request);
    Step read_line(base::Bytes& input, Request& request);
    Step read_fields(base::Bytes& input, Request& request);
    Step read_fixed_body(base::Bytes& input);
    Step read_chunks(base::Bytes& input);

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

    // Fixed at construction.
    const Limits& limits;
    BodyReceiver& body;

    // Small, because every idle connection has one.
    ParseError error = kNoError;
    Tokenizer tokenizer;
    std::string valid_host;       // see check_head()
    std::uint64_t body_left = 0;  // of Content-Length, bytes
    Phase phase = Phase::kBetween;
    std::uint8_t blank_lines = 0;  // before the request line
    bool has_cr = false;           // an empty line has begun
};

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
    request.clear();
    if (!is(Class::kToken, byte)) {
        request.target = byte;  // no more of it: how input is cut must not be seen
        return fail({400, "malformed method"});
    }
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
        if (request.method.empty()) {
            request.target = line.substr(0, line.size() - (line.ends_with('\r') ? 1 : 0));
        }
        return fail(why);
    }
    tokenizer.begin_fields();
    phase = Phase::kFields;
    return Step::kNeedMore;
}

Parser::Step Parser::Impl::read_fields(base::Bytes& input, Request& request) {
    switch (const Step step = tokenizer.read_fields(input, request.headers)) {
        case Step::kEnd:
            return end_head(request);
        case Step::kError:
            return fail(tokenizer.error());
        default:
            return step;
    }
}

Parser::Step Parser::Impl::end_head(Request& request) {
    if (const ParseError why = check_head(request, valid_host); why.is_error()) {
        return fail(why);
    }
    body_left = request.content_length.value_or(0);
    if (limits.body != 0 && body_left > limits.body) {
        return fail({413, "Content-Length is above the limit"});
    }
    if (!request.has_body()) {
        return end_message();
    }
    if (request.chunked) {
        tokenizer.begin_chunks();
    }
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
    switch (const Step step = tokenizer.read_chunks(input)) {
        case Step::kEnd:
            return end_message();
        case Step::kError:
            return fail(tokenizer.error());
        default:
            return step;
    }
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

Parser::Step Parser::feed_body(base::Bytes& input) {
    using Phase = Impl::Phase;
    Step step = Step::kNeedMore;
    while (step == Step::kNeedMore && !input.empty()) {
        switch (impl_->phase) {
            case Phase::kFixedBody:
                step = impl_->read_fixed_body(input);
                break;
            case Phase::kChunks:
                step = impl_->read_chunks(input);
                break;
            default:
                return Step::kError;
        }
    }
    return step;
}

const ParseError& Parser::error() const { return impl_->error; }

bool Parser::is_inside_message() const { return impl_->phase != Impl::Phase::kBetween; }

bool Parser::is_inside_body() const {
    using Phase = Impl::Phase;
    return impl_->phase == Phase::kFixedBody || impl_->phase == Phase::kChunks;
}

}  // namespace http
