#include "core/server/supervisor/descriptor_need.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/server/supervisor/children/succession.h"
#include "core/server/supervisor/launcher.h"

namespace server {
namespace {

// Of a child: its table of requests, both ends of two pipes, and the way to it.
constexpr std::size_t kOfEachChild = 7;
// Standard ones, the supervisor's own pipe, signals, the PidFile, what is open for a moment.
constexpr std::size_t kOfSupervisor = 16;
// A ring, its bell, changes of files and of mounts.
constexpr std::size_t kOfLoop = 5;
// Standard ones, logs, signals, the supervisor, and the first connections.
constexpr std::size_t kOfServer = 20;
constexpr std::size_t kOfDaemon = 20;

}  // namespace

DescriptorNeed DescriptorNeed::of(const config::Config& config) {
    DescriptorNeed need;
    need.servers = static_cast<std::size_t>(config.server_processes);
    for (const config::DaemonGroup& group : config.daemon_groups) {
        need.daemons += static_cast<std::size_t>(group.processes);
    }
    const auto loops = static_cast<std::size_t>(event_loops(config));
    const std::size_t listeners = config.listeners.size();
    need.supervisor = kOfSupervisor + listeners +
                      kOfEachChild * (need.servers * Succession::kSeats + need.daemons);
    need.server = kOfServer + loops * (kOfLoop + listeners + need.daemons);
    need.daemon = kOfDaemon + loops * need.servers;
    return need;
}

std::string DescriptorNeed::beyond(std::size_t limit) const {
    const std::size_t most = std::max({supervisor, server, daemon});
    if (most <= limit) {
        return {};
    }
    return fmt::format(
        "only {} open files are allowed, and what is configured needs about {}: {} server "
        "process(es) and {} daemon process(es) make the supervisor need about {}, each server "
        "process {} and each daemon process {}, before the first connection; raise LimitNOFILE or "
        "ulimit -n, or configure fewer processes",
        limit,
        most,
        servers,
        daemons,
        supervisor,
        server,
        daemon
    );
}

}  // namespace server
