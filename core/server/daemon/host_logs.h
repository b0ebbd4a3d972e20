// Where messages about a request of a virtual host go: the logs of those hosts that may send
// requests to this process. Fixed once it is made; any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/base/system/log.h"
#include "ipc/setup.h"

namespace server {

class HostLogs {
public:
    // `hosts` say which of `logs` is theirs, in the order of their indexes.
    HostLogs(
        const std::vector<ipc::DaemonSetup::Host>& hosts,
        std::vector<std::shared_ptr<base::Log>> logs
    );

    // Null: none of ours.
    [[nodiscard]] const base::Log* of(std::uint32_t host) const;

private:
    struct Entry {
        std::uint32_t host = 0;
        const base::Log* log = nullptr;
    };
    std::vector<std::shared_ptr<base::Log>> logs_;
    std::vector<Entry> entries_;  // by host
};

}  // namespace server
