#include "core/server/access_log.h"

#include <fmt/format.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <iterator>

namespace server {
namespace {

// As Apache does: quotes, backslashes and control bytes cannot leave their field or line (T-33).
void append_escaped(std::string& out, std::string_view text) {
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out.push_back('\\');
            out.push_back(c);
        } else if (byte < 0x20 || byte >= 0x7f) {
            fmt::format_to(std::back_inserter(out), "\\x{:02x}", byte);
        } else {
            out.push_back(c);
        }
    }
}

void append_field(std::string& out, const http::Request& request, std::string_view name) {
    out += " \"";
    append_escaped(out, request.headers.find(name).value_or("-"));
    out += '"';
}

void append_request_line(std::string& out, const http::Request& request) {
    if (request.method.empty()) {
        out += '-';  // never understood
        return;
    }
    append_escaped(out, request.method);
    out += ' ';
    append_escaped(out, request.target);
    out += request.minor == 0 ? " HTTP/1.0" : " HTTP/1.1";
}

}  // namespace

void AccessLogBuffer::add(
    const AccessLogFile& file, const AccessRecord& record, std::int64_t seconds_since_epoch
) {
    std::string& out = pending(file);
    out.append(record.remote_addr)
        .append(" - - ")
        .append(time_text(seconds_since_epoch))
        .append(" \"");
    append_request_line(out, record.request);
    fmt::format_to(std::back_inserter(out), "\" {} ", record.status);
    if (record.body_bytes == 0) {
        out += '-';
    } else {
        fmt::format_to(std::back_inserter(out), "{}", record.body_bytes);
    }
    if (file.format == config::AccessFormat::kCombined) {
        append_field(out, record.request, "Referer");
        append_field(out, record.request, "User-Agent");
    }
    out += '\n';
}

void AccessLogBuffer::flush() {
    for (Pending& pending : pending_) {
        if (!pending.lines.empty()) {
            // Opened with O_APPEND: lines of several loops and processes do not mix.
            [[maybe_unused]] const auto written =
                ::write(pending.file->fd.get(), pending.lines.data(), pending.lines.size());
            pending.lines.clear();
        }
    }
}

std::string& AccessLogBuffer::pending(const AccessLogFile& file) {
    for (Pending& pending : pending_) {
        if (pending.file == &file) {
            return pending.lines;
        }
    }
    pending_.push_back({&file, {}});
    return pending_.back().lines;
}

const std::string& AccessLogBuffer::time_text(std::int64_t seconds_since_epoch) {
    if (seconds_since_epoch != time_) {
        time_ = seconds_since_epoch;
        const time_t seconds = static_cast<time_t>(seconds_since_epoch);
        tm local{};
        ::localtime_r(&seconds, &local);
        std::array<char, 40> text{};
        ::strftime(text.data(), text.size(), "[%d/%b/%Y:%H:%M:%S %z]", &local);
        time_text_ = text.data();
    }
    return time_text_;
}

}  // namespace server
