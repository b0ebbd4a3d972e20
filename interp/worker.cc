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
#include "interp/wsgi/lent_bytes.h"

namespace interp {

struct Worker::Impl {
    Impl(Runtime::Impl& its_runtime, int its_number, BlockObserver* its_observer)
        : runtime(its_runtime), number(its_number), observer(its_observer) {}

    // A place, or what the client gets instead; the reason is in the log.
    using Place = tl::expected<Seat*, int>;
    Place place_for(const Task& task);
    Place try_place_for(const Task& task) noexcept;
    Place new_place(const Task& task);
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

// May give the GIL up.
Worker::Impl::Place Worker::Impl::place_for(const Task& task) {
    const std::string& application_group = task.interpreter();
    if (last != nullptr && last->interpreter().name() == application_group) {
        return last;
    }
    for (const auto& seat : seats) {
        if (seat->interpreter().name() == application_group) {
            return seat.get();
        }
    }
    gil.reset();
    return new_place(task);
}

// Without the GIL. Scripts that are to be loaded first are loaded here where nobody has begun.
Worker::Impl::Place Worker::Impl::new_place(const Task& task) {
    const std::string& application_group = task.interpreter();
    const std::string into = "application group '" + application_group + "'";
    const ImportWatch::Waiting waiting(runtime.imports, &task, task.script(), into);
    Interpreter* const interpreter = runtime.interpreter(application_group);
    if (interpreter == nullptr) {
        return tl::unexpected(500);
    }
    runtime.import_early(application_group, nullptr);
    if (!runtime.early_imports.wait(application_group)) {
        (task.log != nullptr ? *task.log : base::main_log())
            .error(
                "no request of application group '{}' is answered, for what is imported before the "
                "first one has not ended: {}",
                application_group,
                task.request.target
            );
        return tl::unexpected(503);
    }
    seats.push_back(std::make_unique<Seat>(*interpreter, number, observer));
    return seats.back().get();
}

Worker::Impl::Place Worker::Impl::try_place_for(const Task& task) noexcept {
    try {
        return place_for(task);
    } catch (const std::bad_alloc&) {
        base::tell_no_memory(base::main_log(), "a place in an interpreter", task.request.target);
        return tl::unexpected(500);
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
    if (impl_->gil) {
        LentBytes::of_process().collect();
    }
    impl_->gil.reset();
    impl_->work.reset();
}

bool Worker::holds_gil() const { return impl_->is_held; }

void Worker::run(Task& task) {
    if (!impl_->work) {
        impl_->work.emplace();
    }
    if (const auto place = impl_->try_place_for(task); !place) {
        task.abort(place.error(), {base::Fault::kServer, "no interpreter"});
    } else {
        Seat& seat = **place;
        impl_->last = &seat;
        impl_->enter(seat);
        LentBytes::of_process().collect();
        seat.run(*impl_->gil, task);
    }
    if (!impl_->is_held) {
        release();
    }
}

}  // namespace interp
