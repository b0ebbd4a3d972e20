// The request threads of a daemon process: a thread pool whose threads read the links themselves,
// one at a time (leader and followers), and what the two are for each other.
#pragma once

#include <functional>
#include <memory>

#include "core/server/daemon/host_logs.h"
#include "core/server/daemon/pool_watch.h"
#include "core/server/daemon/server_links.h"
#include "interp/thread_pool.h"
#include "ipc/request_table.h"

namespace server {

class RequestThreads final : public interp::PoolHost, public ServerLink::Host {
public:
    // All outlive it.
    RequestThreads(const HostLogs& logs, ipc::RequestTable& table, PoolWatch& watch)
        : logs_(logs), table_(table), watch_(watch) {}
    ~RequestThreads() override { stop(); }

    // Main thread, as are those that follow.
    base::Result<> start(interp::Runtime& runtime, interp::PoolLimits limits);
    // Its look at the pool, and whether more of them are needed (PoolWatch::end_tick).
    void tick();
    // What runs may finish, and its last words go out. Once.
    void stop();
    [[nodiscard]] ServerLinks& links() { return links_; }
    // Readable when something has come on the links that nobody reads, because all threads are in
    // requests: a watch is needed then. Negative: somebody leads.
    [[nodiscard]] int unread_fd() { return pool_->lacks_leader() ? links_.fd() : -1; }

    // interp::PoolHost
    void flush() noexcept override { links_.flush(); }
    [[nodiscard]] bool can_lead() const override { return true; }
    void lead() noexcept override { links_.lead(); }
    void look() noexcept override { links_.look(); }
    void interrupt_leader() noexcept override { links_.interrupt(); }
    void on_watch_needed() noexcept override { watch_.ask(); }
    void on_started(
        int thread, const interp::Task& task, std::chrono::steady_clock::time_point now
    ) noexcept override;
    void on_finished(int thread) noexcept override { table_.end(thread); }

    // ServerLink::Host
    void submit(DaemonTask& task) override { pool_->submit(task); }
    [[nodiscard]] bool withdraw(DaemonTask& task) override { return pool_->withdraw(task); }
    void wait(DaemonTask& task, const std::function<bool()>& is_ready) override {
        pool_->wait(task, is_ready);
    }
    void notify(const DaemonTask& task) override { pool_->notify(task); }
    [[nodiscard]] const base::Log* log_of(std::uint32_t host) const override {
        return logs_.of(host);
    }

private:
    const HostLogs& logs_;
    ipc::RequestTable& table_;
    PoolWatch& watch_;
    ServerLinks links_{*this, watch_};
    std::unique_ptr<interp::ThreadPool> pool_;
};

}  // namespace server
