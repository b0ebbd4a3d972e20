#include "core/server/logs/access_log.h"

#include <array>
#include <charconv>
#include <iterator>
#include <optional>

#include "core/base/system/local_time.h"
#include "core/base/text/text.h"
#include "core/site/conditions/evaluation.h"
#include "core/site/names/url_path.h"

namespace server {
namespace {

using Kind = config::LogItem::Kind;
using Unit = config::LogItem::Unit;

constexpr std::int64_t kMicrosecondsPerSecond = 1'000'000;
constexpr std::int64_t kMicrosecondsPerMillisecond = 1'000;

// The letter behind a backslash for this byte, as Apache writes it; 'x' for two hexadecimal digits,
// 0 for a byte that may stand as it is.
constexpr char escape_of(unsigned char byte) {
    switch (byte) {
        case '"':
        case '\\':
            return static_cast<char>(byte);
        case '\b':
            return 'b';
        case '\n':
            return 'n';
        case '\r':
            return 'r';
        case '\t':
            return 't';
        case '\v':
            return 'v';
        default:
            return byte < 0x20 || byte >= 0x7f ? 'x' : '\0';
    }
}

constexpr auto kEscapes = [] {
    std::array<char, 256> escapes{};
    for (unsigned byte = 0; byte < escapes.size(); ++byte) {
        escapes[byte] = escape_of(static_cast<unsigned char>(byte));
    }
    return escapes;
}();

// Quotes, backslashes and control bytes cannot leave their field or line (CVE-2024-47252 is one of
// many that could).
void append_escaped(std::string& out, std::string_view text) {
    std::size_t done = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const auto byte = static_cast<unsigned char>(text[at]);
        const char escape = kEscapes[byte];
        if (escape == '\0') {
            continue;
        }
        out.append(text, done, at - done);
        done = at + 1;
        out.push_back('\\');
        out.push_back(escape);
        if (escape == 'x') {
            constexpr std::string_view kDigits = "0123456789abcdef";
            out.push_back(kDigits[byte >> 4]);
            out.push_back(kDigits[byte & 0xf]);
        }
    }
    out.append(text, done);
}

void append_or_dash(std::string& out, std::string_view text) {
    if (text.empty()) {
        out.push_back('-');
    } else {
        append_escaped(out, text);
    }
}

template <class Number>
void append_number(std::string& out, Number number, int base = 10) {
    char digits[24];
    const auto end = std::to_chars(std::begin(digits), std::end(digits), number, base).ptr;
    out.append(digits, end);
}

// With as many digits as a fraction of `size` digits has.
void append_fraction(std::string& out, std::int64_t number, std::size_t size) {
    char digits[24];
    const auto end = std::to_chars(std::begin(digits), std::end(digits), number).ptr;
    const auto count = static_cast<std::size_t>(end - digits);
    out.append(count < size ? size - count : 0, '0').append(digits, end);
}

std::int64_t in_unit(std::int64_t microseconds, Unit unit) {
    switch (unit) {
        case Unit::kSeconds:
            return microseconds / kMicrosecondsPerSecond;
        case Unit::kMilliseconds:
            return microseconds / kMicrosecondsPerMillisecond;
        case Unit::kMicroseconds:
            break;
    }
    return microseconds;
}

void append_request_line(std::string& out, const http::Request& request) {
    if (request.method.empty()) {
        // Never understood: as it came, which is what whoever reads the log looks for.
        return append_or_dash(out, request.target);
    }
    append_escaped(out, request.method);
    out += ' ';
    append_escaped(out, request.target);
    out += request.minor == 0 ? " HTTP/1.0" : " HTTP/1.1";
}

// Repeated fields are one list.
void append_field(std::string& out, const http::Headers& headers, std::string_view name) {
    bool is_found = false;
    for (const http::Header field : headers) {
        if (base::equal_case_blind(field.name, name)) {
            out += is_found ? ", " : "";
            is_found = true;
            append_escaped(out, field.value);
        }
    }
    out += is_found ? "" : "-";
}

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    return first == std::string_view::npos
               ? std::string_view()
               : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// Calls `take` with what stands between separators.
template <class Take>
void split(std::string_view text, std::string_view separator, Take take) {
    while (!text.empty()) {
        const auto end = text.find(separator);
        take(text.substr(0, end));
        text = end == std::string_view::npos ? std::string_view()
                                             : text.substr(end + separator.size());
    }
}

// The head as it was sent: a status line, then fields.
void append_sent_field(std::string& out, std::string_view head, std::string_view name) {
    bool is_found = false;
    split(head, "\r\n", [&](std::string_view line) {
        const auto colon = line.find(':');
        if (colon != std::string_view::npos &&
            base::equal_case_blind(line.substr(0, colon), name)) {
            out += is_found ? ", " : "";
            is_found = true;
            append_escaped(out, trimmed(line.substr(colon + 1)));
        }
    });
    out += is_found ? "" : "-";
}

void append_cookie(std::string& out, const http::Headers& headers, std::string_view name) {
    std::optional<std::string_view> value;
    for (const http::Header field : headers) {
        if (!base::equal_case_blind(field.name, "Cookie")) {
            continue;
        }
        split(field.value, ";", [&](std::string_view pair) {
            const auto equals = pair.find('=');
            if (!value && equals != std::string_view::npos &&
                base::equal_case_blind(trimmed(pair.substr(0, equals)), name)) {
                value = trimmed(pair.substr(equals + 1));
            }
        });
    }
    if (value) {
        append_escaped(out, *value);
    } else {
        out += '-';
    }
}

void append_time_as(std::string& out, std::int64_t seconds, const std::string& format) {
    const tm local = base::local_time(static_cast<time_t>(seconds));
    std::array<char, 1024> text{};
    append_escaped(
        out, {text.data(), ::strftime(text.data(), text.size(), format.c_str(), &local)}
    );
}

// A request that was not understood has no environment; an expression that cannot be evaluated says
// nothing against the line.
bool holds(const config::LogCondition& condition, const site::Walk* walk) {
    if (condition.expression) {
        return walk == nullptr || site::holds(*condition.expression, *walk).value_or(true);
    }
    const bool is_set = walk != nullptr && walk->environment.find(condition.variable).has_value();
    return is_set != condition.is_negated;
}

}  // namespace

std::int64_t microseconds_of(const timespec& time) {
    return time.tv_sec * kMicrosecondsPerSecond + time.tv_nsec / 1'000;
}

void AccessLogBuffer::add(const AccessLogTarget& log, const AccessRecord& record) {
    if (log.condition != nullptr && !holds(*log.condition, record.walk)) {
        return;
    }
    std::string& out = pending(*log.file);
    for (const config::LogItem& item : log.format->items) {
        if (item.kind == Kind::kText) {
            out += item.text;
        } else if (!item.statuses.empty() && !item.is_wanted_for(record.status)) {
            out += '-';
        } else {
            append(out, item, record);
        }
    }
    out += '\n';
}

// About the answer, the connection and the time; else append_about_request().
void AccessLogBuffer::append(
    std::string& out, const config::LogItem& item, const AccessRecord& record
) {
    const std::int64_t time = item.is_of_end ? record.ended : record.begun;
    switch (item.kind) {
        case Kind::kBodyBytes:
            return append_number(out, record.body_bytes);
        case Kind::kBodyBytesOrDash:
            return record.body_bytes == 0 ? out.push_back('-')
                                          : append_number(out, record.body_bytes);
        case Kind::kBytesMoved:
            return append_number(out, record.bytes_received + record.bytes_sent);
        case Kind::kBytesReceived:
            return append_number(out, record.bytes_received);
        case Kind::kBytesSent:
            return append_number(out, record.bytes_sent);
        case Kind::kCanonicalPort:
            return append_number(out, record.canonical_port);
        case Kind::kConnectionState:
            return out.push_back(static_cast<char>(record.after));
        case Kind::kDuration:
            return append_number(out, in_unit(record.ended - record.begun, item.unit));
        case Kind::kKeepAliveCount:
            return append_number(out, record.keep_alive_count);
        case Kind::kLocalAddress:
            out += record.local_addr;
            return;
        case Kind::kLocalPort:
            return append_number(out, record.local_port);
        case Kind::kProcess:
            return append_number(out, record.pid);
        case Kind::kRemoteAddress:
            out += record.remote_addr;
            return;
        case Kind::kRemotePort:
            return append_number(out, record.remote_port);
        case Kind::kResponseField:
            return append_sent_field(out, record.response_head, item.text);
        case Kind::kServerName:
            return append_or_dash(out, record.server_name);
        case Kind::kStatus:
            // As Apache has it where there is none: the client has gone before anything was said.
            return record.status == 0 ? out.push_back('-') : append_number(out, record.status);
        case Kind::kThread:
            return append_number(out, ::gettid());
        case Kind::kThreadHex:
            return append_number(out, ::gettid(), 16);
        case Kind::kTime:
            return append_time(out, in_unit(time, Unit::kSeconds));
        case Kind::kTimeAs:
            return append_time_as(out, in_unit(time, Unit::kSeconds), item.text);
        case Kind::kTimeFraction:
            return append_fraction(
                out,
                in_unit(time % kMicrosecondsPerSecond, item.unit),
                item.unit == Unit::kMilliseconds ? 3 : 6
            );
        case Kind::kTimeNumber:
            return append_number(out, in_unit(time, item.unit));
        default:
            append_about_request(out, item, record);
    }
}

void AccessLogBuffer::append_about_request(
    std::string& out, const config::LogItem& item, const AccessRecord& record
) {
    const site::Walk* const walk = record.walk;
    switch (item.kind) {
        case Kind::kCookie:
            return append_cookie(out, record.request.headers, item.text);
        case Kind::kFileName:
            return append_or_dash(out, walk == nullptr ? "" : std::string_view(walk->filename));
        case Kind::kHandler:
            return append_or_dash(out, walk == nullptr ? "" : std::string_view(walk->handler));
        case Kind::kMethod:
            return append_or_dash(out, record.request.method);
        case Kind::kPath:
            return append_path(out, record.request);
        case Kind::kProtocol:
            out += record.request.minor == 0 ? "HTTP/1.0" : "HTTP/1.1";
            return;
        case Kind::kQuery: {
            const auto query = walk == nullptr ? record.request.query() : walk->query;
            out += query.empty() ? "" : "?";
            return append_escaped(out, query);
        }
        case Kind::kRequestField:
            return append_field(out, record.request.headers, item.text);
        case Kind::kRequestId:
            return append_or_dash(out, record.request_id);
        case Kind::kRequestLine:
            return append_request_line(out, record.request);
        case Kind::kServerNameAsAsked:
            return append_or_dash(out, record.server_name_as_asked);
        case Kind::kUser:
            return append_or_dash(out, record.user);
        case Kind::kVariable: {
            const auto value = walk == nullptr ? std::nullopt : walk->environment.find(item.text);
            return value ? append_escaped(out, *value) : out.push_back('-');
        }
        default:
            out.push_back('-');  // %l, which nobody answers any more
    }
}

// As it was asked for, before anybody has rewritten it; what cannot be decoded stands as it came.
void AccessLogBuffer::append_path(std::string& out, const http::Request& request) {
    const bool is_fine = site::normalise(request.path(), path_) == site::PathVerdict::kFine;
    append_or_dash(out, is_fine && !request.method.empty() ? path_ : request.path());
}

void AccessLogBuffer::append_time(std::string& out, std::int64_t seconds) {
    TimeText& known = times_[static_cast<std::uint64_t>(seconds) % times_.size()];
    if (known.seconds != seconds) {
        const tm local = base::local_time(static_cast<time_t>(seconds));
        known.size =
            ::strftime(known.text.data(), known.text.size(), "[%d/%b/%Y:%H:%M:%S %z]", &local);
        known.seconds = seconds;
    }
    out.append(known.text.data(), known.size);
}

}  // namespace server
