// One request line → method, target and version (RFC 9112 section 3). Ours and not llhttp's, whose
// list of methods is closed, where a method is any token (RFC 9110 section 9.1) and applications
// may give meaning to their own; and HTTP/1.2 counts as 1.1. Plain functions on values; any thread.
#pragma once

#include <string_view>

#include "http/parser/parse_error.h"
#include "http/request.h"

namespace http {

// `line` stands without its LF, and must end with CR. Sets `request`'s method, target and minor,
// and its authority where the target is in absolute form. `line` may not point into `request`.
ParseError parse_request_line(std::string_view line, Request& request);

}  // namespace http
