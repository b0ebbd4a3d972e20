#include "http/response_writer.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "core/base/check.h"
#include "http/characters.h"
#include "http/head_limit.h"

namespace http {

namespace {

void append_number(std::uint64_t number, int base, std::string& out) {
    std::array<char, 20> digits;  // of 2^64 - 1
    const auto [end, error] =
        std::to_chars(digits.data(), digits.data() + digits.size(), number, base);
    out.append(digits.data(), end);
}

void append_field(std::string_view name, std::string_view value, std::string& out) {
    out.append(name);
    out.append(": ", 2);
    out.append(value);
    out.append("\r\n", 2);
}

bool has_forbidden_byte(std::string_view bytes) {
    return bytes.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
}

enum class Kind : std::uint8_t { kEndToEnd, kDate, kServer, kDropped };

// Hop-by-hop fields are about this connection and therefore the server's (RFC 9110 section 7.6.1);
// Content-Length is Response::content_length. The length tells almost all names apart before a byte
// is compared.
Kind kind_of(std::string_view name) {
    const auto dropped_if = [](bool is) { return is ? Kind::kDropped : Kind::kEndToEnd; };
    switch (name.size()) {
        case 2:
            return dropped_if(is_named(name, "te"));
        case 4:
            return is_named(name, "date") ? Kind::kDate : Kind::kEndToEnd;
        case 6:
            return is_named(name, "server") ? Kind::kServer : Kind::kEndToEnd;
        case 7:
            return dropped_if(is_named(name, "trailer") || is_named(name, "upgrade"));
        case 10:
            return dropped_if(is_named(name, "connection") || is_named(name, "keep-alive"));
        case 14:
            return dropped_if(is_named(name, "content-length"));
        case 16:
            return dropped_if(is_named(name, "proxy-connection"));
        case 17:
            return dropped_if(is_named(name, "transfer-encoding"));
        default:
            return Kind::kEndToEnd;
    }
}

// We say HTTP/1.1 whatever the request's minor version is (RFC 9110 section 6.2). The space stands
// even where no reason follows (RFC 9112 section 4).
void append_status_line(const Response& response, std::string& out) {
    out.append("HTTP/1.1 ", 9);
    append_number(response.status, 10, out);
    out.push_back(' ');
    out.append(response.reason);
    out.append("\r\n", 2);
}

void append_fields(const Response& response, const HeadContext& context, std::string& out) {
    bool needs_date = !context.date.empty();
    bool needs_server = !context.server.empty();
    for (const Header header : response.headers) {
        const Kind kind = kind_of(header.name);
        if (kind != Kind::kDropped) {
            append_field(header.name, header.value, out);
        }
        needs_date = needs_date && kind != Kind::kDate;
        needs_server = needs_server && kind != Kind::kServer;
    }
    for (const auto& [name, value] : context.extra) {
        if (kind_of(name) == Kind::kEndToEnd) {
            append_field(name, value, out);
        }
    }
    if (needs_date) {
        append_field("Date", context.date, out);
    }
    if (needs_server) {
        append_field("Server", context.server, out);
    }
}

void append_content_length(std::uint64_t bytes, std::string& out) {
    out.append("Content-Length: ", 16);
    append_number(bytes, 10, out);
    out.append("\r\n", 2);
}

// RFC 9112 section 6.3, as the sender.
Framing append_framing(const Response& response, const HeadContext& context, std::string& out) {
    Framing framing;
    framing.keep_alive = context.may_keep_alive;
    if (response.status == 204 || response.status == 304) {
        framing.omits_body = true;  // and no Content-Length (RFC 9110 section 8.6)
    } else if (response.status == 205) {
        framing.omits_body = true;  // says so with a zero length (RFC 9110 section 15.3.6)
        append_content_length(0, out);
    } else if (context.is_head) {
        framing.omits_body = true;  // and keeps what GET would have said, where that is known (RFC
                                    // 9110 section 9.3.2)
        if (response.content_length) {
            append_content_length(*response.content_length, out);
        }
    } else if (response.content_length) {
        framing.remaining = response.content_length;
        append_content_length(*response.content_length, out);
    } else if (context.minor == 1) {
        framing.chunked = true;
        out.append("Transfer-Encoding: chunked\r\n");
    } else {
        framing.keep_alive = false;  // the end of the connection is the end of the body
    }
    return framing;
}

// RFC 9112 section 9.3: what differs from the version's default is said.
void append_connection(const Framing& framing, const HeadContext& context, std::string& out) {
    if (context.minor == 1 && !framing.keep_alive) {
        out.append("Connection: close\r\n");
    } else if (context.minor == 0 && framing.keep_alive) {
        out.append("Connection: keep-alive\r\n");
    }
}

}  // namespace

base::Result<> check(const Response& response) {
    const auto fault = [](std::string what) {
        return base::fail(base::Fault::kApplication, std::move(what));
    };
    if (response.status < 200 || response.status > 999) {
        return fault(
            "status " + std::to_string(response.status) + " is not one of a final response"
        );
    }
    if (has_forbidden_byte(response.reason)) {
        return fault("CR, LF or NUL in the status line: " + response.reason);
    }
    for (const Header header : response.headers) {
        TRY(check_field(header.name, header.value));
    }
    return {};
}

base::Result<> check_own(const Response& response) {
    std::size_t size = 0;
    for (const Header header : response.headers) {
        size += header.name.size() + header.value.size() + kFieldCost;
    }
    if (size > kResponseHeadMax) {
        return base::fail(
            base::Fault::kConfig,
            "the head of the answer is larger than " + std::to_string(kResponseHeadMax) + " bytes"
        );
    }
    return check(response);
}

base::Result<> check_field(std::string_view name, std::string_view value) {
    if (!is_token(name)) {
        return base::fail(
            base::Fault::kApplication, "header name is not a token: " + std::string(name)
        );
    }
    if (has_forbidden_byte(value)) {
        return base::fail(
            base::Fault::kApplication, "CR, LF or NUL in the value of header " + std::string(name)
        );
    }
    return {};
}

Framing write_head(const Response& response, const HeadContext& context, std::string& out) {
    append_status_line(response, out);
    append_fields(response, context, out);
    const Framing framing = append_framing(response, context, out);
    append_connection(framing, context, out);
    out.append("\r\n", 2);
    return framing;
}

std::uint64_t take_unframed(Framing& framing, std::uint64_t count) {
    CHECK(!framing.chunked);
    if (framing.omits_body) {
        return 0;
    }
    if (!framing.remaining) {
        return count;
    }
    const std::uint64_t taken = std::min(count, *framing.remaining);
    framing.was_cut = framing.was_cut || taken < count;
    *framing.remaining -= taken;
    return taken;
}

void write_chunk_start(std::uint64_t size, std::string& out) {
    CHECK(size > 0);  // a chunk of no bytes would be the last one
    append_number(size, 16, out);
    out.append("\r\n", 2);
}

void write_body(Framing& framing, base::Bytes bytes, std::string& out) {
    if (!framing.chunked) {
        out.append(bytes.substr(0, take_unframed(framing, bytes.size())));
        return;
    }
    if (!bytes.empty()) {
        write_chunk_start(bytes.size(), out);
        out.append(bytes);
        out.append("\r\n", 2);
    }
}

bool write_end(Framing& framing, std::string& out) {
    if (framing.chunked) {
        out.append("0\r\n\r\n", 5);
    }
    return framing.remaining.value_or(0) == 0;
}

}  // namespace http
