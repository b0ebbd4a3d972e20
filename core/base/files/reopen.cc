#include "core/base/files/reopen.h"

#include <fcntl.h>
#include <fmt/format.h>

namespace base {

Fd reopen_to_read(const Fd& place) {
    const auto own = fmt::format("/proc/self/fd/{}", place.get());
    return Fd(::open(own.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
}

}  // namespace base
