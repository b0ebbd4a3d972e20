// The life of a server process: it owns client connections, and is where embedded mode runs. Event
// loops on threads of their own; the main thread is Python's main thread, and listens to the
// supervisor.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "core/config/model/config.h"
#include "core/server/client/connection.h"
#include "core/server/dispatch/loop_thread.h"
#include "core/server/dispatch/served.h"
#include "core/server/embedded/embedded_pool.h"
#include "core/server/process/signals.h"
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
};

// Runs a server process to its end; `control` is its end of the socketpair to the supervisor.
// Returns the exit code.
int run_server_process(const ServerSetup& setup, base::Fd control, ipc::RequestTable& table);

class ServerProcess {
public:
    ServerProcess(const ServerSetup& setup, ipc::Channel& control, ipc::RequestTable& table);
    base::Result<> run(const StopSignal& stop_signal);

private:
    base::Result<> start_python();
    base::Result<> start_loops();
    void listen_to_supervisor(const StopSignal& stop_signal);
    bool on_control();
    void on_link(const ipc::Frame& frame);
    void report_lost(const ipc::Link& link);
    void drain();

    const ServerSetup& setup_;
    ipc::Channel& control_;  // received from by the main thread; its outbox is guarded by mutex_
    std::mutex mutex_;
    ipc::RequestTable& table_;
    Served served_;
    std::unique_ptr<EmbeddedPool> pool_;  // null where nothing runs in embedded mode
    std::vector<std::unique_ptr<LoopThread>> loops_;
    std::vector<std::thread> threads_;
    std::atomic<int> loops_running_{0};
    base::Fd finished_;  // eventfd: the last loop has ended
};

}  // namespace server
