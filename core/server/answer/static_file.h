// Files that the server sends as they are: opening, conditions, and the head of the answer. The
// body is the kernel's to send (Output::file). Plain functions; event loops.
#pragma once

#include <cstdint>
#include <optional>

#include "core/server/answer/page.h"
#include "core/server/answer/responder.h"
#include "core/site/map/outcome.h"
#include "http/request.h"
#include "http/response_writer.h"

namespace server {

// Fills `output` with the answer to `request`, whose outcome is a file; or says which page the
// client gets instead. `now`: seconds since the epoch.
std::optional<Page> write_file(
    const site::Outcome& outcome,
    const http::Request& request,
    const http::HeadContext& context,
    std::int64_t now,
    Output& output
);

}  // namespace server
