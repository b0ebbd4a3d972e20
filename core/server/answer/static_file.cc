#include "core/server/answer/static_file.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "core/base/foreign/disposal.h"
#include "core/base/foreign/link_rule.h"
#include "core/server/served/descriptors.h"
#include "http/conditional.h"
#include "http/date.h"
#include "http/response_writer.h"
#include "http/status.h"

namespace server {
namespace {

int status_of_errno(int error) {
    switch (error) {
        case ENOENT:
        case ENOTDIR:
        case ENAMETOOLONG:
            return 404;
        case EMFILE:
        case ENFILE:
        case ENOMEM:
            return 503;
        default:
            return 403;  // as Apache answers whatever the file system does not permit
    }
}

// The time has nanoseconds, and another file has another number: strong (RFC 9110 section 8.8.1).
std::string etag_of(const struct stat& status) {
    return fmt::format(
        "\"{:x}-{:x}-{:x}.{:x}\"",
        status.st_ino,
        status.st_size,
        status.st_mtim.tv_sec,
        status.st_mtim.tv_nsec
    );
}

void say(const http::Response& head, OpenFile* file, Answer& answer) {
    answer.begin(head);
    if (file != nullptr) {
        answer.add_file(file->fd.release(), 0, static_cast<std::uint64_t>(file->status.st_size));
        answer.is_file_slow = file->is_slow;
    }
    answer.end();
}

}  // namespace

OpenFile::~OpenFile() {
    if (is_slow && fd.is_open()) {
        base::dispose_by_mount(fd.release());
    }
}

OpenFile open_regular(const std::string& path, const base::LinkRule& links) {
    OpenFile file;
    auto [fd, error] = base::open_file(path, links);
    file.fd = base::TenantFile(std::move(fd));
    if (error == ELOOP && !links.follows_all()) {
        file.reason = "Symbolic link not allowed: " + path;
        file.refusal = 403;
    } else if (error != 0) {
        file.reason = fmt::format("cannot open {}: {}", path, std::strerror(error));
        file.refusal = status_of_errno(error);
    } else if (file.fd.get() > highest_for_files()) {
        file.reason = "too many open files: none is left for " + path + "; raise LimitNOFILE";
        file.refusal = 503;
    } else if (::fstat(file.fd.get(), &file.status) != 0 || !S_ISREG(file.status.st_mode)) {
        file.reason = path + " is not a regular file";
        file.refusal = 403;
    }
    return file;
}

std::optional<Page> give_file(
    const site::Outcome& outcome,
    const http::Request& request,
    std::int64_t now,
    std::optional<OpenFile> opened,
    http::Response& head,
    Answer& answer
) {
    head.clear();
    head.status = static_cast<std::uint16_t>(outcome.status == 0 ? 200 : outcome.status);
    const bool is_asked_for = head.status == 200;  // and is not shown for an error
    const bool is_read = request.method == "GET" || request.method == "POST" || request.is_head();
    if (is_asked_for && !is_read && request.method != "OPTIONS") {
        return Page{.status = 405, .allow = site::kStaticMethods};
    }
    OpenFile file = opened ? *std::move(opened) : open_regular(outcome.file, outcome.links);
    if (file.refusal != 0) {
        return Page{
            .status = is_asked_for ? file.refusal : head.status, .reason = std::move(file.reason)};
    }
    const std::string etag = etag_of(file.status);
    // RFC 9110 section 8.8.2.1: never later than the answer itself.
    const std::int64_t modified = std::min<std::int64_t>(file.status.st_mtim.tv_sec, now);
    if (is_asked_for) {
        switch (http::evaluate(request, {etag, modified, now})) {
            case http::Precondition::kHolds:
                break;
            case http::Precondition::kFailed:
                return Page{.status = 412};
            case http::Precondition::kNotModified:
                head.status = 304;
                head.reason = http::reason_phrase(304);
                head.headers.add("ETag", etag);
                say(head, nullptr, answer);
                return std::nullopt;
        }
    }
    head.reason = http::reason_phrase(head.status);
    if (is_asked_for && !is_read) {
        head.headers.add("Allow", site::kStaticMethods);
        head.content_length = 0;
        say(head, nullptr, answer);
        return std::nullopt;
    }
    head.content_length = static_cast<std::uint64_t>(file.status.st_size);
    if (!outcome.content_type.empty()) {
        head.headers.add("Content-Type", outcome.content_type);
    }
    if (is_asked_for) {
        head.headers.add("Last-Modified", http::http_date(modified));
        head.headers.add("ETag", etag);
    } else if (head.status == 405) {
        head.headers.add("Allow", site::kStaticMethods);
    }
    if (const auto checked = http::check_own(head); !checked) {
        return Page{.status = 500, .reason = checked.error().what};
    }
    say(head, &file, answer);
    return std::nullopt;
}

}  // namespace server
