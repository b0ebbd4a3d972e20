// Operations on their way to the kernel. Each has one place in its queue, or waits for one: short
// of memory, the kernel refuses what is asked for a while. Whoever is cancelled on the way
// completes at once.
//
//     ask, ask_again → kAsked ──→ the kernel          no room: kToAsk ─┐
//     poll_first, pause → kPolling ──→ the kernel     no room: kToPoll ┴→ submit_postponed()
//
// A member of Uring; loop thread only.
#pragma once

#include <vector>

#include "core/loop/ring/completed_list.h"
#include "core/loop/ring/operation_queue.h"
#include "core/loop/ring/uring/kernel_queues.h"

namespace loop {

class Submissions {
public:
    // The group of Buffers that received bytes come in.
    static constexpr std::uint16_t kBufferGroup = 0;

    // Both outlive it.
    Submissions(KernelQueues& queues, CompletedList& completed)
        : queues_(queues), completed_(completed) {}

    void ask(Operation& operation);
    // Of one that the kernel has given back. Where it is cancelled, that is its end.
    void ask_again(Operation& operation);
    // The same, when its descriptor is ready: the completion of that is not the operation's.
    void poll_first(Operation& operation);
    // The same, in a while: 10 ms, and twice as long each time, up to 1.28 s.
    void pause(Operation& operation);
    // The kernel has it, or it waits here.
    void cancel(Operation& operation);

    // The kernel does not know it any more: a cancellation that still waits here would meet nobody,
    // or another operation at the same address.
    void on_given_back(Operation& operation) {
        if (!cancels_.empty()) {
            std::erase(cancels_, &operation);
        }
    }

    // As far as there is room.
    void submit_postponed() {
        if (has_postponed()) {
            submit_some();
        }
    }
    [[nodiscard]] bool has_postponed() const { return !postponed_.is_empty() || !cancels_.empty(); }

private:
    void submit_some();
    bool has_ended(Operation& operation);
    // Its place, where it is not cancelled; else, or where there is none, null.
    io_uring_sqe* place_to_poll(Operation& operation);
    void postpone(Operation& operation, SystemCall::State until);

    KernelQueues& queues_;
    CompletedList& completed_;
    OperationQueue postponed_;
    std::vector<Operation*> cancels_;
};

}  // namespace loop
