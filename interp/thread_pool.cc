#include "interp/thread_pool.h"

#include <new>
#include <optional>
#include <utility>

#include "core/base/memory.h"
#include "core/base/process/scheduling.h"

namespace interp {

namespace {

using Clock = std::chrono::steady_clock;

int most_threads(const PoolLimits& limits) {
    const auto threads = static_cast<std::size_t>(limits.threads);
    return static_cast<int>(threads + TaskQueue::spare_threads(limits.hosts, threads));
}

}  // namespace

ThreadPool::ThreadPool(Runtime& runtime, PoolHost& host, PoolLimits limits)
    : runtime_(runtime),
      host_(host),
      queue_(limits.hosts, static_cast<std::size_t>(limits.threads)),
      threads_(*this, most_threads(limits), limits.stack_size) {
    sleepers_.reserve(static_cast<std::size_t>(most_threads(limits)));
}

// The GIL has been given up before this: nobody waits for it with the pool's lock. What the thread
// has finished is handed over now, for the wait may take minutes and nobody else may come by. Then
// whoever is queued gets another thread, since this one takes no more until its request ends.
void ThreadPool::Observer::on_blocked() noexcept {
    Lock lock(pool.mutex_);
    if (pool.batch_.take()) {
        lock.unlock();
        pool.host_.flush();
        lock.lock();
    }
    pool.crew_.remove_runner();
    pool.call_runner_if_needed();
}

// Before it asks for the GIL, so that nobody starts a second one beside it. It has a request in its
// hands: none is coming for what is queued.
void ThreadPool::Observer::on_unblocked() noexcept {
    const Lock lock(pool.mutex_);
    pool.crew_.add_runner();
}

base::Result<> ThreadPool::start() {
    const Lock lock(mutex_);
    if (!threads_.start_one()) {
        return base::fail(
            base::Fault::kSystem,
            "cannot start a request thread; stack-size may be too large, or the limit is "
            "RLIMIT_AS (ulimit -v), RLIMIT_NPROC (ulimit -u) or TasksMax="
        );
    }
    crew_.add_runner();
    return {};
}

void ThreadPool::submit(Task& task) {
    const Lock lock(mutex_);
    queue_.push(task);
}

void ThreadPool::wake() {
    const Lock lock(mutex_);
    call_runner_if_needed();
}

bool ThreadPool::withdraw(const Task& task) {
    const Lock lock(mutex_);
    return queue_.remove(task);
}

TaskQueue::Busiest ThreadPool::busiest() {
    const Lock lock(mutex_);
    return queue_.busiest();
}

bool ThreadPool::needs_watch() {
    const Lock lock(mutex_);
    // Where all threads are in requests and nothing is queued, there is nothing to do until
    // something arrives.
    const bool could_lead = muster_.has_leader_at_hand() || !threads_.is_full();
    return has_work_lying() || (leading_.is_unread() && could_lead);
}

bool ThreadPool::lacks_leader() {
    const Lock lock(mutex_);
    return leading_.is_vacant();
}

// What is queued may be taken in one hold of the GIL, and the first answer lie about behind the
// second request.
bool ThreadPool::has_work_lying() const { return !batch_.is_empty() || queue_.has_next(); }

bool ThreadPool::must_be_watched() const { return has_work_lying() || leading_.is_unread(); }

void ThreadPool::tick() {
    bool must_flush = false;
    {
        Lock lock(mutex_);
        // As long as requests end from one look to the next, the thread that runs them is through
        // sooner than another would be awake.
        const bool has_moved = pace_.has_moved();
        must_flush = !has_moved && batch_.take();
        if (!has_moved) {
            // However many run: all of them may be stuck in long requests.
            if (queue_.has_next() && !crew_.is_one_coming()) {
                muster_.call_runner();
            }
            // What arrives is also that clients have gone whose requests wait, and it may be long
            // until one of the threads comes by.
            if (!muster_.call_leader() && leading_.is_unread()) {
                leading_.look(lock);
                call_runner_if_needed();
                // Those who came meanwhile have found somebody leading.
                if (muster_.has_leader_at_hand()) {
                    muster_.call_leader();
                }
            }
        }
    }
    // Without the lock: it takes the host's, and may wake whole loops.
    if (must_flush) {
        host_.flush();
    }
}

void ThreadPool::tidy() {
    const Lock lock(mutex_);
    if (!crew_.has_runners() && threads_.has_idle()) {
        is_untidy_ = true;
        muster_.call_runner();
    }
}

// Giving the GIL back lets go of what has been lent; and what that has freed is large, and nobody
// else's.
void ThreadPool::tidy_up(Worker& worker, Lock& lock) {
    take_gil(worker, lock);
    lock.unlock();
    worker.release();
    base::release_libc_memory();
    lock.lock();
}

void ThreadPool::take_gil(Worker& worker, Lock& lock) {
    crew_.begin_acquiring();
    lock.unlock();
    worker.acquire();
    lock.lock();
    crew_.end_acquiring();
}

void ThreadPool::call_runner_if_needed() {
    if (queue_.has_next() && crew_.needs_runner(pace_.is_slower_than(kLong))) {
        muster_.call_runner();
    }
}

void ThreadPool::run(Threads::Thread& self) noexcept {
    base::run_in_batches();
    std::optional<Worker> worker;
    try {
        // What it allocates makes the thread's heap.
        worker.emplace(runtime_, self.number(), &observer_);
    } catch (const std::bad_alloc&) {  // then there is one thread less
    }
    Lock lock(mutex_);
    threads_.on_begun();
    if (worker) {
        serve(self, *worker, lock);
    } else {
        threads_.on_failed(self);
        if (must_be_watched()) {
            host_.on_watch_needed();
        }
    }
    crew_.remove_runner();
    if (muster_.has_ended()) {
        muster_.call_all_idle();  // the others must see that they can end, too
    }
}

void ThreadPool::serve(Threads::Thread& self, Worker& worker, Lock& lock) {
    for (;;) {
        // In this order: requests; then what has been finished, and the GIL, so that nobody waits
        // for either because this thread goes to sleep; the end, once nothing is queued; and
        // leading before idling, for without a leader a daemon process hears nothing. After each of
        // them all is looked at anew, because the lock was given up.
        if (queue_.has_next()) {
            run_task(self, worker, lock);
        } else if (std::exchange(is_untidy_, false)) {
            tidy_up(worker, lock);
        } else if (worker.holds_gil() || !batch_.is_empty()) {
            batch_.take();
            lock.unlock();
            // The GIL first: whoever is woken by the flush may want it.
            if (worker.holds_gil()) {
                worker.release();
            }
            host_.flush();
            lock.lock();
        } else if (muster_.has_ended()) {
            break;
        } else if (leading_.is_vacant()) {
            leading_.lead(lock);
        } else {
            // Whoever wakes it counts it again.
            crew_.remove_runner();
            threads_.rest(lock, self);
        }
    }
}

void ThreadPool::run_task(Threads::Thread& self, Worker& worker, Lock& lock) {
    // The GIL first, the request second: a thread that waits for the GIL holds nobody's request
    // hostage.
    if (!worker.holds_gil()) {
        take_gil(worker, lock);
        // Others had it meanwhile, and took all. serve() gives it back.
        if (!queue_.has_next()) {
            return;
        }
    }
    auto started = Clock::now();
    if (leading_.is_look_due(started)) {
        leading_.look(lock);
        if (!queue_.has_next()) {
            return;  // the clients of all have gone
        }
        started = leading_.read_at();
    }
    Task& task = queue_.take();
    const std::size_t lane = queue_.lane_of(task);  // it is somebody else's once it has run
    call_runner_if_needed();
    // While this request runs, somebody has to read the links: at once where that may take long, or
    // where a thread waits for what only they bring. Else the watch sees to it, so that short
    // requests cost no wake-up.
    if (pace_.is_slower_than(kLong) || !sleepers_.is_empty()) {
        muster_.call_leader();
    }
    if (must_be_watched()) {
        host_.on_watch_needed();
    }
    lock.unlock();

    // Noted before it runs, for its death may be the process's (the request table).
    host_.on_started(self.number(), task, started);
    worker.run(task);
    host_.on_finished(self.number());
    const auto now = Clock::now();

    lock.lock();
    queue_.end(lane);
    pace_.add(now - started);
    // The GIL stays: giving it up would let others in between two requests of a batch. The last
    // one is flushed by serve(), after the GIL has been given back.
    if (batch_.add(now, now - started) && queue_.has_next()) {
        batch_.take();
        lock.unlock();
        host_.flush();
        lock.lock();
    }
}

void ThreadPool::wait(Task& task, const std::function<bool()>& is_ready) {
    Lock lock(mutex_);
    while (!is_ready()) {
        // Where nobody leads, what this thread waits for would never be read. It needs no notify()
        // meanwhile: it asks after each lead().
        if (leading_.is_vacant()) {
            leading_.lead_in_request(lock);
            // Requests that came along are for others.
            call_runner_if_needed();
            if (must_be_watched()) {
                host_.on_watch_needed();
            }
            continue;
        }
        // In the list only while it sleeps: those are whom call_leader() and notify() can use.
        sleepers_.sleep(lock, task);
    }
    // We may have been the one who led.
    if (!sleepers_.is_empty()) {
        muster_.call_leader();
    }
    if (leading_.is_vacant()) {
        host_.on_watch_needed();  // we are about to run, and are not counted yet
    }
}

void ThreadPool::notify(const Task& task) {
    const Lock lock(mutex_);
    sleepers_.wake(task);
}

void ThreadPool::stop() {
    {
        const Lock lock(mutex_);
        muster_.end();
    }
    threads_.join();
}

}  // namespace interp
