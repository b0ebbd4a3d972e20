#include "interp/wsgi/task_gate.h"

#include <utility>

#include "core/base/system/forked_child.h"

namespace interp {
namespace {

// Copying fewer bytes than this is cheaper than giving the GIL up and asking for it again.
constexpr std::size_t kLong = 64 * 1024;

// The task is a copy of the parent's in a child that the application has forked, and locks around
// it may be held by threads that are not there.
base::Result<> must_be_parent() {
    if (base::is_forked_child()) {
        return base::fail(
            base::Fault::kApplication, "a forked child has no part in its parent's request"
        );
    }
    return {};
}

}  // namespace

// The GIL is given up and, on the request's own thread, the pool knows that another thread may
// follow.
class TaskGate::Wait {
public:
    explicit Wait(const TaskGate& gate)
        : observer_(gate.thread_ == std::this_thread::get_id() ? gate.observer_ : nullptr) {
        if (observer_ != nullptr) {
            observer_->on_blocked();
        }
    }
    ~Wait() {
        if (observer_ != nullptr) {
            observer_->on_unblocked();
        }
    }
    Wait(const Wait&) = delete;
    Wait& operator=(const Wait&) = delete;

private:
    Gil::Released released_;
    BlockObserver* const observer_;
};

void TaskGate::begin(Task& task) {
    task_ = &task;
    thread_ = std::this_thread::get_id();
}

void TaskGate::end() {
    in_use_.wait_until_unused();
    task_ = nullptr;
}

base::Result<std::size_t> TaskGate::read(char* out, std::size_t max) {
    TRY(must_be_parent());
    GilMutex::Holder use(in_use_);
    for (;;) {
        const std::size_t count = task_->read_body_now(out, max);
        if (count > 0 || max == 0 || task_->is_body_complete()) {
            return count;
        }
        Wait wait(*this);
        TRY(task_->wait_for_body());
    }
}

template <class Send>
base::Result<> TaskGate::send(std::size_t size, Send send) {
    TRY(must_be_parent());
    // What is long may have to wait for a client that takes its time.
    if (size > kLong || task_->would_block()) {
        Wait wait(*this);
        return send();
    }
    return send();
}

base::Result<> TaskGate::respond(const Turn&, base::Bytes first, bool is_last) {
    return send(first.size(), [&] { return task_->respond(first, is_last); });
}

base::Result<> TaskGate::write(const Turn&, base::Bytes bytes) {
    return send(bytes.size(), [&] { return task_->write(bytes, false); });
}

// With the GIL: it takes no time.
base::Result<> TaskGate::respond_with_loan(const Turn&, base::Loan whole_body, bool is_last) {
    TRY(must_be_parent());
    return task_->respond_with_loan(std::move(whole_body), is_last);
}

bool TaskGate::takes_loan(const Turn&, std::size_t cost) const { return task_->takes_loan(cost); }

base::Result<> TaskGate::respond_with_file(const Turn&, int fd, off_t offset, std::size_t count) {
    return send(count, [&] { return task_->respond_with_file(fd, offset, count); });
}

bool TaskGate::takes_file(const Turn&) { return must_be_parent() && task_->takes_file(); }

}  // namespace interp
