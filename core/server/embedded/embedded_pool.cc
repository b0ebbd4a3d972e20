#include "core/server/embedded/embedded_pool.h"

namespace server {

base::Result<std::unique_ptr<EmbeddedPool>> EmbeddedPool::create(
    interp::Settings settings, ipc::RequestTable& table
) {
    auto embedded = std::unique_ptr<EmbeddedPool>(new EmbeddedPool(table));
    const std::size_t hosts = settings.hosts.size() < 2 ? 1 : settings.hosts.back().host + 1;
    const interp::PoolLimits limits{settings.threads, settings.stack_size, hosts};
    // On the main thread, which becomes Python's; and the pool second, for it works in the runtime.
    embedded->runtime_ = TRY(interp::Runtime::create(std::move(settings)));
    embedded->pool_ = std::make_unique<interp::ThreadPool>(*embedded->runtime_, *embedded, limits);
    return embedded;
}

EmbeddedPool::~EmbeddedPool() { stop(); }

void EmbeddedPool::stop() {
    if (pool_) {
        // In this order: threads that run requests, their thread states, Python.
        pool_->stop();
        pool_.reset();
        runtime_.reset();
    }
}

void EmbeddedPool::flush() noexcept {
    // Each loop that has news is woken once, however many requests have ended.
    for (Inbox* const inbox : inboxes_) {
        inbox->wake_if_filled();
    }
}

void EmbeddedPool::on_started(
    int thread, const interp::Task& task, std::chrono::steady_clock::time_point now
) noexcept {
    table_.begin(thread, task.request.method, task.request.target, now);
}

void EmbeddedPool::on_finished(int thread) noexcept { table_.end(thread); }

}  // namespace server
