#include "interp/thread_pool.h"

#include <new>
#include <optional>

#include "core/base/process/scheduling.h"

namespace interp {

namespace {

using Clock = std::chrono::steady_clock;

// So old may be what is known of requests that wait when the next one is taken. A look costs a
// system call, which is not to be paid for each of many short ones.
constexpr std::chrono::milliseconds kNewsAge{1};

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
    if (pool.should_add_runner()) {
        pool.add_runner();
    }
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
    if (should_add_runner()) {
        add_runner();
    }
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
    const bool could_lead = threads_.has_idle() || !sleepers_.is_empty() || !threads_.is_full();
    return has_work_lying() || (is_unread() && could_lead);
}

bool ThreadPool::lacks_leader() {
    const Lock lock(mutex_);
    return host_.can_lead() && !crew_.has_leader();
}

// Nobody reads the links: only while all of those who are awake are in requests, for whoever looks
// for work and finds none leads.
bool ThreadPool::is_unread() const {
    return host_.can_lead() && !crew_.has_leader() && crew_.has_runners();
}

// What is queued may be taken in one hold of the GIL, and the first answer lie about behind the
// second request.
bool ThreadPool::has_work_lying() const { return !batch_.is_empty() || queue_.has_next(); }

bool ThreadPool::must_be_watched() const { return has_work_lying() || is_unread(); }

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
                add_runner();
            }
            // What arrives is also that clients have gone whose requests wait, and it may be long
            // until one of the threads comes by.
            if (!promote_leader() && is_unread()) {
                take_news(lock);
                if (should_add_runner()) {
                    add_runner();
                }
                // Those who came meanwhile have found somebody leading.
                if (threads_.has_idle() || !sleepers_.is_empty()) {
                    promote_leader();
                }
            }
        }
    }
    // Without the lock: it takes the host's, and may wake whole loops.
    if (must_flush) {
        host_.flush();
    }
}

bool ThreadPool::should_add_runner() const {
    return queue_.has_next() && crew_.needs_runner(pace_.is_slower_than(kLong));
}

// False: there is none.
bool ThreadPool::add_runner() {
    // The cheapest first: one that sleeps and has its place in the interpreters; the leader; a new
    // one.
    if (threads_.has_idle()) {
        threads_.wake_last();
        crew_.add_runner();
    } else if (crew_.is_leader_free()) {
        // Not counted here: it counts itself when lead() returns, and then finds the queue.
        host_.interrupt_leader();
    } else if (!stopping_ && threads_.start_one()) {
        crew_.add_runner();
    } else {
        return false;
    }
    return true;
}

void ThreadPool::wake_all_idle() {
    while (threads_.has_idle()) {
        threads_.wake_last();
        crew_.add_runner();
    }
}

// True: somebody leads, or is about to.
bool ThreadPool::promote_leader() {
    if (!host_.can_lead() || crew_.has_leader()) {
        return true;
    }
    if (!sleepers_.is_empty()) {
        // It sits inside a request and waits for something that only a leader can bring.
        sleepers_.wake_last();
        return true;
    }
    // Whoever waits for the GIL comes by serve() when it has it: it takes what is queued, or leads.
    return !crew_.is_one_coming() && !stopping_ && add_runner();
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
    if (stopping_) {
        wake_all_idle();  // the others must see that they can end, too
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
        } else if (worker.holds_gil() || !batch_.is_empty()) {
            batch_.take();
            lock.unlock();
            // The GIL first: whoever is woken by the flush may want it.
            if (worker.holds_gil()) {
                worker.release();
            }
            host_.flush();
            lock.lock();
        } else if (stopping_) {
            break;
        } else if (host_.can_lead() && !crew_.has_leader()) {
            lead(lock);
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
        crew_.begin_acquiring();
        lock.unlock();
        worker.acquire();
        lock.lock();
        crew_.end_acquiring();
        // Others had it meanwhile, and took all. serve() gives it back.
        if (!queue_.has_next()) {
            return;
        }
    }
    auto started = Clock::now();
    if (is_unread() && started - news_taken_ > kNewsAge) {
        take_news(lock);
        if (!queue_.has_next()) {
            return;  // the clients of all have gone
        }
        started = news_taken_;
    }
    Task& task = queue_.take();
    const std::size_t lane = queue_.lane_of(task);  // it is somebody else's once it has run
    if (should_add_runner()) {
        add_runner();
    }
    // While this request runs, somebody has to read the links: at once where that may take long, or
    // where a thread waits for what only they bring. Else the watch sees to it, so that short
    // requests cost no wake-up.
    if (pace_.is_slower_than(kLong) || !sleepers_.is_empty()) {
        promote_leader();
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

void ThreadPool::lead(Lock& lock) {
    // One at a time, or two would read one link, and its frames be out of order. It is woken
    // (interrupt_leader()) as an idle one would be.
    crew_.begin_leading();
    lock.unlock();
    host_.lead();
    lock.lock();
    crew_.end_leading();
    news_taken_ = Clock::now();
}

// Nobody leads, and the caller does for as long as it takes to read what lies there. It takes no
// request meanwhile, whoever it is.
void ThreadPool::take_news(Lock& lock) {
    crew_.begin_leading_in_request();
    lock.unlock();
    host_.look();
    lock.lock();
    crew_.end_leading();
    news_taken_ = Clock::now();
}

void ThreadPool::wait(Task& task, const std::function<bool()>& is_ready) {
    Lock lock(mutex_);
    while (!is_ready()) {
        // Where nobody leads, what this thread waits for would never be read. It needs no notify()
        // meanwhile: it asks after each lead().
        if (host_.can_lead() && !crew_.has_leader()) {
            crew_.begin_leading_in_request();
            lock.unlock();
            host_.lead();
            lock.lock();
            crew_.end_leading();
            news_taken_ = Clock::now();
            // Requests that came along are for others.
            if (should_add_runner()) {
                add_runner();
            }
            if (must_be_watched()) {
                host_.on_watch_needed();
            }
            continue;
        }
        // In the list only while it sleeps: those are whom promote_leader() and notify() can use.
        sleepers_.sleep(lock, task);
    }
    // We may have been the one who led.
    if (!sleepers_.is_empty()) {
        promote_leader();
    }
    if (host_.can_lead() && !crew_.has_leader()) {
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
        // Who runs or waits in a request is not disturbed: what he waits for comes, or his link
        // ends.
        stopping_ = true;
        wake_all_idle();
        if (crew_.has_leader()) {
            host_.interrupt_leader();
        }
    }
    threads_.join();
}

}  // namespace interp
