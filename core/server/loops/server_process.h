// The life of a server process: it owns client connections, and is where embedded mode runs. Event
// loops on threads of their own; the main thread is Python's main thread, and listens to the
// supervisor.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/config/model/config.h"
#include "core/server/client/listening/endpoint.h"
#include "core/server/embedded/embedded_pool.h"
#include "core/server/loops/event_loops.h"
#include "core/server/loops/loop_reports.h"
#include "core/server/loops/watch/loop_pulse.h"
#include "core/server/loops/watch/process_watch.h"
#include "core/server/process/loss_watch.h"
#include "core/server/process/signals.h"
#include "core/server/served/served.h"
#include "ipc/channel.h"
#include "ipc/privileges.h"
#include "ipc/request_table.h"

namespace server {

// What the supervisor leaves to a server process by fork. References outlive it.
struct ServerSetup {
    const config::Config& config;
    const OpenLogs& logs;
    const std::vector<Endpoint>& endpoints;
    const ipc::Identity& identity;
    int loops = 1;
    std::uint32_t index = 0;  // among the server processes
    // Application groups of embedded mode for which nothing is loaded before their first request.
    std::vector<std::string> left_out;
};

// Runs a server process to its end; `control` is its end of what leads to the supervisor. Returns
// the exit code.
int run_server_process(const ServerSetup& setup, ipc::Channel control, ipc::RequestTable& table);

class ServerProcess {
public:
    ServerProcess(const ServerSetup& setup, ipc::Channel& control, ipc::RequestTable& table);
    base::Result<> run(StopSignal& stop_signal);

private:
    base::Result<> start_python();
    base::Result<> start_loops(const StopSignal& stop_signal);
    base::Result<> check_descriptors() const;
    void watch_descriptors(const StopSignal& stop_signal);
    void listen_to_supervisor(StopSignal& stop_signal);
    bool on_control();
    void look_for_supervisor() const;
    void on_frame(const ipc::Frame& frame);
    void tell_supervisor();
    void on_link(const ipc::Frame& frame);
    void on_listener(const ipc::Frame& frame);

    const ServerSetup& setup_;
    ipc::Channel& control_;  // main thread
    ipc::RequestTable& table_;
    const std::shared_ptr<const Served> served_;
    const pid_t supervisor_;
    LossWatch losses_;
    std::unique_ptr<EmbeddedPool> pool_;  // null where nothing runs in embedded mode
    LoopReports reports_;
    ProcessWatch watch_;
    LoopPulse pulse_;
    EventLoops loops_;
};

}  // namespace server
