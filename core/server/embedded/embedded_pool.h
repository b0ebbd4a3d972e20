// Embedded mode: Python in the server process itself, one thread pool for all of its event loops,
// and a thread that loads what is to be loaded before the first request, so that nobody else waits
// for that. Made on the process's main thread, which becomes Python's; submit() from any loop.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "core/server/embedded/inbox.h"
#include "core/server/embedded/pool_feed.h"
#include "interp/thread_pool.h"
#include "ipc/request_table.h"

namespace server {

class EmbeddedPool final : public interp::PoolHost,
                           public PoolFeed::Pool,
                           public interp::Runtime::ImportObserver {
public:
    static base::Result<std::unique_ptr<EmbeddedPool>> create(
        interp::Settings settings, ipc::RequestTable& table
    );
    ~EmbeddedPool() override;

    [[nodiscard]] interp::ThreadPool& pool() { return *pool_; }
    [[nodiscard]] interp::Runtime& runtime() { return *runtime_; }
    // Before the first submit.
    void add_inbox(Inbox& inbox) { inboxes_.push_back(&inbox); }
    // Begins to load interp::Settings::early_imports, but for the application groups of `left_out`,
    // whose first request does. Once, when everybody else is served.
    void begin_imports(const std::vector<std::string>& left_out);
    // What loops have given back to Python since the last request is let go of. From time to time.
    void tidy();
    // Lets what runs finish, and ends Python.
    void stop();

    // PoolFeed::Pool
    void submit(interp::Task& task) override { pool_->submit(task); }
    [[nodiscard]] bool withdraw(interp::Task& task) override { return pool_->withdraw(task); }
    void wake() override { pool_->wake(); }
    [[nodiscard]] bool needs_watch() override { return pool_->needs_watch(); }
    void tick() override { pool_->tick(); }
    [[nodiscard]] PoolFeed::Busiest busiest() override;
    [[nodiscard]] std::string awaited_by(const interp::Task& task) override {
        return runtime_->awaited_by(task);
    }

    // interp::PoolHost
    void flush() noexcept override;
    void on_started(
        int thread, const interp::Task& task, std::chrono::steady_clock::time_point now
    ) noexcept override;
    void on_finished(int thread) noexcept override;

    // interp::Runtime::ImportObserver
    void on_import(const interp::EarlyImport& script) noexcept override;
    void on_imported() noexcept override;

private:
    EmbeddedPool(ipc::RequestTable& table, const interp::Settings& settings);
    void import();

    ipc::RequestTable& table_;
    const int import_thread_;
    const std::size_t only_host_;             // where there is but one; else 0
    std::vector<std::string> import_groups_;  // each once, in the order of the configuration
    std::thread importer_;
    std::atomic<bool> is_stopping_{false};
    std::unique_ptr<interp::Runtime> runtime_;
    std::unique_ptr<interp::ThreadPool> pool_;
    std::vector<Inbox*> inboxes_;
};

}  // namespace server
