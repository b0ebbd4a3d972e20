// Formats of access logs, as LogFormat and CustomLog have them: parsed once, when the configuration
// is read, into items that core/server writes one after the other. Plain values; constant once
// made; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace config {

struct LogItem {
    enum class Kind : std::uint8_t {
        kText,               // `text`, as it is
        kBodyBytes,          // %B
        kBodyBytesOrDash,    // %b
        kBytesMoved,         // %S: received and sent
        kBytesReceived,      // %I: head and body
        kBytesSent,          // %O: head and body
        kCanonicalPort,      // %p
        kConnectionState,    // %X
        kCookie,             // %{text}C
        kDuration,           // %D, %T, %{unit}T
        kFileName,           // %f
        kHandler,            // %R
        kKeepAliveCount,     // %k
        kLocalAddress,       // %A
        kLocalPort,          // %{local}p
        kMethod,             // %m
        kNothing,            // %l: always "-"
        kPath,               // %U
        kProcess,            // %P
        kProtocol,           // %H
        kQuery,              // %q
        kRemoteAddress,      // %a, %h
        kRemotePort,         // %{remote}p
        kRequestField,       // %{text}i
        kRequestId,          // %L
        kRequestLine,        // %r
        kResponseField,      // %{text}o
        kServerName,         // %v
        kServerNameAsAsked,  // %V
        kStatus,             // %s
        kThread,             // %{tid}P
        kThreadHex,          // %{hextid}P
        kTime,               // %t
        kTimeAs,             // %{strftime format}t
        kTimeFraction,       // %{msec_frac}t, %{usec_frac}t
        kTimeNumber,         // %{sec}t, %{msec}t, %{usec}t
        kUser,               // %u
        kVariable,           // %{text}e
    };
    enum class Unit : std::uint8_t { kSeconds, kMilliseconds, kMicroseconds };

    Kind kind = Kind::kText;
    Unit unit = Unit::kSeconds;  // of kDuration, kTimeNumber and kTimeFraction
    bool is_of_end = false;      // of a time: of the answer's end, not of the request's beginning
    // Where it is not empty: the item is written for these statuses only, or for all others; else
    // there is a "-".
    std::vector<std::uint16_t> statuses;
    bool is_for_other_statuses = false;
    std::string text;

    [[nodiscard]] bool is_wanted_for(int status) const;
};

// What an item needs that is not at hand for every request.
struct LogNeeds {
    bool walk = false;  // what the configuration made of the request: %f %q %R %{…}e, env=, expr=
    bool response_head = false;  // %{…}o
    bool end_time = false;       // %D %T %{end:…}t

    void add(const LogNeeds& other) {
        walk |= other.walk;
        response_head |= other.response_head;
        end_time |= other.end_time;
    }
};

struct LogFormat {
    std::vector<LogItem> items;
    LogNeeds needs;
};

// The error is a sentence that names the item which is wrong, or which we do not have.
base::Result<LogFormat> parse_log_format(std::string_view text);

}  // namespace config
