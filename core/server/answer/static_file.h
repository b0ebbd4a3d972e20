// Files that the server sends as they are: opening, conditions, and the head of the answer. The
// body is the kernel's to send (Answer::file). Plain functions; event loops.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <optional>
#include <string>

#include "core/base/foreign/tenant_file.h"
#include "core/server/answer/answer.h"
#include "core/server/answer/page.h"
#include "core/site/map/outcome.h"
#include "http/request.h"
#include "http/response.h"

namespace server {

struct OpenFile {
    OpenFile() = default;
    OpenFile(OpenFile&&) = default;
    OpenFile& operator=(OpenFile&&) = default;
    ~OpenFile();

    base::TenantFile fd;
    struct stat status {};
    bool is_slow = false;  // reading it, and closing it, may take any time
    int refusal = 0;       // the status for the client where it is not open
    std::string reason;
};

// Asks the file system; any thread. What was a file a moment ago may be a pipe by now: only a
// regular file is ever read.
OpenFile open_regular(const std::string& path, const base::LinkRule& links);

// Fills `answer` (its head is `head`) with the answer to `request`, whose outcome is a file; or
// says which page the client gets instead. `now`: seconds since the epoch. `opened`: the
// file, where another thread had to wait for that.
std::optional<Page> give_file(
    const site::Outcome& outcome,
    const http::Request& request,
    std::int64_t now,
    std::optional<OpenFile> opened,
    http::Response& head,
    Answer& answer
);

}  // namespace server
