#include "http/request.h"

namespace http {

namespace {

constexpr std::size_t kKeptTarget = 64 * 1024;  // bytes

// "/a?b" of "/a?b" and of "http://host/a?b"; empty where the absolute form ends with its authority.
std::string_view without_authority(std::string_view target) {
    if (target.empty() || target.front() == '/') {
        return target;
    }
    const std::size_t scheme_end = target.find("://");
    if (scheme_end == std::string_view::npos) {
        return target;
    }
    const std::size_t start = target.find_first_of("/?", scheme_end + 3);
    return start == std::string_view::npos ? std::string_view() : target.substr(start);
}

}  // namespace

Request::Asked Request::asked() const {
    const std::string_view rest = without_authority(target);
    const std::size_t mark = rest.find('?');
    if (mark == std::string_view::npos) {
        return {.path = rest.empty() ? "/" : rest, .query = {}};
    }
    return {.path = mark == 0 ? "/" : rest.substr(0, mark), .query = rest.substr(mark + 1)};
}

void Request::clear() {
    method.clear();
    target.clear();
    if (target.capacity() > kKeptTarget) {
        std::string().swap(target);
    }
    authority.clear();
    minor = 1;
    keep_alive = true;
    chunked = false;
    expects_continue = false;
    content_length.reset();
    headers.clear();
}

}  // namespace http
