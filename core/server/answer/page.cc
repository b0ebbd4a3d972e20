#include "core/server/answer/page.h"

#include "core/base/check.h"
#include "http/page.h"

namespace server {

base::Result<> write_page(const Page& page, const http::HeadContext& context, Output& output) {
    http::Response response;
    const std::string own = http::make_page(page.status, page.location, response);
    const std::string& body = page.body.empty() ? own : page.body;
    response.content_length = body.size();
    if (!page.location.empty()) {
        response.headers.add("Location", page.location);
    }
    if (page.status == 405) {  // must say what is allowed (RFC 9110 section 15.5.6)
        response.headers.add(
            "Allow",
            page.allow.empty() ? "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS" : page.allow
        );
    }
    if (page.status == 503) {
        response.headers.add("Retry-After", "1");
    }
    TRY(http::check(response));
    http::Framing framing = http::write_head(response, context, output.bytes);
    http::write_body(framing, body, output.bytes);
    CHECK(http::write_end(framing, output.bytes));
    output.status = page.status;
    output.body_bytes = framing.omits_body ? 0 : body.size();
    output.keep_alive = framing.keep_alive;
    output.is_complete = true;
    return {};
}

}  // namespace server
