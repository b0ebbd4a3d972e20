#include "core/server/daemon/request_threads.h"

namespace server {

base::Result<> RequestThreads::start(interp::Runtime& runtime, interp::PoolLimits limits) {
    pool_ = std::make_unique<interp::ThreadPool>(runtime, *this, limits);
    return pool_->start();
}

// With the main thread's eyes: all threads of the pool may be at work, and then none leads, and
// nobody else would see that there is room again.
void RequestThreads::tick() {
    pool_->tick();
    links_.flush_where_full();
    watch_.end_tick([this] { return pool_->needs_watch() || links_.is_full(); });
}

void RequestThreads::stop() {
    if (pool_) {
        pool_->stop();
        links_.flush();
        pool_.reset();
    }
}

void RequestThreads::on_started(
    int thread, const interp::Task& task, std::chrono::steady_clock::time_point now
) noexcept {
    table_.begin(thread, task.request.method, task.request.target, now);
}

}  // namespace server
