// The requests that wait for a thread, in the order in which they came. Tasks are linked to each
// other: to submit one takes no memory, and cannot fail. Not thread-safe.
#pragma once

#include "interp/wsgi/task.h"

namespace interp {

class TaskQueue {
public:
    [[nodiscard]] bool is_empty() const { return first_ == nullptr; }

    void push(Task& task) {
        task.next_queued_ = nullptr;
        (is_empty() ? first_ : last_->next_queued_) = &task;
        last_ = &task;
    }
    // The one that came first; there is one.
    Task& take() {
        Task& task = *first_;
        first_ = task.next_queued_;
        return task;
    }
    // False: it does not wait here. The order of the others stays.
    [[nodiscard]] bool remove(const Task& task) {
        Task* before = nullptr;
        for (Task** link = &first_; *link != nullptr; link = &before->next_queued_) {
            if (*link == &task) {
                *link = task.next_queued_;
                last_ = last_ == &task ? before : last_;
                return true;
            }
            before = *link;
        }
        return false;
    }

private:
    Task* first_ = nullptr;
    Task* last_ = nullptr;  // where there is a first one
};

}  // namespace interp
