// The Task of a request as Python objects see it: waits give the GIL up and tell the pool, and one
// thread at a time is inside, because an application may read its input in a thread of its own. One
// per Seat, used for request after request. All functions want the GIL.
#pragma once

#include <cstddef>
#include <thread>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "interp/python/gil.h"
#include "interp/wsgi/block_observer.h"
#include "interp/wsgi/task.h"

namespace interp {

class TaskGate {
public:
    explicit TaskGate(BlockObserver* observer) : observer_(observer) {}  // may be null

    void begin(Task& task);  // on the thread that runs the request
    void end();              // returns when no other thread is inside
    [[nodiscard]] Task& task() const { return *task_; }

    // At least one byte of the request's body, or 0 at its end. `max` may be 0: only says that
    // somebody reads.
    base::Result<std::size_t> read(char* out, std::size_t max);

    // Whoever sends looks at what has been sent and sends in one turn: in between, another thread
    // could send the head, or part of the body before it.
    class Turn {
    public:
        explicit Turn(TaskGate& gate) : use_(gate.in_use_) {}

    private:
        GilMutex::Holder use_;
    };
    base::Result<> respond(const Turn& turn, base::Bytes first, bool is_last);
    base::Result<> write(const Turn& turn, base::Bytes bytes);
    base::Result<> respond_with_loan(const Turn& turn, base::Loan whole_body, bool is_last);
    [[nodiscard]] bool takes_loan(const Turn& turn, std::size_t cost) const;
    base::Result<> respond_with_file(const Turn& turn, int fd, off_t offset, std::size_t count);
    [[nodiscard]] bool takes_file(const Turn& turn);
    [[nodiscard]] bool is_client_gone() const { return task_->is_client_gone(); }

private:
    class Wait;
    template <class Send>
    base::Result<> send(std::size_t size, Send send);

    BlockObserver* const observer_;
    Task* task_ = nullptr;
    std::thread::id thread_;
    GilMutex in_use_;
};

}  // namespace interp
