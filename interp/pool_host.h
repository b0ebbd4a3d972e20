// What a pool of request threads asks of the process that it serves.
#pragma once

#include <chrono>

#include "interp/wsgi/task.h"

namespace interp {

class PoolHost {
public:
    virtual ~PoolHost() = default;
    // Hands over what finished requests have left behind. Any pool thread, the GIL held or not;
    // must not block.
    virtual void flush() noexcept = 0;
    // Daemon mode: idle pool threads read the sockets themselves, one at a time. Waits until
    // something has arrived, submits the requests in it, and returns. Without the GIL.
    [[nodiscard]] virtual bool can_lead() const { return false; }
    virtual void lead() noexcept {}
    // The same for what has arrived already: does not wait. Any thread, the GIL held or not.
    virtual void look() noexcept {}
    virtual void interrupt_leader() noexcept {}
    // The watch is needed: tick() is to be called soon and again while needs_watch(). Called under
    // the pool's lock.
    virtual void on_watch_needed() noexcept {}
    // Around each request, on its thread; `thread` counts from 1.
    virtual void on_started(
        int thread, const Task& task, std::chrono::steady_clock::time_point now
    ) noexcept = 0;
    virtual void on_finished(int thread) noexcept = 0;
};

}  // namespace interp
