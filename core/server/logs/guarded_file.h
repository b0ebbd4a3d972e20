// Opens the files that root writes for the server: logs and the PidFile. Whoever may write a
// directory on the way could put a symbolic link there, and root would write wherever that points.
// So each directory is opened from the one above it, and looked at by its descriptor; symbolic
// links are followed only where nobody but root can have made them. Where we are not root, nothing
// is gained by that, and files are opened as they are. Any thread.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>

#include "core/base/result.h"
#include "core/base/system/fd.h"

namespace server {

// Whether a process of the server belongs to this group. Asked only of groups of the system (those
// below 1000), as others are always taken for somebody's.
using IsServedGroup = std::function<bool(gid_t)>;

// With `flags` of open(2), which are for writing and not O_TRUNC; made with mode 0644 where it is
// missing. Never waits: a FIFO that nobody reads is an error. Errors are sentences that name the
// path.
base::Result<base::Fd> open_guarded(
    const std::string& path, int flags, const IsServedGroup& is_served
);

// What keeps open_guarded() from opening it, as far as can be seen without making it: "" is
// nothing.
std::string obstacle_to_writing(const std::string& path, const IsServedGroup& is_served);

}  // namespace server
