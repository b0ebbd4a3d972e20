#include "interp/thread_pool.h"

#include <algorithm>
#include <new>
#include <optional>
#include <utility>

#include "core/base/check.h"
#include "core/base/memory.h"
#include "core/base/system/scheduling.h"

namespace interp {
namespace {

using Clock = std::chrono::steady_clock;

// A thread that had nothing to do for so long will not have for a while; and what it has made has
// been sent, and freed by others.
constexpr std::chrono::seconds kIdle{3};

}  // namespace

// One thread of the pool.
struct ThreadPool::Thread final : BlockObserver {
    Thread(ThreadPool& its_pool, int its_number) : pool(its_pool), number(its_number) {}

    // The GIL has been given up before this: nobody waits for it with the pool's lock. What this
    // thread has finished is handed over now, for the wait may take minutes and nobody else may
    // come by. Then whoever is queued gets another thread, since this one takes no more until its
    // request ends.
    void on_blocked() noexcept override {
        Lock lock(pool.mutex_);
        if (pool.batch_.take()) {
            lock.unlock();
            pool.host_.flush();
            lock.lock();
        }
        --pool.runners_;
        if (pool.should_add_runner()) {
            pool.add_runner();
        }
    }
    // Before it asks for the GIL, so that nobody starts a second one beside it. It has a request in
    // its hands, hence not acquiring_.
    void on_unblocked() noexcept override {
        const Lock lock(pool.mutex_);
        ++pool.runners_;
    }

    ThreadPool& pool;
    const int number;  // counts from 1
    pthread_t thread{};
    // Guarded by the pool's mutex.
    std::condition_variable changed;
    bool is_woken = false;
    bool has_failed = false;  // it found no memory to begin with, and has ended
};

ThreadPool::ThreadPool(Runtime& runtime, PoolHost& host, PoolLimits limits)
    : runtime_(runtime), host_(host), limits_(limits), starter_(limits.stack_size) {
    // From here on none of them allocates.
    const auto most = static_cast<std::size_t>(limits_.threads);
    threads_.reserve(most);
    idle_.reserve(most);
    waiting_.reserve(most);
}

ThreadPool::~ThreadPool() { CHECK(threads_.empty()); }

base::Result<> ThreadPool::start() {
    const Lock lock(mutex_);
    ++runners_;
    if (!start_thread()) {
        return base::fail(
            base::Fault::kSystem,
            "cannot start a request thread; stack-size may be too large, or the limit is "
            "RLIMIT_AS (ulimit -v), RLIMIT_NPROC (ulimit -u) or TasksMax="
        );
    }
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

bool ThreadPool::needs_watch() {
    const Lock lock(mutex_);
    return must_be_watched();
}

bool ThreadPool::must_be_watched() const {
    // What is queued may be taken in one hold of the GIL, and the first answer lie about behind the
    // second request.
    //
    // Nobody reads the links though somebody could: only while all of those who are awake are in
    // requests, for whoever looks for work and finds none leads.
    const bool could_lead = !idle_.empty() || !waiting_.is_empty() ||
                            threads_.size() < static_cast<std::size_t>(limits_.threads);
    return !batch_.is_empty() || !queue_.is_empty() ||
           (host_.can_lead() && !has_leader_ && runners_ > 0 && could_lead);
}

void ThreadPool::ask_for_watch() {
    if (must_be_watched()) {
        host_.on_watch_needed();
    }
}

void ThreadPool::tick() {
    bool must_flush = false;
    {
        const Lock lock(mutex_);
        // As long as requests end from one look to the next, the thread that runs them is through
        // sooner than another would be awake.
        const bool has_moved = pace_.has_moved();
        must_flush = !has_moved && batch_.take();
        if (!has_moved) {
            // runners_ does not matter here: all of them may be stuck in long requests.
            if (!queue_.is_empty() && acquiring_ == 0) {
                add_runner();
            }
            promote_leader();
        }
    }
    // Without the lock: it takes the host's, and may wake whole loops.
    if (must_flush) {
        host_.flush();
    }
}

bool ThreadPool::should_add_runner() const {
    // Who waits for the GIL takes what is queued as soon as it has it; a second one would only wait
    // beside it. And where one is at work, it comes by in a moment, unless requests are long.
    return !queue_.is_empty() && acquiring_ == 0 && (runners_ == 0 || pace_.is_slower_than(kLong));
}

void ThreadPool::add_runner() {
    // The cheapest first: one that sleeps and has its place in the interpreters; the leader; a new
    // one.
    if (!idle_.empty()) {
        Thread& last = *idle_.back();
        idle_.pop_back();
        wake_idle(last);
        return;
    }
    if (has_leader_ && !does_leader_wait_) {
        // Not counted here: it counts itself when lead() returns, and then finds the queue.
        host_.interrupt_leader();  // it is as good as idle
        return;
    }
    ++runners_;
    if (!start_thread()) {
        --runners_;
    }
}

// Off idle_ already.
void ThreadPool::wake_idle(Thread& idle) {
    idle.is_woken = true;
    ++runners_;
    idle.changed.notify_one();
}

void ThreadPool::wake_all_idle() {
    for (Thread* const thread : idle_) {
        wake_idle(*thread);
    }
    idle_.clear();
}

void ThreadPool::promote_leader() {
    if (!host_.can_lead() || has_leader_) {
        return;
    }
    if (!waiting_.is_empty()) {
        // It sits inside a request and waits for something that only a leader can bring.
        waiting_.wake_last();
        return;
    }
    // Whoever waits for the GIL comes by run() when it has it: it takes what is queued, or leads.
    if (acquiring_ == 0 && !stopping_) {
        add_runner();
    }
}

bool ThreadPool::start_thread() {
    if (stopping_) {
        return false;
    }
    Thread* const thread = free_place();
    if (thread == nullptr) {
        return false;
    }
    auto body = [](void* argument) -> void* {
        auto* const self = static_cast<Thread*>(argument);
        self->pool.run(*self);
        return nullptr;
    };
    // The new thread waits for the lock, which we have, before it looks at anything here.
    if (!starter_.start(thread->thread, body, thread)) {
        threads_.pop_back();
        return false;
    }
    return true;
}

ThreadPool::Thread* ThreadPool::free_place() {
    // Numbers are those of the request table, and never come back: places are not given up, but
    // for one whose thread has not come to life.
    if (!threads_.empty() && threads_.back()->has_failed) {
        pthread_join(threads_.back()->thread, nullptr);  // it has given the lock back: it is over
        threads_.pop_back();
    }
    if (threads_.size() >= static_cast<std::size_t>(limits_.threads)) {
        return nullptr;
    }
    try {
        const int number = static_cast<int>(threads_.size()) + 1;
        threads_.push_back(std::make_unique<Thread>(*this, number));
        return threads_.back().get();
    } catch (const std::bad_alloc&) {
        starter_.refuse("no memory");
        return nullptr;
    }
}

void ThreadPool::run(Thread& self) noexcept {
    base::run_in_batches();
    std::optional<Worker> worker;
    try {
        worker.emplace(runtime_, self.number, &self);  // what it allocates makes the thread's heap
    } catch (const std::bad_alloc&) {                  // then there is one thread less
    }
    Lock lock(mutex_);
    starter_.on_begun();
    if (worker) {
        serve(self, *worker, lock);
    } else {
        self.has_failed = true;
        starter_.refuse("no memory");
        ask_for_watch();
    }
    --runners_;
    if (stopping_) {
        wake_all_idle();  // the others must see that they can end, too
    }
}

void ThreadPool::serve(Thread& self, Worker& worker, Lock& lock) {
    for (;;) {
        // In this order: requests; then what has been finished, and the GIL, so that nobody waits
        // for either because this thread goes to sleep; the end, once nothing is queued; and
        // leading before idling, for without a leader a daemon process hears nothing. After each of
        // them all is looked at anew, because the lock was given up.
        if (!queue_.is_empty()) {
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
        } else if (host_.can_lead() && !has_leader_) {
            lead(lock);
        } else {
            become_idle(self, lock);
        }
    }
}

void ThreadPool::run_task(Thread& self, Worker& worker, Lock& lock) {
    // The GIL first, the request second: a thread that waits for the GIL holds nobody's request
    // hostage.
    if (!worker.holds_gil()) {
        ++acquiring_;
        lock.unlock();
        worker.acquire();
        lock.lock();
        --acquiring_;
        // Others had it meanwhile, and took all. run() gives it back.
        if (queue_.is_empty()) {
            return;
        }
    }
    Task& task = queue_.take();
    if (should_add_runner()) {
        add_runner();
    }
    // While this request runs, somebody has to read the links: at once where that may take long, or
    // where a thread waits for what only they bring. Else the watch sees to it, so that short
    // requests cost no wake-up.
    if (host_.can_lead() && !has_leader_) {
        if (pace_.is_slower_than(kLong) || !waiting_.is_empty()) {
            promote_leader();
        }
    }
    ask_for_watch();
    lock.unlock();

    const auto started = Clock::now();
    // Noted before it runs, for its death may be the process's (the request table).
    host_.on_started(self.number, task, started);
    worker.run(task);
    host_.on_finished(self.number);
    const auto now = Clock::now();

    lock.lock();
    pace_.add(now - started);
    // The GIL stays: giving it up would let others in between two requests of a batch. The last
    // one is flushed by serve(), after the GIL has been given back.
    if (batch_.add(now, now - started) && !queue_.is_empty()) {
        batch_.take();
        lock.unlock();
        host_.flush();
        lock.lock();
    }
}

void ThreadPool::lead(Lock& lock) {
    // One at a time, or two would read one link, and its frames be out of order. Not counted: it
    // takes no request until lead() returns, and is woken (interrupt_leader()) as an idle one would
    // be.
    has_leader_ = true;
    --runners_;
    lock.unlock();
    host_.lead();
    lock.lock();
    ++runners_;
    has_leader_ = false;
}

void ThreadPool::become_idle(Thread& self, Lock& lock) {
    --runners_;
    idle_.push_back(&self);
    const auto is_woken = [&self] { return self.is_woken; };
    if (!self.changed.wait_for(lock, kIdle, is_woken)) {
        lock.unlock();
        base::release_free_memory();  // nobody else can give back what this thread has freed
        lock.lock();
        // It may have been woken while the lock was given up: this asks first.
        self.changed.wait(lock, is_woken);
    }
    self.is_woken = false;  // whoever woke us has taken us off idle_ and counted us
}

void ThreadPool::wait(Task& task, const std::function<bool()>& is_ready) {
    Lock lock(mutex_);
    while (!is_ready()) {
        // Where nobody leads, what this thread waits for would never be read. It needs no notify()
        // meanwhile: it asks after each lead(). does_leader_wait_ keeps add_runner() from taking it
        // for idle.
        if (host_.can_lead() && !has_leader_) {
            has_leader_ = does_leader_wait_ = true;
            lock.unlock();
            host_.lead();
            lock.lock();
            has_leader_ = does_leader_wait_ = false;
            // Requests that came along are for others.
            if (should_add_runner()) {
                add_runner();
            }
            ask_for_watch();
            continue;
        }
        // In the list only while it sleeps: those are whom promote_leader() and notify() can use.
        waiting_.sleep(lock, task);
    }
    // We may have been the one who led.
    if (!waiting_.is_empty()) {
        promote_leader();
    }
    if (host_.can_lead() && !has_leader_) {
        host_.on_watch_needed();  // we are about to run, and runners_ does not count us yet
    }
}

void ThreadPool::notify(const Task& task) {
    const Lock lock(mutex_);
    waiting_.wake(task);
}

void ThreadPool::stop() {
    std::vector<pthread_t> threads;
    {
        const Lock lock(mutex_);
        // Who runs or waits in a request is not disturbed: what he waits for comes, or his link
        // ends.
        stopping_ = true;
        for (const auto& thread : threads_) {
            threads.push_back(thread->thread);
        }
        wake_all_idle();
        if (has_leader_) {
            host_.interrupt_leader();
        }
    }
    // Without the lock, which they need. None is added any more (start_thread()).
    for (const pthread_t thread : threads) {
        pthread_join(thread, nullptr);
    }
    threads_.clear();
}

}  // namespace interp
