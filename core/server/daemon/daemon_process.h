// The life of a daemon process: it hears from the supervisor who it is (ipc/setup.h), becomes that,
// starts Python, and answers requests that arrive on its links. Its pool threads read the links
// themselves, one at a time (leader and followers); the main thread only listens to the supervisor
// and watches for requests that take long.
#pragma once

#include <sys/epoll.h>

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "core/server/daemon/pool_watch.h"
#include "core/server/daemon/server_link.h"
#include "core/server/process/loss_watch.h"
#include "core/server/process/signals.h"
#include "interp/thread_pool.h"
#include "ipc/channel.h"
#include "ipc/request_table.h"
#include "ipc/setup.h"

namespace server {

// Runs a daemon process to its end; `control` is its end of the socketpair to the supervisor.
// Returns the exit code. A `may_run` that says why not is the end of it as soon as there is a log.
int run_daemon_process(base::Fd control, const base::Result<>& may_run = {});

class DaemonProcess final : public interp::PoolHost, public ServerLink::Host {
public:
    DaemonProcess(ipc::DaemonSetup setup, ipc::Channel& control, ipc::RequestTable table);
    ~DaemonProcess() override;

    // Starts Python, says that it is ready, and serves until told to stop.
    base::Result<> run(StopSignal& stop_signal);

    // interp::PoolHost
    void flush() noexcept override;
    [[nodiscard]] bool can_lead() const override { return true; }
    void lead() noexcept override;
    void interrupt_leader() noexcept override;
    void on_watch_needed() noexcept override;
    void on_started(
        int thread, const interp::Task& task, std::chrono::steady_clock::time_point now
    ) noexcept override;
    void on_finished(int thread) noexcept override;

    // ServerLink::Host
    void submit(DaemonTask& task) override { pool_->submit(task); }
    [[nodiscard]] bool withdraw(DaemonTask& task) override { return pool_->withdraw(task); }
    void wait(DaemonTask& task, const std::function<bool()>& is_ready) override {
        pool_->wait(task, is_ready);
    }
    void notify(const DaemonTask& task) override { pool_->notify(task); }
    [[nodiscard]] const base::Log* log_of(std::uint32_t host) const override;
    void watch_for_room(ServerLink& link) override;
    void stop_watching(ServerLink& link) override;

    void set_logs(std::vector<std::shared_ptr<base::Log>> logs);

private:
    base::Result<> open_descriptors();
    base::Result<> start_python();
    void listen_to_supervisor(StopSignal& stop_signal);
    bool on_control();
    void on_frame(const ipc::Frame& frame);
    void attach(base::Fd socket, std::uint32_t server);
    void close_links(std::uint32_t server);
    void begin_stop();
    [[nodiscard]] bool has_links();
    void watch_pool();
    int wait_for_links(std::span<epoll_event> events);

    // Fixed after start.
    ipc::DaemonSetup setup_;
    ipc::Channel& control_;
    ipc::RequestTable table_;
    std::vector<std::shared_ptr<base::Log>> logs_;
    std::vector<const base::Log*> host_logs_;  // as setup_.hosts
    std::unique_ptr<interp::Runtime> runtime_;
    std::unique_ptr<interp::ThreadPool> pool_;
    base::Fd epoll_;
    base::Fd interrupt_;  // eventfd: the leader is to return
    base::Fd watch_;      // eventfd: the main thread is to watch the pool

    std::mutex mutex_;              // a link's may be taken under it; never under the pool's
    std::deque<ServerLink> links_;  // guarded by mutex_; elements stay where they are

    LossWatch losses_;  // main thread
    PoolWatch pool_watch_;
    std::atomic<bool> wants_room_{false};  // a link's socket was full
    bool is_stopping_ = false;             // main thread
};

}  // namespace server
