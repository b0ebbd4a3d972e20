// The GIL as a parameter: who has a Gil& may call CPython; who has none, cannot. Functions that
// Python itself calls hold it by construction.
#pragma once

#include <atomic>

#include "interp/python/py_compat.h"

namespace interp {

// A thread's place in one interpreter. Made, used and ended on one thread; ended without the GIL
// held.
class ThreadState {
public:
    explicit ThreadState(PyInterpreterState* interpreter);
    // Someone else's thread state, which is not ended with this object.
    static ThreadState adopt(PyThreadState* state) { return {state, false}; }
    ~ThreadState();
    ThreadState(const ThreadState&) = delete;
    ThreadState& operator=(const ThreadState&) = delete;

    [[nodiscard]] PyThreadState* get() const { return state_; }

private:
    ThreadState(PyThreadState* state, bool is_owner);
    PyThreadState* const state_;
    const bool is_owner_;
};

// Waits for the GIL and goes on in `state`.
void acquire_gil(PyThreadState* state);
// With the GIL: goes on in another thread state without giving it up. Null: in none, for whoever
// then makes one, or comes back in the same way; from Python 3.12 on without the GIL.
void go_on_in(PyThreadState* state);

// A thread that runs requests, from the first to the last of a batch. Meanwhile whoever has the GIL
// is made to share it with those who wait for it in other interpreters, where Python itself would
// not (py::kHoldersAreDeaf): a thread of an application's own that computes does not stop others,
// whatever it tells sys.setswitchinterval().
class GilWork {
public:
    GilWork();
    ~GilWork();
    GilWork(const GilWork&) = delete;
    GilWork& operator=(const GilWork&) = delete;
};
// That is so between the two: from Python's start until right before its end.
void start_asking_for_gil();
void stop_asking_for_gil();

class Gil {
public:
    explicit Gil(ThreadState& seat) { acquire_gil(seat.get()); }
    ~Gil() { PyEval_SaveThread(); }
    Gil(const Gil&) = delete;
    Gil& operator=(const Gil&) = delete;

    // Goes on in another interpreter, or another seat of the same, without giving the GIL to
    // anybody.
    void switch_to(ThreadState& seat) {
        if (py::current_thread_state() != seat.get()) {
            go_on_in(seat.get());
        }
    }

    // The GIL is given up until the end of the scope.
    class Released {
    public:
        explicit Released(Gil&) : Released() {}
        Released() : state_(PyEval_SaveThread()) {}  // in a function that Python called
        ~Released() { acquire_gil(state_); }
        Released(const Released&) = delete;
        Released& operator=(const Released&) = delete;

    private:
        PyThreadState* state_;
    };
};

// A lock for what takes long under the GIL and may give it up meanwhile. Waiting for it gives the
// GIL up. All members want the GIL, which guards everything but the waiting.
class GilMutex {
public:
    void lock();
    void unlock();
    [[nodiscard]] bool is_locked() const { return is_locked_.load(std::memory_order_relaxed); }
    // Returns when nobody is inside and nobody waits.
    void wait_until_unused();

    class Holder {
    public:
        explicit Holder(GilMutex& mutex) : mutex_(mutex) { mutex_.lock(); }
        ~Holder() { mutex_.unlock(); }
        Holder(const Holder&) = delete;
        Holder& operator=(const Holder&) = delete;

    private:
        GilMutex& mutex_;
    };

private:
    std::atomic<bool> is_locked_{false};
    int waiting_ = 0;
};

}  // namespace interp
