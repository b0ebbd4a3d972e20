#include "core/server/served/process_loads.h"

namespace server {

ProcessLoads::ProcessLoads(const std::vector<config::DaemonGroup>& groups) {
    std::uint32_t end = 0;
    for (const config::DaemonGroup& group : groups) {
        firsts_.push_back(end);
        end += group.processes > 1 ? static_cast<std::uint32_t>(group.processes) : 0;
    }
    firsts_.push_back(end);
    loads_ = std::make_unique<Load[]>(end);
}

}  // namespace server
