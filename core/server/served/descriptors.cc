#include "core/server/served/descriptors.h"

#include <sys/resource.h>

#include <algorithm>
#include <limits>

namespace server {

// Connections leave some descriptors to logs, links and Python, which cannot even import a module
// without one.
int highest_for_connections() {
    constexpr rlim_t kSpareMax = 64;
    constexpr rlim_t kSparePart = 4;
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) {
        return std::numeric_limits<int>::max();
    }
    const rlim_t spare = std::min(kSpareMax, limit.rlim_cur / kSparePart);
    return static_cast<int>(
        std::min<rlim_t>(limit.rlim_cur - spare, std::numeric_limits<int>::max())
    );
}

int files_max() { return highest_for_connections() / 4; }

}  // namespace server
