// What the event loops of a server process have for its main thread, which alone talks to the
// supervisor: links that are lost, that a listening socket is spoilt, and that the last of them has
// ended.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "core/base/result.h"
#include "core/base/system/bell.h"
#include "ipc/setup.h"

namespace server {

class LoopReports {
public:
    base::Result<> open() {
        bell_ = TRY(base::Bell::create());
        return {};
    }
    // Readable when there is something.
    [[nodiscard]] int fd() const { return bell_->fd(); }
    [[nodiscard]] const base::Bell& bell() const { return *bell_; }

    // Any loop.
    void add_lost(const ipc::Link& link) {
        {
            const std::lock_guard lock(mutex_);
            lost_.push_back(link);
        }
        ring();
    }
    void add_spoilt_listener() {
        if (!has_spoilt_listener_.exchange(true)) {
            ring();
        }
    }
    void end_loop() {
        if (--running_ == 0) {
            ring();
        }
    }

    // Main thread, as are those that follow: so many loops are about to begin.
    void begin_loops(int count) { running_ = count; }
    [[nodiscard]] bool has_loops() const { return running_ > 0; }
    [[nodiscard]] bool take_spoilt_listener() { return has_spoilt_listener_.exchange(false); }
    // The links that were lost since the last time.
    std::vector<ipc::Link> take_lost() {
        bell_->quiet();
        const std::lock_guard lock(mutex_);
        return std::exchange(lost_, {});
    }

private:
    void ring() { bell_->ring(); }

    std::optional<base::Bell> bell_;  // from open() on
    std::atomic<int> running_{0};
    std::atomic<bool> has_spoilt_listener_{false};
    std::mutex mutex_;
    std::vector<ipc::Link> lost_;  // guarded by mutex_
};

}  // namespace server
