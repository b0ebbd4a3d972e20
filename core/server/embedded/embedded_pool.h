// Embedded mode: Python in the server process itself, one thread pool for all of its event loops.
// Made on the process's main thread, which becomes Python's; submit() from any loop.
#pragma once

#include <memory>
#include <vector>

#include "core/server/embedded/inbox.h"
#include "core/server/embedded/pool_feed.h"
#include "interp/thread_pool.h"
#include "ipc/request_table.h"

namespace server {

class EmbeddedPool final : public interp::PoolHost, public PoolFeed::Pool {
public:
    static base::Result<std::unique_ptr<EmbeddedPool>> create(
        interp::Settings settings, ipc::RequestTable& table
    );
    ~EmbeddedPool() override;

    [[nodiscard]] interp::ThreadPool& pool() { return *pool_; }
    [[nodiscard]] interp::Runtime& runtime() { return *runtime_; }
    // Before the first submit.
    void add_inbox(Inbox& inbox) { inboxes_.push_back(&inbox); }
    [[nodiscard]] bool preload(
        const std::string& script_filename, const std::string& application_group
    ) {
        return runtime_->preload(script_filename, application_group, false);
    }
    // Lets what runs finish, and ends Python.
    void stop();

    // PoolFeed::Pool
    void submit(interp::Task& task) override { pool_->submit(task); }
    [[nodiscard]] bool withdraw(interp::Task& task) override { return pool_->withdraw(task); }
    void wake() override { pool_->wake(); }
    [[nodiscard]] bool needs_watch() override { return pool_->needs_watch(); }
    void tick() override { pool_->tick(); }

    // interp::PoolHost
    void flush() noexcept override;
    void on_started(
        int thread, const interp::Task& task, std::chrono::steady_clock::time_point now
    ) noexcept override;
    void on_finished(int thread) noexcept override;

private:
    explicit EmbeddedPool(ipc::RequestTable& table) : table_(table) {}

    ipc::RequestTable& table_;
    std::unique_ptr<interp::Runtime> runtime_;
    std::unique_ptr<interp::ThreadPool> pool_;
    std::vector<Inbox*> inboxes_;
};

}  // namespace server
