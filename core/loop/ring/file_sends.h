// Files that are being sent: sendfile(2) works at once as long as the peer reads, so that a few
// downloads could fill a turn for everybody else. What a turn sends has a bound, and the tenants
// (virtual hosts) whose files they are share it: each has one piece of it before any has a second,
// and a small file stands behind as many pieces as there are other tenants, however many downloads
// they have. A member of a back-end; loop thread only.
#pragma once

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <vector>

#include "core/loop/ring/attempt.h"
#include "core/loop/ring/operation_queue.h"

namespace loop {

class FileSends {
public:
    // About 0.05 ms of a core. Smaller ones cost the sender more per byte.
    static constexpr std::size_t kTurnBytes = std::size_t{256} << 10;
    // The least that is worth a system call: where there are many tenants, the later ones have the
    // next turn.
    static constexpr std::size_t kPieceBytes = std::size_t{64} << 10;

    [[nodiscard]] bool is_empty() const { return queues_.empty(); }

    void push(Operation& operation) {
        operation.request.state = SystemCall::State::kQueued;
        const auto its = queue_of(operation.tenant);
        if (its != queues_.end()) {
            its->operations.push(operation);
        } else {
            queues_.push_back({operation.tenant, {}});
            queues_.back().operations.push(operation);
        }
    }
    void remove(Operation& operation) {
        const auto its = queue_of(operation.tenant);
        its->operations.remove(operation);
        if (its->operations.is_empty()) {
            queues_.erase(its);
        }
    }

    // One turn: `done` gets each operation with its result, which may be -EAGAIN. It calls no
    // handler.
    template <class Done>
    void serve(Done done) {
        std::size_t left = kTurnBytes;
        while (left > 0 && !queues_.empty()) {
            const std::size_t share = std::max(left / queues_.size(), kPieceBytes);
            Operation& operation = next();
            const int result = try_to_send(operation, std::min(left, share));
            left -= static_cast<std::size_t>(std::max(result, 0));
            done(operation, result);
        }
    }

private:
    // In the order in which they get their pieces. None is empty.
    struct Queue {
        std::uint32_t tenant;
        OperationQueue operations;
    };

    std::vector<Queue>::iterator queue_of(std::uint32_t tenant) {
        return std::ranges::find(queues_, tenant, &Queue::tenant);
    }
    // Of the first tenant, who goes behind the others.
    Operation& next() {
        Operation& operation = queues_.front().operations.pop();
        std::rotate(queues_.begin(), queues_.begin() + 1, queues_.end());
        if (queues_.back().operations.is_empty()) {
            queues_.pop_back();
        }
        return operation;
    }
    // Only now is it certain that nobody has thrown its pages out meanwhile.
    static int try_to_send(const Operation& operation, std::size_t bytes_max) {
        return operation.may_wait_for_disk || is_in_memory(operation.request, bytes_max)
                   ? attempt(operation.request, bytes_max)
                   : -ENODATA;
    }

    std::vector<Queue> queues_;
};

}  // namespace loop
