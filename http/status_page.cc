#include "http/status_page.h"

#include "http/status.h"

namespace http {

std::string make_page(int status, std::string_view location, Response& response) {
    const std::string_view phrase = reason_phrase(status);
    if (status == 200) {  // OPTIONS *, of which there is nothing to say (RFC 9110 section 9.3.7)
        response.clear();
        response.status = 200;
        response.reason = phrase;
        response.content_length = 0;
        return {};
    }
    std::string title = std::to_string(status);
    if (!phrase.empty()) {
        title.append(" ").append(phrase);
    }
    std::string body = "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>";
    body.append(title).append("</title></head>\n<body><h1>").append(title).append("</h1>");
    // Whoever follows no Location has somebody who reads; what is longer is nothing to read.
    constexpr std::size_t kLinkMax = 8 << 10;
    const std::string link = location.size() > kLinkMax ? "" : html_escaped(location);
    if (!link.empty()) {
        body.append("\n<p><a href=\"").append(link).append("\">").append(link).append("</a></p>");
    }
    body.append("</body>\n</html>\n");

    response.clear();
    response.status = static_cast<std::uint16_t>(status);
    response.reason = phrase;
    response.headers.add("Content-Type", "text/html; charset=utf-8");
    response.content_length = body.size();
    return body;
}

std::string html_escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            case '\'':
                out += "&#39;";
                break;
            default:
                out += c;
        }
    }
    return out;
}

}  // namespace http
