// DescriptorNeed: how many descriptors the processes of a configuration have before the first
// connection comes, about. It grows with the daemon processes, and with their product with event
// loops. A value.
#pragma once

#include <cstddef>
#include <string>

#include "core/config/model/config.h"

namespace server {

struct DescriptorNeed {
    std::size_t servers = 0;     // processes
    std::size_t daemons = 0;     // processes
    std::size_t supervisor = 0;  // descriptors of it
    std::size_t server = 0;      // of each server process
    std::size_t daemon = 0;      // of each daemon process

    static DescriptorNeed of(const config::Config& config);
    // A sentence where `limit` (RLIMIT_NOFILE) cannot be enough; else "".
    [[nodiscard]] std::string beyond(std::size_t limit) const;
};

}  // namespace server
