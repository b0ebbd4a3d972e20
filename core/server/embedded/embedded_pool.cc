#include "core/server/embedded/embedded_pool.h"

namespace server {

base::Result<std::unique_ptr<EmbeddedPool>> EmbeddedPool::create(
    interp::Settings settings, ipc::RequestTable& table
) {
    auto embedded = std::unique_ptr<EmbeddedPool>(new EmbeddedPool(table));
    const interp::PoolLimits limits{settings.threads, settings.stack_size};
    embedded->runtime_ = TRY(interp::Runtime::create(std::move(settings)));
    embedded->pool_ = std::make_unique<interp::ThreadPool>(*embedded->runtime_, *embedded, limits);
    return embedded;
}

EmbeddedPool::~EmbeddedPool() { stop(); }

void EmbeddedPool::stop() {
    if (pool_) {
        pool_->stop();
        pool_.reset();
        runtime_.reset();
    }
}

void EmbeddedPool::flush() noexcept {
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
