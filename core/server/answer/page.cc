#include "core/server/answer/page.h"

#include "http/response_writer.h"
#include "http/status_page.h"

namespace server {

base::Result<> give_page(const Page& page, http::Response& head, Answer& answer) {
    const std::string own = http::make_page(page.status, page.location, head);
    const std::string& body = page.body.empty() ? own : page.body;
    head.content_length = body.size();
    if (!page.location.empty()) {
        head.headers.add("Location", page.location);
    }
    if (page.status == 405) {  // must say what is allowed (RFC 9110 section 15.5.6)
        head.headers.add(
            "Allow",
            page.allow.empty() ? "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS" : page.allow
        );
    }
    if (page.status == 503) {
        head.headers.add("Retry-After", "1");
    }
    TRY(http::check_own(head));
    answer.begin(head);
    answer.add_body(body);
    answer.end();
    return {};
}

}  // namespace server
