// The request threads of one process and what waits for them. Threads are started when there is
// work for them, up to a limit; an idle thread costs nothing but its stack.
//
// Waking a thread costs more than a small request, so the pool wakes as few as it can
// (ARCHITECTURE.md, "Waking threads"): one thread runs whatever waits, and another is woken when
// that one has given up the GIL, or has been in one request for long. Never more than one thread
// waits for the GIL with nothing in its hands.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <mutex>

#include "interp/crew.h"
#include "interp/leading.h"
#include "interp/muster.h"
#include "interp/pace.h"
#include "interp/pool_host.h"
#include "interp/sleepers.h"
#include "interp/task_queue.h"
#include "interp/threads.h"
#include "interp/worker.h"

namespace interp {

struct PoolLimits {
    int threads = 15;            // and spare ones, see TaskQueue
    std::size_t stack_size = 0;  // bytes; 0 is the system's
    std::size_t hosts = 1;       // virtual hosts that share the threads; see TaskQueue
};

class ThreadPool final : private Threads::Body {
public:
    // A request in progress is "long" after this; tick() is meant to come about as often.
    static constexpr std::chrono::microseconds kLong{200};

    // Both outlive the pool, which ends after stop().
    ThreadPool(Runtime& runtime, PoolHost& host, PoolLimits limits);
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
    [[nodiscard]] TaskQueue::Busiest busiest();
    // Whether somebody must look after the pool from outside: work waits while a thread may be
    // stuck in a long request.
    [[nodiscard]] bool needs_watch();
    // Nobody leads: what arrives is for tick() to look at.
    [[nodiscard]] bool lacks_leader();
    // The look: lets another thread follow when nothing has moved since the last one, leads for a
    // moment where none can, and flushes what lies about.
    void tick();
    // Somebody idle is to take the GIL for a moment, where nobody is at work who will come by: what
    // has been lent has come back (interp/wsgi/lent_bytes.h).
    void tidy();

    // A task's thread waits inside a request, without the GIL, until is_ready() says true. notify()
    // of the same task makes it look again. is_ready is called with the pool's lock held: it must
    // not call the pool.
    void wait(Task& task, const std::function<bool()>& is_ready);
    void notify(const Task& task);

    // Lets running and waiting requests finish, then ends the threads.
    void stop();

private:
    using Lock = std::unique_lock<std::mutex>;
    // The GIL is given up in a request, or wanted again.
    struct Observer final : BlockObserver {
        explicit Observer(ThreadPool& its_pool) : pool(its_pool) {}
        void on_blocked() noexcept override;
        void on_unblocked() noexcept override;
        ThreadPool& pool;
    };

    void run(Threads::Thread& self) noexcept override;
    void serve(Threads::Thread& self, Worker& worker, Lock& lock);
    void run_task(Threads::Thread& self, Worker& worker, Lock& lock);
    void take_gil(Worker& worker, Lock& lock);
    void tidy_up(Worker& worker, Lock& lock);
    void call_runner_if_needed();
    [[nodiscard]] bool has_work_lying() const;
    [[nodiscard]] bool must_be_watched() const;

    Runtime& runtime_;
    PoolHost& host_;
    Observer observer_{*this};

    // The first of its order: is_ready() of wait() takes a link's under it. No other is held when a
    // function here is called, but the GIL may be: nobody waits for the GIL with this one.
    std::mutex mutex_;
    // Guarded by mutex_.
    TaskQueue queue_;
    Threads threads_;
    Sleepers sleepers_;  // inside wait()
    Crew crew_;
    Leading leading_{host_, crew_};
    Muster muster_{host_, threads_, sleepers_, crew_, leading_};
    Pace pace_;
    AnswerBatch batch_;       // not flushed yet
    bool is_untidy_ = false;  // one who has been woken is to take the GIL
};

}  // namespace interp
