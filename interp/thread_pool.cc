#include "interp/thread_pool.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "core/base/check.h"
#include "core/base/memory.h"
#include "core/base/system/log.h"
#include "core/base/system/scheduling.h"

namespace interp {
namespace {

using Clock = std::chrono::steady_clock;

// Answers are handed over in batches: one wake-up for several, but none waits longer than this.
constexpr int kFlushEvery = 32;
constexpr std::chrono::microseconds kFlushAfter{50};
// A thread that had nothing to do for so long will not have for a while; and what it has made has
// been sent, and freed by others.
constexpr std::chrono::seconds kIdle{3};

}  // namespace

// One thread of the pool.
struct ThreadPool::Seat final : BlockObserver {
    Seat(ThreadPool& its_pool, int its_number) : pool(its_pool), number(its_number) {}

    // The GIL has been given up before this: nobody waits for it with the pool's lock. What this
    // thread has finished is handed over now, for the wait may take minutes and nobody else may
    // come by. Then whoever is queued gets another thread, since this one takes no more until its
    // request ends.
    void on_blocked() noexcept override {
        Lock lock(pool.mutex_);
        if (std::exchange(pool.unflushed_, 0) > 0) {
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
};

ThreadPool::ThreadPool(Runtime& runtime, PoolHost& host, PoolLimits limits)
    : runtime_(runtime), host_(host), limits_(limits) {
    // Pointers to seats are handed about; the vector itself must not move under a reader either.
    seats_.reserve(static_cast<std::size_t>(limits_.threads));
}

ThreadPool::~ThreadPool() { CHECK(seats_.empty()); }

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
    queue_.push_back(&task);
}

void ThreadPool::wake() {
    const Lock lock(mutex_);
    if (should_add_runner()) {
        add_runner();
    }
}

bool ThreadPool::withdraw(const Task& task) {
    const Lock lock(mutex_);
    const auto first = queue_.begin() + static_cast<std::ptrdiff_t>(queue_front_);
    const auto found = std::find(first, queue_.end(), &task);
    if (found == queue_.end()) {
        return false;
    }
    // The order of the others stays, and so does what stands in front of queue_front_: that has
    // been taken, and goes when the queue is empty.
    queue_.erase(found);
    return true;
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
    const bool could_lead = !idle_.empty() || !waiting_.empty() ||
                            seats_.size() < static_cast<std::size_t>(limits_.threads);
    return unflushed_ > 0 || has_queued() ||
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
        const bool has_moved = finished_ != finished_at_tick_;
        finished_at_tick_ = finished_;
        must_flush = !has_moved && std::exchange(unflushed_, 0) > 0;
        if (!has_moved) {
            // runners_ does not matter here: all of them may be stuck in long requests.
            if (has_queued() && acquiring_ == 0) {
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

Task& ThreadPool::take_queued() {
    Task& task = *queue_[queue_front_++];
    if (!has_queued()) {
        queue_.clear();  // keeps its memory: nothing is allocated in steady state
        queue_front_ = 0;
    }
    return task;
}

bool ThreadPool::should_add_runner() const {
    // Who waits for the GIL takes what is queued as soon as it has it; a second one would only wait
    // beside it. And where one is at work, it comes by in a moment, unless requests are long.
    return has_queued() && acquiring_ == 0 && (runners_ == 0 || is_slow_);
}

void ThreadPool::add_runner() {
    // The cheapest first: one that sleeps and has its place in the interpreters; the leader; a new
    // one.
    if (!idle_.empty()) {
        Seat* const seat = idle_.back();
        idle_.pop_back();
        seat->is_woken = true;
        ++runners_;
        seat->changed.notify_one();
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

void ThreadPool::promote_leader() {
    if (!host_.can_lead() || has_leader_) {
        return;
    }
    if (!waiting_.empty()) {
        // It sits inside a request and waits for something that only a leader can bring.
        waiting_.back().sleeper->is_woken = true;
        waiting_.back().sleeper->changed.notify_one();
        return;
    }
    // Whoever waits for the GIL comes by run() when it has it: it takes what is queued, or leads.
    if (acquiring_ == 0 && !stopping_) {
        add_runner();
    }
}

bool ThreadPool::start_thread() {
    if (seats_.size() >= static_cast<std::size_t>(limits_.threads) || stopping_) {
        return false;
    }
    if (!base::has_room_for_threads(static_cast<std::size_t>(starting_) + 1, limits_.stack_size)) {
        return refuse_thread("no room for its stack; the limit is RLIMIT_AS (ulimit -v)");
    }
    // Numbers are those of the request table, and never come back: seats are not given up.
    auto seat = std::make_unique<Seat>(*this, static_cast<int>(seats_.size()) + 1);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    if (limits_.stack_size > 0) {
        pthread_attr_setstacksize(&attributes, limits_.stack_size);
    }
    auto body = [](void* argument) -> void* {
        auto* const self = static_cast<Seat*>(argument);
        self->pool.run(*self);
        return nullptr;
    };
    const int error = pthread_create(&seat->thread, &attributes, body, seat.get());
    pthread_attr_destroy(&attributes);
    if (error != 0) {
        return refuse_thread(base::describe_errno(error));
    }
    is_refused_threads_ = false;
    // The new thread waits for the lock, which we have, before it looks at anything here.
    ++starting_;
    seats_.push_back(std::move(seat));
    return true;
}

// Said once, for it is tried again and again.
bool ThreadPool::refuse_thread(const std::string& why) {
    if (!std::exchange(is_refused_threads_, true)) {
        base::main_log().error("cannot start a request thread: {}", why);
    }
    return false;
}

void ThreadPool::run(Seat& seat) {
    base::run_in_batches();
    Worker worker(runtime_, seat.number, &seat);  // what it allocates makes the thread's heap
    Lock lock(mutex_);
    --starting_;
    for (;;) {
        // In this order: requests; then what has been finished, and the GIL, so that nobody waits
        // for either because this thread goes to sleep; the end, once nothing is queued; and
        // leading before idling, for without a leader a daemon process hears nothing. After each of
        // them all is looked at anew, because the lock was given up.
        if (has_queued()) {
            run_task(seat, worker, lock);
        } else if (worker.holds_gil() || unflushed_ > 0) {
            unflushed_ = 0;
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
            become_idle(seat, lock);
        }
    }
    --runners_;
    // The others must see that they can end, too.
    for (Seat* const other : std::exchange(idle_, {})) {
        // Counted by whoever wakes, as always.
        other->is_woken = true;
        ++runners_;
        other->changed.notify_one();
    }
}

void ThreadPool::run_task(Seat& seat, Worker& worker, Lock& lock) {
    // The GIL first, the request second: a thread that waits for the GIL holds nobody's request
    // hostage.
    if (!worker.holds_gil()) {
        ++acquiring_;
        lock.unlock();
        worker.acquire();
        lock.lock();
        --acquiring_;
        // Others had it meanwhile, and took all. run() gives it back.
        if (!has_queued()) {
            return;
        }
    }
    Task& task = take_queued();
    if (should_add_runner()) {
        add_runner();
    }
    // While this request runs, somebody has to read the links: at once where that may take long, or
    // where a thread waits for what only they bring. Else the watch sees to it, so that short
    // requests cost no wake-up.
    if (host_.can_lead() && !has_leader_) {
        if (is_slow_ || !waiting_.empty()) {
            promote_leader();
        }
    }
    ask_for_watch();
    lock.unlock();

    const auto started = Clock::now();
    // Noted before it runs, for its death may be the process's (the request table).
    host_.on_started(seat.number, task, started);
    worker.run(task);
    host_.on_finished(seat.number);
    const auto now = Clock::now();

    lock.lock();
    after_task(now - started, now, !has_queued());
    // after_task() says that it is time. The GIL stays: giving it up would let others in between
    // two requests of a batch.
    if (unflushed_ == 0) {
        lock.unlock();
        host_.flush();
        lock.lock();
    }
}

void ThreadPool::after_task(std::chrono::nanoseconds took, Clock::time_point now, bool is_last) {
    ++finished_;
    average_ += (took - average_) / 8;
    // Of the last eight or so: one long request is the watch's affair, many of them are worth a
    // wake-up each.
    is_slow_ = average_ > kLong;
    if (unflushed_++ == 0) {
        unflushed_since_ = now;
    }
    // The last one is flushed by run(), after the GIL has been given back.
    if (!is_last &&
        (unflushed_ >= kFlushEvery || now - unflushed_since_ > kFlushAfter || took > kFlushAfter)) {
        // Now, that means to run_task().
        unflushed_ = 0;
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

void ThreadPool::become_idle(Seat& seat, Lock& lock) {
    --runners_;
    idle_.push_back(&seat);
    const auto is_woken = [&seat] { return seat.is_woken; };
    if (!seat.changed.wait_for(lock, kIdle, is_woken)) {
        lock.unlock();
        base::release_free_memory();  // nobody else can give back what this thread has freed
        lock.lock();
        // It may have been woken while the lock was given up: this asks first.
        seat.changed.wait(lock, is_woken);
    }
    seat.is_woken = false;  // whoever woke us has taken us off idle_ and counted us
}

void ThreadPool::wait(Task& task, const std::function<bool()>& is_ready) {
    Lock lock(mutex_);
    // Of a thread of the pool, or of one that the application has made: a place to be woken at is
    // all that is needed.
    Sleeper self;
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
        waiting_.push_back({&task, &self});
        self.changed.wait(lock, [&self] { return self.is_woken; });
        self.is_woken = false;
        std::erase_if(waiting_, [&self](const Waiting& waiting) {
            return waiting.sleeper == &self;
        });
    }
    // We may have been the one who led.
    if (!waiting_.empty()) {
        promote_leader();
    }
    if (host_.can_lead() && !has_leader_) {
        host_.on_watch_needed();  // we are about to run, and runners_ does not count us yet
    }
}

void ThreadPool::notify(const Task& task) {
    const Lock lock(mutex_);
    for (const Waiting& waiting : waiting_) {
        if (waiting.task == &task) {
            waiting.sleeper->is_woken = true;
            waiting.sleeper->changed.notify_one();
        }
    }
}

void ThreadPool::stop() {
    std::vector<pthread_t> threads;
    {
        const Lock lock(mutex_);
        // Who runs or waits in a request is not disturbed: what he waits for comes, or his link
        // ends.
        stopping_ = true;
        for (const auto& seat : seats_) {
            threads.push_back(seat->thread);
        }
        for (Seat* const seat : std::exchange(idle_, {})) {
            seat->is_woken = true;
            ++runners_;
            seat->changed.notify_one();
        }
        if (has_leader_) {
            host_.interrupt_leader();
        }
    }
    // Without the lock, which they need. No seat is added any more (start_thread()).
    for (const pthread_t thread : threads) {
        pthread_join(thread, nullptr);
    }
    seats_.clear();
}

}  // namespace interp
