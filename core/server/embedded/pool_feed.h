// PoolFeed: an event loop's way to the thread pool of its process. What a turn submits is announced
// to the pool once, at the turn's end; and while all threads are busy, the loop looks after them.
// Loop thread only.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

#include "core/loop/loop.h"
#include "interp/wsgi/task.h"

namespace server {

class PoolFeed {
public:
    // The virtual host that has most of the threads, and how many of its requests run.
    struct Busiest {
        std::size_t host = 0;
        std::size_t requests = 0;
    };
    // The pool; see interp/thread_pool.h.
    class Pool {
    public:
        virtual ~Pool() = default;
        virtual void submit(interp::Task& task) = 0;
        [[nodiscard]] virtual bool withdraw(interp::Task& task) = 0;
        virtual void wake() = 0;
        [[nodiscard]] virtual bool needs_watch() = 0;
        virtual void tick() = 0;
        [[nodiscard]] virtual Busiest busiest() = 0;
        // What has to be loaded before the request is answered, for people; "": nothing.
        [[nodiscard]] virtual std::string awaited_by(const interp::Task& task) = 0;
    };

    // `pool` is null where nothing runs in embedded mode.
    explicit PoolFeed(Pool* pool) : pool_(pool) {}

    [[nodiscard]] bool has_pool() const { return pool_ != nullptr; }
    void submit(interp::Task& task);
    // True: no thread has begun with it, and none will.
    [[nodiscard]] bool withdraw(interp::Task& task);
    [[nodiscard]] std::string awaited_by(const interp::Task& task) const {
        return pool_ != nullptr ? pool_->awaited_by(task) : std::string();
    }
    [[nodiscard]] Busiest busiest() const {
        return pool_ != nullptr ? pool_->busiest() : Busiest{};
    }
    // At the end of a turn; for how long the loop may sleep then.
    std::optional<std::chrono::nanoseconds> end_turn(loop::Clock::time_point now);

private:
    Pool* const pool_;
    bool has_submitted_ = false;  // in this turn
    std::optional<loop::Clock::time_point> watched_since_;
};

}  // namespace server
