// Pages of the server's own, in HTML. Plain functions; any thread.
#pragma once

#include <string>
#include <string_view>

#include "http/response.h"

namespace http {

// A small page for `status`: fills `response` but for what depends on the occasion, and returns the
// body. With a `location` of up to 8 KiB, the page has a link there (RFC 9110 section
// 15.4).
std::string make_page(int status, std::string_view location, Response& response);

// As HTML text or attribute.
std::string html_escaped(std::string_view text);

}  // namespace http
