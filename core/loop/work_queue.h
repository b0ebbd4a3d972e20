// WorkQueue: what other threads want done in a loop's thread. For rare things: each allocates, and
// all share a lock; hot paths have a queue of their own.
#pragma once

#include <functional>
#include <mutex>
#include <utility>
#include <vector>

namespace loop {

class WorkQueue {
public:
    // Any thread.
    void add(std::function<void()> work) {
        const std::scoped_lock lock(mutex_);
        waiting_.push_back(std::move(work));
    }

    // Its loop's thread: does all that waits, in order. What is added meanwhile, by the work
    // itself too, is the next call's.
    void run() {
        {
            const std::scoped_lock lock(mutex_);
            running_.swap(waiting_);
        }
        for (const auto& work : running_) {
            work();
        }
        running_.clear();
    }

private:
    std::vector<std::function<void()>> running_;  // keeps its memory

    std::mutex mutex_;
    // Guarded by mutex_.
    std::vector<std::function<void()>> waiting_;
};

}  // namespace loop
