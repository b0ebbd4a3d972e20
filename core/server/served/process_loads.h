// How many requests each process of a group has from this server process. An event loop that knew
// only its own would queue a request in a process that another loop keeps busy, while the next one
// is idle. Any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/config/model/config.h"

namespace server {

class ProcessLoads {
public:
    // A line of the cache each: loops count at the same time.
    struct alignas(64) Load {
        std::atomic<std::uint32_t> requests{0};
    };

    explicit ProcessLoads(const std::vector<config::DaemonGroup>& groups);

    // Null where a group has one process: there is nothing to choose, and nothing is counted.
    [[nodiscard]] Load* of(std::uint32_t group, std::uint32_t process) const {
        const std::uint32_t first = firsts_[group];
        return firsts_[group + 1] == first ? nullptr : &loads_[first + process];
    }

private:
    std::vector<std::uint32_t> firsts_;  // by group, and their end
    std::unique_ptr<Load[]> loads_;
};

}  // namespace server
