// What clients may make a server process hold, all of them together, whichever configuration they
// are served by. One per process; outlives everybody who has a share. Any thread.
#pragma once

#include <algorithm>
#include <cstddef>

#include "core/base/budget.h"
#include "core/server/served/descriptors.h"
#include "core/server/served/file_room.h"

namespace server {

// Of a body that comes before anybody is called: so much may each have without a place in BodyRoom.
inline constexpr std::size_t kBodyByRight = std::size_t{16} * 1024;

struct Budgets {
    // Pipelined behind requests that are not answered yet; bytes.
    base::Budget pipelined_bytes{std::size_t{16} * 1024 * 1024};
    // That have come behind the moment at which nobody wanted them any more; bytes. There may be
    // more: see ClientInput.
    base::Budget unwanted_bytes{std::size_t{32} * 1024 * 1024};
    // Files that are being sent.
    FileRoom files{static_cast<std::size_t>(std::max(files_max(), 2))};
};

}  // namespace server
