// The two queues that io_uring shares with the kernel: what is asked, and what has completed. Knows
// which system call is due and what it may answer. A member of Uring; the loop's thread only, from
// the first enable() on.
#pragma once

#include <liburing.h>

#include <chrono>
#include <optional>
#include <thread>

#include "core/base/result.h"

namespace loop {

class KernelQueues {
public:
    // How long the kernel gets to find memory.
    static constexpr std::chrono::nanoseconds kMoment = std::chrono::milliseconds(1);

    KernelQueues() = default;
    ~KernelQueues();
    KernelQueues(const KernelQueues&) = delete;
    KernelQueues& operator=(const KernelQueues&) = delete;

    // Fails where the kernel refuses io_uring or is older than 6.0.
    base::Result<> open(unsigned submissions, unsigned completions);
    // Binds them to this thread; the first time only.
    void enable() {
        if (!is_enabled_) {
            bind_to_this_thread();
        }
    }
    [[nodiscard]] io_uring& ring() { return ring_; }

    // What is to be asked next, to be filled in. Null: the queue is full, and the kernel takes
    // nothing now.
    io_uring_sqe* next() {
        io_uring_sqe* const entry = io_uring_get_sqe(&ring_);
        return entry != nullptr ? entry : next_of_full_queue();
    }
    [[nodiscard]] bool has_room() const { return io_uring_sq_space_left(&ring_) != 0; }
    [[nodiscard]] bool has_asked() const { return io_uring_sq_ready(&ring_) != 0; }

    [[nodiscard]] unsigned completed() const { return io_uring_cq_ready(&ring_); }
    // Takes the first one off, so that the kernel has its room. False: there is none.
    bool take(io_uring_cqe& completion) {
        io_uring_cqe* entry = nullptr;
        if (io_uring_peek_cqe(&ring_, &entry) != 0) {
            return false;
        }
        completion.user_data = entry->user_data;
        completion.res = entry->res;
        completion.flags = entry->flags;
        io_uring_cqe_seen(&ring_, entry);
        return true;
    }

    // No system call where nothing is asked and the kernel has nothing to hand over.
    void submit();
    // Submits, and waits for a completion, or until `longest` has passed. A kernel that is short of
    // memory gets kMoment.
    void submit_and_wait(std::optional<std::chrono::nanoseconds> longest);

private:
    void bind_to_this_thread();
    void hide();
    io_uring_sqe* next_of_full_queue();
    [[nodiscard]] bool has_task_work() const;
    void wait_a_moment();

    io_uring ring_{};
    bool is_open_ = false;
    bool is_enabled_ = false;
    bool is_hidden_ = false;  // has no descriptor any more
    std::thread::id owner_;   // where it is hidden: who has it
};

}  // namespace loop
