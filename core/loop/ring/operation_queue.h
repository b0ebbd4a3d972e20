// Operations one behind the other, first in, first out. A member of a back-end; loop thread only.
// What is in a queue is in flight, hence alive.
#pragma once

#include <utility>

#include "core/loop/ring/operation.h"

namespace loop {

class OperationQueue {
public:
    OperationQueue() = default;
    OperationQueue(OperationQueue&& other) noexcept { *this = std::move(other); }
    OperationQueue& operator=(OperationQueue&& other) noexcept {
        first_ = std::exchange(other.first_, nullptr);
        end_ = first_ != nullptr ? other.end_ : &first_;
        other.end_ = &other.first_;
        return *this;
    }

    [[nodiscard]] bool is_empty() const { return first_ == nullptr; }

    void push(Operation& operation) {
        operation.request.next = nullptr;
        *end_ = &operation;
        end_ = &operation.request.next;
    }
    Operation& pop() {
        CHECK(first_ != nullptr);
        Operation& operation = *first_;
        first_ = std::exchange(operation.request.next, nullptr);
        if (first_ == nullptr) {
            end_ = &first_;
        }
        return operation;
    }
    // It is there.
    void remove(Operation& operation) {
        Operation** at = &first_;
        while (*at != &operation) {
            CHECK(*at != nullptr);
            at = &(*at)->request.next;
        }
        *at = std::exchange(operation.request.next, nullptr);
        if (*at == nullptr) {
            end_ = at;
        }
    }

private:
    Operation* first_ = nullptr;
    Operation** end_ = &first_;
};

}  // namespace loop
