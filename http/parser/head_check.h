// What the fields of a complete head mean for a server: one framing, one Host, Connection, Expect.
// Plain function on a value; any thread.
#pragma once

#include <string>
#include <string_view>

#include "http/parser/parse_error.h"
#include "http/request.h"

namespace http {

// Reads `request.headers` and sets authority (unless the target has given it), content_length,
// chunked, keep_alive and expects_continue. `valid_host`: "", or the last Host that was found to be
// valid on the connection, where the next one is most often the same; becomes this one.
ParseError check_head(Request& request, std::string& valid_host);

// A field that may not come after the body, because it would change what was already decided (RFC
// 9110 section 6.5.1).
bool is_forbidden_trailer(std::string_view name);

}  // namespace http
