// What the event loops of a server process have for its main thread, which alone talks to the
// supervisor: links that are lost, and that the last of them has ended.
#pragma once

#include <sys/eventfd.h>

#include <atomic>
#include <cerrno>
#include <mutex>
#include <utility>
#include <vector>

#include "core/base/result.h"
#include "core/base/system/fd.h"
#include "ipc/setup.h"

namespace server {

class LoopReports {
public:
    base::Result<> open() {
        bell_ = base::Fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
        return bell_.is_open() ? base::Result<>() : base::fail_errno("eventfd", errno);
    }
    // Readable when there is something.
    [[nodiscard]] int fd() const { return bell_.get(); }

    // Any loop.
    void add_lost(const ipc::Link& link) {
        {
            const std::lock_guard lock(mutex_);
            lost_.push_back(link);
        }
        ring();
    }
    void end_loop() {
        if (--running_ == 0) {
            ring();
        }
    }

    // Main thread, as are those that follow: so many loops are about to begin.
    void begin_loops(int count) { running_ = count; }
    [[nodiscard]] bool has_loops() const { return running_ > 0; }
    // The links that were lost since the last time.
    std::vector<ipc::Link> take_lost() {
        eventfd_t times = 0;
        ::eventfd_read(bell_.get(), &times);
        const std::lock_guard lock(mutex_);
        return std::exchange(lost_, {});
    }

private:
    void ring() { ::eventfd_write(bell_.get(), 1); }

    base::Fd bell_;  // eventfd
    std::atomic<int> running_{0};
    std::mutex mutex_;
    std::vector<ipc::Link> lost_;  // guarded by mutex_
};

}  // namespace server
