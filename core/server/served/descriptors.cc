#include "core/server/served/descriptors.h"

#include <fcntl.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>

#include "core/base/system/fd.h"

namespace server {
namespace {

constexpr int kAny = std::numeric_limits<int>::max();

// Connections leave some descriptors to logs, links and Python, which cannot even import a module
// without one.
struct Spare {
    int highest = kAny;  // that a connection may be
    int count = 0;       // above it
};

Spare spare_descriptors() {
    constexpr rlim_t kSpareMax = 64;
    constexpr rlim_t kSparePart = 4;
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) {
        return {};
    }
    const rlim_t spare = std::min(kSpareMax, limit.rlim_cur / kSparePart);
    return {
        static_cast<int>(std::min<rlim_t>(limit.rlim_cur - spare, kAny - kSpareMax)),
        static_cast<int>(spare)};
}

}  // namespace

int highest_for_connections() { return spare_descriptors().highest; }

// Whoever gets the last one that a connection may be wants something, which may be a file.
int highest_for_files() {
    const Spare spare = spare_descriptors();
    return spare.highest + spare.count / 4;
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
