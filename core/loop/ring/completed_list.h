// Operations whose result is known without the kernel's help, in the order in which they completed.
// A member of a back-end; loop thread only.
#pragma once

#include <utility>

#include "core/loop/ring/operation.h"

namespace loop {

class CompletedList {
public:
    [[nodiscard]] bool is_empty() const { return first_ == nullptr; }

    void push(Operation& operation, int result) {
        operation.request.state = SystemCall::State::kCompleted;
        operation.request.result = result;
        operation.request.next = nullptr;
        *end_ = &operation;
        end_ = &operation.request.next;
    }

    // Calls the handlers, and those of operations that complete meanwhile: a small bounded number
    // of rounds, so that one busy owner does not keep the loop from the kernel. What is in a list
    // is in flight, hence still alive.
    void deliver() {
        for (int round = 0; round < kRoundsMax && !is_empty(); ++round) {
            Operation* operation = std::exchange(first_, nullptr);
            end_ = &first_;
            while (operation != nullptr) {
                Operation* const next = operation->request.next;
                operation->complete({.result = operation->request.result, .data = {}, .more = false}
                );
                operation = next;
            }
        }
    }

private:
    static constexpr int kRoundsMax = 8;
    Operation* first_ = nullptr;
    Operation** end_ = &first_;
};

}  // namespace loop
