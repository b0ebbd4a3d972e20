// Files that the server sends as they are: opening, conditions, and the head of the answer. The
// body is the kernel's to send (Answer::file). Plain functions; event loops.
#pragma once

#include <cstdint>
#include <optional>

#include "core/server/answer/answer.h"
#include "core/server/answer/page.h"
#include "core/site/map/outcome.h"
#include "http/request.h"
#include "http/response.h"

namespace server {

// Fills `answer` (its head is `head`) with the answer to `request`, whose outcome is a file; or
// says which page the client gets instead. `now`: seconds since the epoch.
std::optional<Page> give_file(
    const site::Outcome& outcome,
    const http::Request& request,
    std::int64_t now,
    http::Response& head,
    Answer& answer
);

}  // namespace server
