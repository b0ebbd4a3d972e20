// Starts the processes of children, tells daemon processes what they serve, and makes the links
// between them. Supervisor only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/base/result.h"
#include "core/base/system/fd.h"
#include "core/config/model/config.h"
#include "core/server/process/reach.h"
#include "core/server/served/served.h"
#include "core/server/supervisor/children/child.h"
#include "core/server/supervisor/import_record.h"
#include "core/server/supervisor/kept/endpoints.h"
#include "ipc/channel.h"
#include "ipc/setup.h"

namespace server {

// Of each server process.
int event_loops(const config::Config& config);

class Launcher {
public:
    // All outlive it; `logs` and `endpoints` are open before the first start().
    Launcher(
        const config::Config& config,
        const OpenLogs& logs,
        const Endpoints& endpoints,
        const ImportRecord& imports
    );

    // Starts the next incarnation of `child`. It has no process afterwards where that failed.
    base::Result<> start(Child& child) const;
    // A link of each event loop to the daemon process, into the channels of both; or none.
    base::Result<> connect(Child& server, Child& daemon) const;

    // To a server process that runs: a listening socket that has taken the place of another, or
    // (`is_retired`) that other.
    static void send_listener(
        Child& server, std::size_t endpoint, int socket, const ListenerState& state, bool is_retired
    );

    // The logs that `child` may write to, as LogSource::logs has them.
    [[nodiscard]] std::vector<std::uint32_t> log_numbers_of(const Child& child) const;

private:
    // In the new process; returns its exit code.
    int run(const Child& child, ipc::ControlPair& pair, ipc::RequestTable& table) const;
    // In the new process, whose memory still holds everybody's settings: replaces it by a daemon
    // process that knows nothing yet. Returns why that cannot be.
    [[nodiscard]] base::Error become_daemon(const Child& daemon, int control) const;
    void send_setup(Child& daemon, base::Fd reports) const;
    // Those of virtual hosts that may send requests to the group, its own first: a tenant's process
    // never writes into another tenant's log.
    [[nodiscard]] std::vector<const base::Log*> logs_of(const config::DaemonGroup& group) const;
    [[nodiscard]] ipc::DaemonSetup setup_for(const Child& daemon) const;
    [[nodiscard]] const std::string& python_home_of(const config::DaemonGroup& group) const;

    const config::Config& config_;
    const OpenLogs& logs_;
    const Endpoints& endpoints_;
    const ImportRecord& imports_;
    const Reach reach_;
    const int loops_;
};

}  // namespace server
