// Threads that sleep inside a request until somebody has news for it. All with the lock of their
// pool, which sleep() gives up meanwhile.
#pragma once

#include <condition_variable>
#include <mutex>
#include <vector>

#include "interp/wsgi/task.h"

namespace interp {

class Sleepers {
public:
    // So many may sleep without an allocation.
    void reserve(std::size_t count) { sleepers_.reserve(count); }
    [[nodiscard]] bool is_empty() const { return sleepers_.empty(); }

    // The thread that serves `task`, or one of the application's own in its place: to be woken is
    // all that it needs.
    void sleep(std::unique_lock<std::mutex>& lock, const Task& task) {
        Sleeper self{&task};
        sleepers_.push_back(&self);
        self.changed.wait(lock, [&self] { return self.is_woken; });
        std::erase(sleepers_, &self);
    }
    // Those of that request.
    void wake(const Task& task) {
        for (Sleeper* const sleeper : sleepers_) {
            if (sleeper->task == &task) {
                sleeper->wake();
            }
        }
    }
    // Whoever went to sleep last; somebody has.
    void wake_last() { sleepers_.back()->wake(); }

private:
    struct Sleeper {
        void wake() {
            is_woken = true;
            changed.notify_one();
        }
        const Task* task;
        std::condition_variable changed{};
        bool is_woken = false;
    };
    std::vector<Sleeper*> sleepers_;
};

}  // namespace interp
