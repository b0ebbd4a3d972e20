#include "interp/gil.h"

#include <thread>

#include "core/base/check.h"

namespace interp {

ThreadState::ThreadState(PyInterpreterState* interpreter)
    : state_(PyThreadState_New(interpreter)), is_owner_(true) {
    CHECK(state_ != nullptr);
}

ThreadState::~ThreadState() {
    if (is_owner_) {
        PyEval_RestoreThread(state_);
        PyThreadState_Clear(state_);
        PyThreadState_DeleteCurrent();  // gives the GIL up
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
