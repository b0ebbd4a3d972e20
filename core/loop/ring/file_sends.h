// Files that are being sent: sendfile(2) works at once as long as the peer reads, so that a few
// downloads could fill a turn for everybody else. What a turn sends has a bound, and whoever had
// his piece goes to the end of the queue. (Equal shares of a turn would be smaller pieces: sixteen
// downloads cost twice the time of a core then.) A member of a back-end; loop thread only.
#pragma once

#include <algorithm>
#include <cstddef>

#include "core/loop/ring/attempt.h"
#include "core/loop/ring/operation_queue.h"

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
        std::size_t left = kTurnBytes;
        for (std::size_t waiting = queue_.size(); waiting > 0 && left > 0; --waiting) {
            Operation& operation = queue_.pop();
            const int result = attempt(operation.request, left);
            left -= static_cast<std::size_t>(std::max(result, 0));
            done(operation, result);
        }
    }

private:
    // 0.1 to 0.3 ms of a core.
    static constexpr std::size_t kTurnBytes = std::size_t{1} << 20;

    OperationQueue queue_;
};

}  // namespace loop
