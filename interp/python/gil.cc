#include "interp/python/gil.h"

#include <pthread.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "core/base/check.h"
#include "core/base/memory.h"
#include "core/base/system/log.h"
#include "interp/python/gil_request.h"
#include "interp/python/thread_state_room.h"

namespace interp {
namespace {

using namespace std::chrono_literals;

// A thread that passes on what those who wait for the GIL ask for. They cannot do it themselves:
// they are inside CPython, be it for us or for a lock or a file of the application's, and it asks
// only in their own interpreter; where it asks everywhere (py::kHoldersAreDeaf), what is left is
// to see that no application changes for the others how soon. It ticks while requests run, and
// sleeps otherwise.
class Asker {
public:
    static Asker& instance() {
        static auto* const asker = new Asker;  // threads may outlive main()
        return *asker;
    }

    // Any thread, with the GIL or without: nothing here waits for it.
    void begin_work() {
        at_work_.fetch_add(1);  // before the look at is_awake_: see rest()
        if (!is_awake_) {
            wake();
        }
    }
    void end_work() { at_work_.fetch_sub(1); }

    void start() {
        const std::lock_guard lock(mutex_);
        is_stopped_ = false;
    }
    void stop() {
        {
            const std::lock_guard lock(mutex_);
            is_stopped_ = true;
            changed_.notify_one();
        }
        // Joined, because it walks CPython's lists of interpreters and threads, which are about to
        // go.
        if (std::exchange(has_thread_, false)) {
            pthread_join(thread_, nullptr);
        }
        is_awake_ = false;
    }

private:
    // Who waits sets the flag of its own interpreter after 5 ms (sys.getswitchinterval()), and
    // hopes anew each 5 ms after that; a tick that is shorter passes on each of them. Where nobody
    // has waited for 20 ticks it looks less often: a tick costs two context switches.
    static constexpr std::chrono::milliseconds kSlowTick{20};
    static constexpr std::chrono::milliseconds kTick = py::kHoldersAreDeaf ? 3ms : kSlowTick;
    static constexpr int kQuietTicks = 20;

    void wake() {
        const std::lock_guard lock(mutex_);
        if (is_stopped_ || (!has_thread_ && !start_thread())) {
            // Too many threads, say: what is lost is fairness between interpreters, not a request.
            return;  // whoever works next tries again
        }
        is_awake_ = true;
        changed_.notify_one();
    }
    bool start_thread() {
        auto body = [](void* self) -> void* {
            static_cast<Asker*>(self)->run();
            return nullptr;
        };
        has_thread_ = pthread_create(&thread_, nullptr, body, this) == 0;
        return has_thread_;
    }
    void run() {
        std::unique_lock lock(mutex_);
        int quiet_ticks = 0;
        while (!is_stopped_) {
            if (!is_awake_) {
                changed_.wait(lock);
                continue;
            }
            // A wake-up in between is an early tick, which does no harm.
            changed_.wait_for(lock, quiet_ticks < kQuietTicks ? kTick : kSlowTick);
            if (is_stopped_) {
                break;
            }
            // With mutex_ held, so that stop() waits for it. These take mutexes of CPython's that
            // nobody holds for long, nor while he asks for ours.
            if (hoopsnake_restore_switch_interval() != 0) {
                tell_of_interval();
            }
            quiet_ticks = hoopsnake_ask_gil_holder() != 0 ? 0 : quiet_ticks + 1;
            if (quiet_ticks >= kQuietTicks && at_work_ == 0) {
                quiet_ticks = 0;
                rest();
            }
        }
    }
    void tell_of_interval() {
        if (!std::exchange(has_told_interval_, true)) {  // it may be changed again at each tick
            base::main_log().warn(
                "sys.setswitchinterval() has been called; it is taken back, because its interval "
                "holds for all applications of the process"
            );
        }
    }
    void rest() {
        is_awake_ = false;
        // Both sides write first and read then, sequentially consistent, so that at least one of
        // them sees the other: either who begins finds us asleep and wakes us, or we find that
        // somebody is at work.
        is_awake_ = at_work_ > 0;  // who began meanwhile has taken us for awake
    }

    std::atomic<int> at_work_{0};
    std::atomic<bool> is_awake_{false};  // written with mutex_
    std::mutex mutex_;
    std::condition_variable changed_;
    bool is_stopped_ = true;          // guarded by mutex_
    bool has_thread_ = false;         // guarded by mutex_; stop() comes when nobody works any more
    bool has_told_interval_ = false;  // the thread's
    pthread_t thread_{};
};

// PyThreadState_New() wants no GIL, but the thread that will use it: what a thread makes first is
// what PyGILState_Ensure() finds there.
PyThreadState* new_thread_state(PyInterpreterState* interpreter) {
    const py::ThreadStateRoom room;
    return PyThreadState_New(interpreter);
}

}  // namespace

void acquire_gil(PyThreadState* state) {
    PyEval_RestoreThread(state);
    // Behind it, not before: who has got the GIL is who was asked for, and a flag of ours that is
    // still set in another interpreter would have somebody there wait for a taker who never comes.
    hoopsnake_end_gil_request();
}

void go_on_in(PyThreadState* state) {
    // PyThreadState_Swap() keeps the GIL, so that CPython takes no flag back: as above, it would be
    // found by whoever runs in the interpreter that we leave.
    hoopsnake_end_gil_request();
    PyThreadState_Swap(state);
}

GilWork::GilWork() { Asker::instance().begin_work(); }

GilWork::~GilWork() { Asker::instance().end_work(); }

void start_asking_for_gil() { Asker::instance().start(); }

void stop_asking_for_gil() { Asker::instance().stop(); }

ThreadState::ThreadState(PyThreadState* state, bool is_owner) : state_(state), is_owner_(is_owner) {
    if (state_ == nullptr) {
        base::fail_for_memory();  // new_thread_state() has no other reason
    }
}

ThreadState::ThreadState(PyInterpreterState* interpreter)
    : ThreadState(new_thread_state(interpreter), true) {}

ThreadState::~ThreadState() {
    if (is_owner_) {
        acquire_gil(state_);
        // Drops what the thread has kept (threading.local), and so runs Python.
        PyThreadState_Clear(state_);
        PyThreadState_DeleteCurrent();  // gives the GIL up
    }
}

void GilMutex::lock() {
    // Nobody comes between looking and taking: the GIL is given up only inside. Behind that, others
    // may have been faster; hence the loop. The atomic is for those who wait, and for nobody else.
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
    // All of them: whoever waits for the end (wait_until_unused) must look, too.
    if (waiting_ > 0) {
        is_locked_.notify_all();
    }
}

void GilMutex::wait_until_unused() {
    while (is_locked() || waiting_ > 0) {
        ++waiting_;
        {
            Gil::Released released;
            // Where it is free and others still wait, this returns at once; giving the GIL up is
            // what lets them in.
            is_locked_.wait(true);
            std::this_thread::yield();  // those who want to go in come first
        }
        --waiting_;
    }
}

}  // namespace interp
