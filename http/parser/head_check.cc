#include "http/parser/head_check.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "core/base/text/text.h"
#include "http/authority.h"
#include "http/characters.h"

namespace http {

namespace {

// Takes the next element off a comma-separated list, trimmed (RFC 9110 section 5.6.1). Empty
// elements are returned too.
std::string_view take_element(std::string_view& list) {
    const std::size_t comma = list.find(',');
    const std::string_view element = trimmed(list.substr(0, comma));
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
    return element;
}

// What has been seen while walking over the fields.
struct Seen {
    std::string& valid_host;
    bool host = false;
    bool close = false;
    bool keep_alive = false;
    bool transfer_encoding = false;
};

// RFC 9112 section 3.2: exactly one Host in HTTP/1.1, never two, never an invalid one.
ParseError on_host(std::string_view value, Request& request, Seen& seen) {
    if (seen.host) {
        return {400, "more than one Host"};
    }
    if (value != seen.valid_host) {
        if (!is_valid_authority(value)) {
            return {400, "invalid Host"};
        }
        seen.valid_host = value;
    }
    seen.host = true;
    if (request.authority.empty()) {
        request.authority = value;
    }
    return kNoError;
}

// RFC 9110 section 8.6: 1*DIGIT. A list of equal values might be accepted; it is the stuff of
// smuggling, so it is not.
ParseError on_content_length(std::string_view value, Request& request) {
    if (request.content_length) {
        return {400, "more than one Content-Length"};
    }
    std::uint64_t bytes = 0;
    const char* end = value.data() + value.size();
    const auto [stop, error] = std::from_chars(value.data(), end, bytes);
    if (error != std::errc() || stop != end || !are_all(Class::kDigit, value)) {
        return {400, "Content-Length is not a number"};
    }
    request.content_length = bytes;
    return kNoError;
}

// RFC 9112 section 6.1 and 6.3: chunked is the last coding and comes once, else the length of the
// body is unknown: 400. Well-formed, but with a coding that we do not have: 501.
ParseError on_transfer_encoding(std::string_view value, Request& request, Seen& seen) {
    if (seen.transfer_encoding) {
        return {400, "more than one Transfer-Encoding"};
    }
    seen.transfer_encoding = true;
    if (request.minor == 0) {
        return {400, "Transfer-Encoding in HTTP/1.0"};
    }
    std::size_t codings = 0;
    bool was_chunked = false;
    do {
        const std::string_view coding = take_element(value);
        if (was_chunked || !is_token(coding)) {
            return {400, "malformed Transfer-Encoding"};
        }
        was_chunked = base::equal_case_blind(coding, "chunked");
        ++codings;
    } while (!value.empty());
    if (!was_chunked) {
        return {400, "Transfer-Encoding does not end with chunked"};
    }
    if (codings > 1) {
        return {501, "Transfer-Encoding other than chunked"};
    }
    request.chunked = true;
    return kNoError;
}

void on_connection(std::string_view value, Seen& seen) {
    while (!value.empty()) {
        const std::string_view option = take_element(value);
        seen.close = seen.close || base::equal_case_blind(option, "close");
        seen.keep_alive = seen.keep_alive || base::equal_case_blind(option, "keep-alive");
    }
}

// RFC 9110 section 10.1.1: HTTP/1.0 has no expectations; one that we do not know may be answered
// with 417.
ParseError on_expect(std::string_view value, Request& request) {
    while (request.minor == 1 && !value.empty()) {
        const std::string_view expectation = take_element(value);
        if (!base::equal_case_blind(expectation, "100-continue")) {
            return {417, "unknown Expect"};
        }
        request.expects_continue = true;
    }
    return kNoError;
}

// The length tells almost all fields apart before a byte is compared.
ParseError on_field(Header header, Request& request, Seen& seen) {
    switch (header.name.size()) {
        case 4:
            return is_named(header.name, "host") ? on_host(header.value, request, seen) : kNoError;
        case 6:
            return is_named(header.name, "expect") ? on_expect(header.value, request) : kNoError;
        case 10:
            if (is_named(header.name, "connection")) {
                on_connection(header.value, seen);
            }
            return kNoError;
        case 14:
            return is_named(header.name, "content-length")
                       ? on_content_length(header.value, request)
                       : kNoError;
        case 17:
            return is_named(header.name, "transfer-encoding")
                       ? on_transfer_encoding(header.value, request, seen)
                       : kNoError;
        default:
            return kNoError;
    }
}

}  // namespace

ParseError check_head(Request& request, std::string& valid_host) {
    Seen seen{.valid_host = valid_host};
    for (const Header header : request.headers) {
        if (const ParseError error = on_field(header, request, seen); error.is_error()) {
            return error;
        }
    }
    if (!seen.host && request.minor == 1) {
        return {400, "HTTP/1.1 without Host"};
    }
    // RFC 9112 section 6.1 would let Transfer-Encoding win; nobody honest sends both.
    if (request.chunked && request.content_length) {
        return {400, "both Content-Length and Transfer-Encoding"};
    }
    // RFC 9112 section 9.3.
    request.keep_alive = !seen.close && (request.minor == 1 || seen.keep_alive);
    return kNoError;
}

bool is_forbidden_trailer(std::string_view name) {
    static constexpr std::array kForbidden = std::to_array<std::string_view>({
        "Authorization",
        "Cache-Control",
        "Connection",
        "Content-Encoding",
        "Content-Length",
        "Content-Range",
        "Content-Type",
        "Cookie",
        "Expect",
        "Host",
        "Keep-Alive",
        "Max-Forwards",
        "Proxy-Authorization",
        "Proxy-Connection",
        "Range",
        "TE",
        "Trailer",
        "Transfer-Encoding",
        "Upgrade",
    });
    return std::any_of(kForbidden.begin(), kForbidden.end(), [name](std::string_view forbidden) {
        return base::equal_case_blind(name, forbidden);
    });
}

}  // namespace http
