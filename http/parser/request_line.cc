#include "http/parser/request_line.h"

#include "core/base/text/text.h"
#include "http/authority.h"
#include "http/characters.h"

namespace http {

namespace {

constexpr std::string_view kVersionShape = " HTTP/1.1\r";

// Cuts " HTTP/1.x CR" off the line's end (RFC 9112 section 2.3).
ParseError take_version(std::string_view& line, Request& request) {
    if (line.size() < kVersionShape.size() || line.back() != '\r') {
        return {
            400,
            line.ends_with('\r') ? "request line without version"
                                 : "bare LF ends the request line"};
    }
    const std::string_view version = line.substr(line.size() - kVersionShape.size());
    const char major = version[6];
    const char minor = version[8];
    if (!version.starts_with(" HTTP/") || version[7] != '.' || !is(Class::kDigit, major) ||
        !is(Class::kDigit, minor)) {
        return {400, "malformed HTTP version"};
    }
    if (major == '0') {
        return {400, "HTTP/0.9 is not spoken here"};
    }
    if (major != '1') {
        return {505, "HTTP version is not 1.x"};
    }
    // A minor version above ours is answered as the highest that we know (RFC 9110 section 2.5).
    request.minor = minor == '0' ? 0 : 1;
    line.remove_suffix(version.size());
    return kNoError;
}

// "http://host:port/path?query": the authority is the request's, whatever Host says (RFC 9112
// section 3.2.2). An empty host is invalid (RFC 9110 section 4.2.1), userinfo too (section 4.2.4).
ParseError check_absolute_form(Request& request) {
    const std::string_view target = request.target;
    const std::size_t scheme_end = target.find("://");
    if (scheme_end == std::string_view::npos) {
        return {400, "request target has none of the four forms"};
    }
    const std::string_view scheme = target.substr(0, scheme_end);
    if (!base::equal_case_blind(scheme, "http") && !base::equal_case_blind(scheme, "https")) {
        return {400, "request target has an unknown scheme"};
    }
    const std::string_view rest = target.substr(scheme_end + 3);
    const std::string_view authority = rest.substr(0, rest.find_first_of("/?"));
    if (authority.empty() || authority.front() == ':' || !is_valid_authority(authority)) {
        return {400, "request target has an invalid authority"};
    }
    request.authority = authority;
    return kNoError;
}

// Which form a target has is a matter of the method (RFC 9112 section 3.2).
ParseError check_target_form(Request& request) {
    if (std::string_view(request.method) == "CONNECT") {
        // Well-formed, but we are no proxy (RFC 9110 section 9.3.6).
        const std::string_view target = request.target;
        const bool is_authority_form =
            target.find(':') != std::string_view::npos && is_valid_authority(target);
        return is_authority_form ? ParseError{405, "CONNECT"}
                                 : ParseError{400, "CONNECT to something that is no authority"};
    }
    if (request.target.front() == '/') {
        return kNoError;
    }
    if (request.target == "*") {
        return request.method == "OPTIONS" ? kNoError
                                           : ParseError{400, "request target * without OPTIONS"};
    }
    return check_absolute_form(request);
}

}  // namespace

// The method is whatever token comes first, which is why llhttp does not read this line: it refuses
// a method that is not on its list (RFC 9110 section 9.1 leaves that to who serves the target).
ParseError parse_request_line(std::string_view line, Request& request) {
    std::size_t method_size = 0;
    while (method_size < line.size() && is(Class::kToken, line[method_size])) {
        ++method_size;
    }
    if (method_size == 0 || method_size == line.size() || line[method_size] != ' ') {
        return {400, "malformed method"};
    }
    const std::string_view method = line.substr(0, method_size);
    line.remove_prefix(method_size);
    if (const ParseError error = take_version(line, request); error.is_error()) {
        return error;
    }
    const std::string_view target = line.substr(line.empty() ? 0 : 1);
    if (target.empty() || !are_all(Class::kTarget, target)) {
        return {400, "malformed request target"};
    }
    request.method = method;
    request.target = target;
    return check_target_form(request);
}

}  // namespace http
