// Files that are being sent: sendfile(2) works at once as long as the peer reads, so that a few
// downloads could fill a turn for everybody else. What a turn sends has a bound, which those who
// are in the queue share; each is tried once. A member of a back-end; loop thread only.
#pragma once

#include <algorithm>
#include <cstddef>

#include "core/loop/attempt.h"
#include "core/loop/operation_queue.h"

namespace loop {

class FileSends {
public:
    [[nodiscard]] bool is_empty() const { return queue_.is_empty(); }

    void push(Operation& operation) {
        operation.request.state = Request::State::kQueued;
        queue_.push(operation);
    }
    void remove(Operation& operation) { queue_.remove(operation); }

    // One turn: `done` gets each operation with its result, which may be -EAGAIN. It calls no
    // handler.
    template <class Done>
    void serve(Done done) {
        if (queue_.is_empty()) {
            return;
        }
        std::size_t waiting = queue_.size();
        const std::size_t share = std::max(kTurnBytes / waiting, kShareMin);
        for (std::size_t sent = 0; waiting > 0 && sent < kTurnBytes; --waiting) {
            Operation& operation = queue_.pop();
            const int result = attempt(operation.request, share);
            sent += static_cast<std::size_t>(std::max(result, 0));
            done(operation, result);
        }
    }

private:
    // 0.1 to 0.3 ms of a core.
    static constexpr std::size_t kTurnBytes = std::size_t{1} << 20;
    static constexpr std::size_t kShareMin = std::size_t{64} << 10;

    OperationQueue queue_;
};

}  // namespace loop
