// The request threads of one process and what waits for them. Threads are started when there is
// work for them, up to a limit; an idle thread costs nothing but its stack.
//
// Waking a thread costs more than a small request, so the pool wakes as few as it can
// (ARCHITECTURE.md, "Waking threads"): one thread runs whatever waits, and another is woken when
// that one has given up the GIL, or has been in one request for long. Never more than one thread
// waits for the GIL with nothing in its hands.
#pragma once

#include <pthread.h>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "interp/pace.h"
#include "interp/sleepers.h"
#include "interp/task_queue.h"
#include "interp/thread_starter.h"
#include "interp/worker.h"

namespace interp {

// What a pool asks of the process that it serves.
class PoolHost {
public:
    virtual ~PoolHost() = default;
    // Hands over what finished requests have left behind. Any pool thread, the GIL held or not;
    // must not block.
    virtual void flush() noexcept = 0;
    // Daemon mode: idle pool threads read the sockets themselves, one at a time. Waits until
    // something has arrived, submits the requests in it, and returns. Without the GIL.
    [[nodiscard]] virtual bool can_lead() const { return false; }
    virtual void lead() noexcept {}
    virtual void interrupt_leader() noexcept {}
    // The watch is needed: tick() is to be called soon and again while needs_watch(). Called under
    // the pool's lock.
    virtual void on_watch_needed() noexcept {}
    // Around each request, on its thread; `thread` counts from 1.
    virtual void on_started(
        int thread, const Task& task, std::chrono::steady_clock::time_point now
    ) noexcept = 0;
    virtual void on_finished(int thread) noexcept = 0;
};

struct PoolLimits {
    int threads = 15;
    std::size_t stack_size = 0;  // bytes; 0 is the system's
};

class ThreadPool {
public:
    // A request in progress is "long" after this; tick() is meant to come about as often.
    static constexpr std::chrono::microseconds kLong{200};

    ThreadPool(Runtime& runtime, PoolHost& host, PoolLimits limits);  // both outlive the pool
    ~ThreadPool();                                                    // after stop()
    ThreadPool(const ThreadPool&) = delete;
    ThreadPool& operator=(const ThreadPool&) = delete;

    // Starts the first thread, so that a leader is there. Daemon mode.
    base::Result<> start();
    // Any thread. The task waits until a thread takes it; call wake() after the last one of a
    // batch.
    void submit(Task& task);
    void wake();
    // Takes back what no thread has taken yet: the task is the caller's again. False: a thread has.
    [[nodiscard]] bool withdraw(const Task& task);
    // Whether somebody must look after the pool from outside: work waits while a thread may be
    // stuck in a long request.
    [[nodiscard]] bool needs_watch();
    // The look: lets another thread follow when nothing has moved since the last one, and flushes
    // what lies about.
    void tick();

    // A task's thread waits inside a request, without the GIL, until is_ready() says true. notify()
    // of the same task makes it look again. is_ready is called with the pool's lock held: it must
    // not call the pool.
    void wait(Task& task, const std::function<bool()>& is_ready);
    void notify(const Task& task);

    // Lets running and waiting requests finish, then ends the threads.
    void stop();

private:
    struct Thread;
    using Lock = std::unique_lock<std::mutex>;

    void run(Thread& self) noexcept;
    void serve(Thread& self, Worker& worker, Lock& lock);
    void run_task(Thread& self, Worker& worker, Lock& lock);
    void lead(Lock& lock);
    void become_idle(Thread& self, Lock& lock);
    void wake_idle(Thread& idle);
    void wake_all_idle();
    [[nodiscard]] bool should_add_runner() const;
    void add_runner();      // wakes or starts a thread
    void promote_leader();  // somebody must lead while others run
    void ask_for_watch();
    [[nodiscard]] bool must_be_watched() const;
    bool start_thread();
    // A place among threads_ for a new one; null: there is no memory for it.
    Thread* free_place();

    Runtime& runtime_;
    PoolHost& host_;
    const PoolLimits limits_;

    // The first of its order: is_ready() of wait() takes a link's under it. No other is held when a
    // function here is called, but the GIL may be: nobody waits for the GIL with this one.
    std::mutex mutex_;
    // Guarded by mutex_.
    TaskQueue queue_;
    ThreadStarter starter_;
    std::vector<std::unique_ptr<Thread>> threads_;
    std::vector<Thread*> idle_;  // the most recently idle is woken first: cold threads stay cold
    Sleepers waiting_;           // threads inside wait()
    // What a thread may be doing, and where it shows:
    //
    //                                                 runners_  beside that
    //     starts, or has been woken, and has no lock  counted   -
    //     looks for work, hands over answers          counted
    //     waits for the GIL, no request in its hands  counted   acquiring_
    //     runs a request                              counted
    //     waits in a request, without the GIL         -         waiting_ while it sleeps in wait()
    //     leads in a request that waits               -         has_leader_, does_leader_wait_
    //     leads                                       -         has_leader_
    //     is idle                                     -         idle_
    //
    // Whoever takes a thread off idle_, or starts one, counts it: it may be long until that thread
    // has a core, and nobody is to wake a second one meanwhile. A thread of the application's own
    // that reads or writes in its request's place is no thread of the pool: it is not counted, but
    // may sleep in wait(), and lead, as one of ours.
    int runners_ = 0;
    int acquiring_ = 0;
    bool has_leader_ = false;
    bool does_leader_wait_ = false;  // it leads inside a request: it takes no other
    bool stopping_ = false;
    Pace pace_;
    AnswerBatch batch_;  // not flushed yet
};

}  // namespace interp
