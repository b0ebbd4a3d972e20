#include "core/server/logs/access_log.h"

#include <algorithm>
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

using ItemKind = config::LogItem::Kind;
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
            append_escaped(out, base::trimmed(line.substr(colon + 1), " \t"));
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
                base::equal_case_blind(base::trimmed(pair.substr(0, equals), " \t"), name)) {
                value = base::trimmed(pair.substr(equals + 1), " \t");
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
bool is_wanted(const config::LogCondition& condition, const site::Walk* walk) {
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
    if (log.condition != nullptr && !is_wanted(*log.condition, record.walk)) {
        return;
    }
    std::string& out = pending(*log.file);
    for (const config::LogItem& item : log.format->items) {
        if (item.kind == ItemKind::kText) {
            out += item.text;
        } else if (!item.statuses.empty() && !item.is_wanted_for(record.status)) {
            out += '-';
        } else {
            append(out, item, record);
        }
    }
    out += '\n';
}

namespace {

// Microseconds. The time of day may have been set back meanwhile.
std::int64_t duration_of(const AccessRecord& record) {
    return std::max<std::int64_t>(record.ended - record.begun, 0);
}

}  // namespace

// About the answer, the connection and the time; else append_about_request().
void AccessLogBuffer::append(
    std::string& out, const config::LogItem& item, const AccessRecord& record
) {
    const std::int64_t time = item.is_of_end ? record.ended : record.begun;
    switch (item.kind) {
        case ItemKind::kBodyBytes:
            return append_number(out, record.body_bytes);
        case ItemKind::kBodyBytesOrDash:
            return record.body_bytes == 0 ? out.push_back('-')
                                          : append_number(out, record.body_bytes);
        case ItemKind::kBytesMoved:
            return append_number(out, record.bytes_received + record.bytes_sent);
        case ItemKind::kBytesReceived:
            return append_number(out, record.bytes_received);
        case ItemKind::kBytesSent:
            return append_number(out, record.bytes_sent);
        case ItemKind::kCanonicalPort:
            return append_number(out, record.canonical_port);
        case ItemKind::kConnectionState:
            return out.push_back(static_cast<char>(record.after));
        case ItemKind::kDuration:
            return append_number(out, in_unit(duration_of(record), item.unit));
        case ItemKind::kKeepAliveCount:
            return append_number(out, record.keep_alive_count);
        case ItemKind::kLocalAddress:
            out += record.local_addr;
            return;
        case ItemKind::kLocalPort:
            return append_number(out, record.local_port);
        case ItemKind::kProcess:
            return append_number(out, record.pid);
        case ItemKind::kRemoteAddress:
            out += record.remote_addr;
            return;
        case ItemKind::kRemotePort:
            return append_number(out, record.remote_port);
        case ItemKind::kResponseField:
            return append_sent_field(out, record.response_head, item.text);
        case ItemKind::kServerName:
            return append_or_dash(out, record.server_name);
        case ItemKind::kStatus:
            // As Apache has it where there is none: the client has gone before anything was said.
            return record.status == 0 ? out.push_back('-') : append_number(out, record.status);
        case ItemKind::kThread:
            return append_number(out, ::gettid());
        case ItemKind::kThreadHex:
            return append_number(out, ::gettid(), 16);
        case ItemKind::kTime:
            return append_time(out, in_unit(time, Unit::kSeconds));
        case ItemKind::kTimeAs:
            return append_time_as(out, in_unit(time, Unit::kSeconds), item.text);
        case ItemKind::kTimeFraction:
            return append_fraction(
                out,
                in_unit(time % kMicrosecondsPerSecond, item.unit),
                item.unit == Unit::kMilliseconds ? 3 : 6
            );
        case ItemKind::kTimeNumber:
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
        case ItemKind::kCookie:
            return append_cookie(out, record.request.headers, item.text);
        case ItemKind::kFileName:
            return append_or_dash(out, walk == nullptr ? "" : std::string_view(walk->filename));
        case ItemKind::kHandler:
            return append_or_dash(out, walk == nullptr ? "" : std::string_view(walk->handler));
        case ItemKind::kMethod:
            return append_or_dash(out, record.request.method);
        case ItemKind::kPath:
            return append_path(out, record.request);
        case ItemKind::kProtocol:
            out += record.request.minor == 0 ? "HTTP/1.0" : "HTTP/1.1";
            return;
        case ItemKind::kQuery: {
            const auto query = walk == nullptr ? record.request.query() : walk->query;
            out += query.empty() ? "" : "?";
            return append_escaped(out, query);
        }
        case ItemKind::kRequestField:
            return append_field(out, record.request.headers, item.text);
        case ItemKind::kRequestId:
            return append_or_dash(out, record.request_id);
        case ItemKind::kRequestLine:
            return append_request_line(out, record.request);
        case ItemKind::kServerNameAsAsked:
            return append_or_dash(out, record.server_name_as_asked);
        case ItemKind::kUser:
            return append_or_dash(out, record.user);
        case ItemKind::kVariable: {
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
