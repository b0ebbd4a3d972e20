// Worker: keeps a Seat in every interpreter that its thread has worked for, and the GIL between
// requests.
#include "interp/worker.h"

#include <new>
#include <optional>
#include <vector>

#include "core/base/system/no_memory.h"

#include "interp/application/call.h"
#include "interp/runtime.h"
#include "interp/wsgi/errors.h"

namespace interp {

struct Worker::Impl {
    Impl(Runtime::Impl& its_runtime, int its_number, BlockObserver* its_observer)
        : runtime(its_runtime), number(its_number), observer(its_observer) {}

    Seat* seat_for(const std::string& application_group);
    Seat* seat_for(const Task& task) noexcept;
    void enter(Seat& seat);

    Runtime::Impl& runtime;
    const int number;
    BlockObserver* const observer;
    std::vector<std::unique_ptr<Seat>> seats;
    Seat* last = nullptr;  // of the last request
    bool is_held = false;  // between acquire() and release(); the first seat's GIL comes with the
                           // first request
    std::optional<Gil> gil;
    std::optional<GilWork> work;  // while it is held, or runs
};

// Null when there is no such interpreter. May give the GIL up.
Seat* Worker::Impl::seat_for(const std::string& application_group) {
    if (last != nullptr && last->interpreter().name() == application_group) {
        return last;
    }
    for (const auto& seat : seats) {
        if (seat->interpreter().name() == application_group) {
            return seat.get();
        }
    }
    gil.reset();
    Interpreter* const interpreter = runtime.interpreter(application_group);
    if (interpreter == nullptr) {
        return nullptr;
    }
    seats.push_back(std::make_unique<Seat>(*interpreter, number, observer));
    return seats.back().get();
}

Seat* Worker::Impl::seat_for(const Task& task) noexcept {
    try {
        return seat_for(task.interpreter());
    } catch (const std::bad_alloc&) {
        base::tell_no_memory(base::main_log(), "a place in an interpreter", task.request.target);
        return nullptr;
    }
}

void Worker::Impl::enter(Seat& seat) {
    if (gil) {
        gil->switch_to(seat.state());
    } else {
        gil.emplace(seat.state());
    }
}

Worker::Worker(Runtime& runtime, int number, BlockObserver* observer)
    : impl_(std::make_unique<Impl>(runtime.impl(), number, observer)) {}

Worker::~Worker() { release(); }

void Worker::acquire() {
    impl_->is_held = true;
    impl_->work.emplace();
    if (impl_->last != nullptr && !impl_->gil) {
        impl_->enter(*impl_->last);
    }
}

void Worker::release() {
    impl_->is_held = false;
    impl_->gil.reset();
    impl_->work.reset();
}

bool Worker::holds_gil() const { return impl_->is_held; }

void Worker::run(Task& task) {
    if (!impl_->work) {
        impl_->work.emplace();
    }
    Seat* const seat = impl_->seat_for(task);
    if (seat == nullptr) {
        task.abort(500, {base::Fault::kServer, "no interpreter"});
    } else {
        impl_->last = seat;
        impl_->enter(*seat);
        seat->run(*impl_->gil, task);
    }
    if (!impl_->is_held) {
        release();
    }
}

}  // namespace interp
