#include "http/response_writer.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "core/base/check.h"
#include "http/characters.h"
#include "http/head_limit.h"

namespace http {

namespace {

constexpr std::string_view kVersion = "HTTP/1.1 ";
constexpr std::string_view kContentLength = "Content-Length: ";
constexpr std::string_view kChunked = "Transfer-Encoding: chunked\r\n";
constexpr std::string_view kClose = "Connection: close\r\n";
constexpr std::string_view kKeepAlive = "Connection: keep-alive\r\n";
constexpr std::string_view kColon = ": ";
constexpr std::string_view kEnd = "\r\n";
constexpr std::size_t kDigitsMax = 20;  // of 2^64 - 1

// Writes into room that is there (room_for()): nothing is looked up or moved between the pieces of
// a head.
class Pen {
public:
    explicit Pen(char* at) : at_(at) {}

    void write(std::string_view text) { at_ += text.copy(at_, text.size()); }
    void write(std::uint64_t number) { at_ = std::to_chars(at_, at_ + kDigitsMax, number).ptr; }
    void write_field(std::string_view name, std::string_view value) {
        write(name);
        write(kColon);
        write(value);
        write(kEnd);
    }
    [[nodiscard]] const char* at() const { return at_; }

private:
    char* at_;
};

std::string_view own_lines(const HeadContext& context, bool with_date, bool with_server) {
    return context.own == nullptr ? std::string_view() : context.own->lines(with_date, with_server);
}

// What a head takes at most: all that it could have, be it dropped or left out in the end.
std::size_t room_for(const Response& response, const HeadContext& context) {
    constexpr std::size_t kAroundField = kColon.size() + kEnd.size();
    constexpr std::size_t kStatusLine = kVersion.size() + kDigitsMax + 1 + kEnd.size();
    constexpr std::size_t kFraming =
        std::max(kChunked.size(), kContentLength.size() + kDigitsMax + kEnd.size());
    constexpr std::size_t kConnection = std::max(kClose.size(), kKeepAlive.size());
    std::size_t room = kStatusLine + kFraming + kConnection + kEnd.size() + response.reason.size() +
                       response.headers.byte_count() + response.headers.size() * kAroundField +
                       own_lines(context, true, true).size();
    for (const auto& [name, value] : context.extra) {
        room += name.size() + value.size() + kAroundField;
    }
    return room;
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
void write_status_line(const Response& response, Pen& pen) {
    pen.write(kVersion);
    pen.write(std::uint64_t{response.status});
    pen.write(" ");
    pen.write(response.reason);
    pen.write(kEnd);
}

void write_fields(const Response& response, const HeadContext& context, Pen& pen) {
    bool needs_date = true;
    bool needs_server = true;
    for (const Header header : response.headers) {
        const Kind kind = kind_of(header.name);
        if (kind != Kind::kDropped) {
            pen.write_field(header.name, header.value);
        }
        needs_date = needs_date && kind != Kind::kDate;
        needs_server = needs_server && kind != Kind::kServer;
    }
    for (const auto& [name, value] : context.extra) {
        if (kind_of(name) == Kind::kEndToEnd) {
            pen.write_field(name, value);
        }
    }
    pen.write(own_lines(context, needs_date, needs_server));
}

void write_content_length(std::uint64_t bytes, Pen& pen) {
    pen.write(kContentLength);
    pen.write(bytes);
    pen.write(kEnd);
}

// RFC 9112 section 6.3, as the sender.
Framing write_framing(const Response& response, const HeadContext& context, Pen& pen) {
    Framing framing;
    framing.keep_alive = context.may_keep_alive;
    if (response.status == 204 || response.status == 304) {
        framing.omits_body = true;  // and no Content-Length (RFC 9110 section 8.6)
    } else if (response.status == 205) {
        framing.omits_body = true;  // says so with a zero length (RFC 9110 section 15.3.6)
        write_content_length(0, pen);
    } else if (context.is_head) {
        framing.omits_body = true;  // and keeps what GET would have said, where that is known (RFC
                                    // 9110 section 9.3.2)
        if (response.content_length) {
            write_content_length(*response.content_length, pen);
        }
    } else if (response.content_length) {
        framing.remaining = response.content_length;
        write_content_length(*response.content_length, pen);
    } else if (context.minor == 1) {
        framing.chunked = true;
        pen.write(kChunked);
    } else {
        framing.keep_alive = false;  // the end of the connection is the end of the body
    }
    return framing;
}

// RFC 9112 section 9.3: what differs from the version's default is said.
void write_connection(const Framing& framing, const HeadContext& context, Pen& pen) {
    if (context.minor == 1 && !framing.keep_alive) {
        pen.write(kClose);
    } else if (context.minor == 0 && framing.keep_alive) {
        pen.write(kKeepAlive);
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
    if (!are_all(Class::kLine, response.reason)) {
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
    if (!are_all(Class::kLine, value)) {
        return base::fail(
            base::Fault::kApplication, "CR, LF or NUL in the value of header " + std::string(name)
        );
    }
    return {};
}

OwnFields::OwnFields(std::string_view date, std::string_view server) {
    const auto add = [this](std::string_view name, std::string_view value) {
        if (!value.empty()) {
            lines_.append(name).append(value).append(kEnd);
        }
    };
    add("Date: ", date);
    date_size_ = lines_.size();
    add("Server: ", server);
}

Framing write_head(const Response& response, const HeadContext& context, std::string& out) {
    const std::size_t start = out.size();
    out.resize(start + room_for(response, context));
    Pen pen(out.data() + start);
    write_status_line(response, pen);
    write_fields(response, context, pen);
    const Framing framing = write_framing(response, context, pen);
    write_connection(framing, context, pen);
    pen.write(kEnd);
    const auto size = static_cast<std::size_t>(pen.at() - out.data());
    CHECK(size <= out.size());
    out.resize(size);
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
    std::array<char, 2 * sizeof size> digits;
    out.append(
        digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), size, 16).ptr
    );
    out.append(kEnd);
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
