#include "core/server/daemon/host_logs.h"

#include <algorithm>
#include <utility>

namespace server {

HostLogs::HostLogs(
    const std::vector<ipc::DaemonSetup::Host>& hosts, std::vector<std::shared_ptr<base::Log>> logs
)
    : logs_(std::move(logs)) {
    for (const ipc::DaemonSetup::Host& host : hosts) {
        entries_.push_back({host.index, logs_.at(host.log).get()});
    }
}

const base::Log* HostLogs::of(std::uint32_t host) const {
    const auto found = std::ranges::lower_bound(entries_, host, {}, &Entry::host);
    return found != entries_.end() && found->host == host ? found->log : nullptr;
}

}  // namespace server
