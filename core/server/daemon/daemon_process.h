// The life of a daemon process: it hears from the supervisor who it is (ipc/setup.h), becomes that,
// starts Python, and answers requests that arrive on its links. Its request threads do that by
// themselves; the main thread only listens to the supervisor and watches for requests that take
// long.
#pragma once

#include <memory>
#include <vector>

#include "core/server/daemon/host_logs.h"
#include "core/server/daemon/pool_watch.h"
#include "core/server/daemon/request_threads.h"
#include "core/server/process/loss_watch.h"
#include "core/server/process/signals.h"
#include "interp/worker.h"
#include "ipc/channel.h"
#include "ipc/request_table.h"
#include "ipc/setup.h"

namespace server {

// Runs a daemon process to its end; `control` is its end of the socketpair to the supervisor.
// Returns the exit code. A `may_run` that says why not is the end of it as soon as there is a log.
int run_daemon_process(base::Fd control, const base::Result<>& may_run = {});

// Main thread.
class DaemonProcess {
public:
    // The first of `logs` is the main one.
    DaemonProcess(
        ipc::DaemonSetup setup,
        ipc::Channel& control,
        ipc::RequestTable table,
        std::vector<std::shared_ptr<base::Log>> logs
    );

    // Whatever has failed: no thread may outlive Python.
    ~DaemonProcess() { threads_.stop(); }
    DaemonProcess(const DaemonProcess&) = delete;
    DaemonProcess& operator=(const DaemonProcess&) = delete;

    // Starts Python, says that it is ready, and serves until told to stop.
    base::Result<> run(StopSignal& stop_signal);

private:
    base::Result<> start();
    void listen_to_supervisor(StopSignal& stop_signal);
    bool on_control();
    void on_frame(const ipc::Frame& frame);
    void begin_stop();

    ipc::DaemonSetup setup_;
    ipc::Channel& control_;
    ipc::RequestTable table_;
    const HostLogs logs_;
    LossWatch losses_;
    PoolWatch watch_;
    RequestThreads threads_{logs_, table_, watch_};
    std::unique_ptr<interp::Runtime> runtime_;  // ends before them: Python may still know a request
    bool is_stopping_ = false;
};

}  // namespace server
