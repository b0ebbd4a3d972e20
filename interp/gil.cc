#include "interp/gil.h"

#include <algorithm>
#include <chrono>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "core/base/check.h"

namespace interp {
namespace {

// All thread states of ours, so that whoever waits for the GIL can find out which interpreter has
// it.
class Register {
public:
    void add(PyThreadState* state) {
        const std::lock_guard lock(mutex_);
        entries_.push_back({state, PyThreadState_GetInterpreter(state)});
    }
    void remove(PyThreadState* state) {
        const std::lock_guard lock(mutex_);
        const auto found = std::ranges::find(entries_, state, &Entry::state);
        CHECK(found != entries_.end());
        entries_.erase(found);
    }
    PyInterpreterState* interpreter_of(const void* state) {
        const std::lock_guard lock(mutex_);
        const auto found = std::ranges::find_if(entries_, [state](const Entry& entry) {
            return entry.state == state;
        });
        return found == entries_.end() ? nullptr : found->interpreter;
    }

private:
    struct Entry {
        PyThreadState* state;
        PyInterpreterState* interpreter;
    };
    std::mutex mutex_;
    std::vector<Entry> entries_;  // guarded by mutex_
};

Register& all_states() {
    static auto* const states = new Register;  // threads may outlive main()
    return *states;
}

// `busy` is asked to drop the GIL by somebody who waits in that interpreter.
void acquire_gil_from(PyInterpreterState* busy, PyThreadState* state) {
    PyThreadState* const door = PyThreadState_New(busy);
    CHECK(door != nullptr);
    PyEval_RestoreThread(door);
    PyThreadState_Clear(door);
    PyThreadState_Swap(state);
    PyThreadState_Delete(door);
}

}  // namespace

void acquire_gil(PyThreadState* state) {
    using Clock = std::chrono::steady_clock;
    constexpr std::chrono::milliseconds kComputes{2};
    constexpr std::chrono::microseconds kPause{100};
    PyInterpreterState* const own = PyThreadState_GetInterpreter(state);
    const void* last = nullptr;
    Clock::time_point since;
    for (;;) {
        const void* const holder = py::deaf_holder();
        PyInterpreterState* const busy =
            holder == nullptr ? own : all_states().interpreter_of(holder);
        if (busy == own) {
            PyEval_RestoreThread(state);
            return;
        }
        const Clock::time_point now = Clock::now();
        if (std::exchange(last, holder) != holder) {
            since = now;
        } else if (now - since >= kComputes) {
            // A thread of the application's own, which we do not know, is most likely of the same
            // interpreter.
            busy != nullptr ? acquire_gil_from(busy, state) : PyEval_RestoreThread(state);
            return;
        }
        std::this_thread::sleep_for(kPause);
    }
}

ThreadState::ThreadState(PyThreadState* state, bool is_owner) : state_(state), is_owner_(is_owner) {
    CHECK(state_ != nullptr);
    all_states().add(state_);
}

ThreadState::ThreadState(PyInterpreterState* interpreter)
    : ThreadState(PyThreadState_New(interpreter), true) {}

ThreadState::~ThreadState() {
    if (is_owner_) {
        acquire_gil(state_);
        all_states().remove(state_);
        PyThreadState_Clear(state_);
        PyThreadState_DeleteCurrent();  // gives the GIL up
    } else {
        all_states().remove(state_);
    }
}

void GilMutex::lock() {
    while (is_locked()) {
        ++waiting_;
        {
            Gil::Released released;
            is_locked_.wait(true);
        }
        --waiting_;
    }
    is_locked_.store(true, std::memory_order_relaxed);
}

void GilMutex::unlock() {
    is_locked_.store(false, std::memory_order_relaxed);
    if (waiting_ > 0) {
        is_locked_.notify_all();
    }
}

void GilMutex::wait_until_unused() {
    while (is_locked() || waiting_ > 0) {
        ++waiting_;
        {
            Gil::Released released;
            is_locked_.wait(true);
            std::this_thread::yield();  // those who want to go in come first
        }
        --waiting_;
    }
}

}  // namespace interp
