#include "core/server/embedded/pool_feed.h"

#include <utility>

#include "interp/thread_pool.h"

namespace server {

void PoolFeed::submit(interp::Task& task) {
    // Not woken for: a turn may submit many, and a wake-up across cores costs more than a small
    // request.
    pool_->submit(task);
    has_submitted_ = true;
}

bool PoolFeed::withdraw(interp::Task& task) { return pool_ != nullptr && pool_->withdraw(task); }

// A thread may be stuck in a long request while others wait behind it: we are who notices.
std::optional<std::chrono::nanoseconds> PoolFeed::end_turn(loop::Clock::time_point now) {
    if (std::exchange(has_submitted_, false)) {
        pool_->wake();
    }
    if (pool_ == nullptr || !pool_->needs_watch()) {
        watched_since_.reset();
        return std::nullopt;
    }
    // A first look would find nothing to compare with: it is what comes kLong later that tells.
    if (!watched_since_) {
        watched_since_ = now;
    } else if (now - *watched_since_ >= interp::ThreadPool::kLong) {
        pool_->tick();
        watched_since_ = now;
    }
    // The loop sleeps no longer than that while there is something to look after, and for as long
    // as it likes otherwise.
    return interp::ThreadPool::kLong;
}

}  // namespace server
