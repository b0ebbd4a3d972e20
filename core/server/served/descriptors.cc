#include "core/server/served/descriptors.h"

#include <fcntl.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>

#include "core/base/system/fd.h"

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

std::optional<FullTable> full_table(int any_descriptor) {
    // What a few requests need. One or two come free each time a client goes.
    std::array<base::Fd, 4> wanted;
    const bool has_room = std::ranges::all_of(wanted, [any_descriptor](base::Fd& fd) {
        fd.reset(::fcntl(any_descriptor, F_DUPFD_CLOEXEC, 0));
        return fd.is_open() || errno != EMFILE;
    });
    if (has_room) {
        return std::nullopt;
    }
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return std::nullopt;
    }
    const std::size_t all = limit.rlim_cur;
    return FullTable{all, all - std::min(all, base::own_descriptor_count())};
}

int files_max() { return highest_for_connections() / 4; }

}  // namespace server
