#include "core/server/client/listening/descriptor_room.h"

#include <fcntl.h>

#include <utility>

#include "core/base/system/fd.h"
#include "core/base/system/log.h"

namespace server {

bool DescriptorRoom::has_one(int any_descriptor) const {
    const base::Fd probe(::fcntl(any_descriptor, F_DUPFD_CLOEXEC, 0));
    return probe.is_open() && may_be_a_connection(probe.get());
}

bool DescriptorRoom::become_full() {
    if (std::exchange(is_full_, true)) {
        return false;
    }
    // Where somebody has lowered the limit, whoever looks after the process says so.
    if (highest_for_connections() >= highest_) {
        base::main_log().error(
            "too many open files: no further connection can be accepted; raise LimitNOFILE"
        );
    }
    return true;
}

}  // namespace server
