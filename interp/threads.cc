#include "interp/threads.h"

#include <algorithm>
#include <chrono>
#include <new>
#include <utility>

#include "core/base/check.h"
#include "core/base/memory.h"

namespace interp {
namespace {

// A thread that had nothing to do for so long will not have for a while; and what it has made has
// been sent, and freed by others.
constexpr std::chrono::seconds kIdle{3};

}  // namespace

Threads::Threads(Body& body, int most, std::size_t stack_size)
    : body_(body), most_(static_cast<std::size_t>(most)), starter_(stack_size) {
    // From here on neither of them allocates.
    threads_.reserve(most_);
    idle_.reserve(most_);
}

Threads::~Threads() { CHECK(threads_.empty()); }

void* Threads::begin(void* thread) {
    auto* const self = static_cast<Thread*>(thread);
    self->threads_.body_.run(*self);
    return nullptr;
}

// Null: there is no memory for it.
Threads::Thread* Threads::free_place() {
    using State = Thread::State;
    const auto found = std::ranges::find_if(threads_, [](const auto& thread) {
        return thread->state_ != State::kLives;
    });
    if (found != threads_.end()) {
        Thread& thread = **found;
        thread.state_ = State::kNone;
        if (std::exchange(thread.is_joinable_, false)) {
            pthread_join(thread.handle_, nullptr);  // it has given the lock back: it is over
        }
        return &thread;
    }
    try {
        const int number = static_cast<int>(threads_.size()) + 1;
        threads_.push_back(std::unique_ptr<Thread>(new Thread(*this, number)));
        return threads_.back().get();
    } catch (const std::bad_alloc&) {
        starter_.refuse("no memory");
        return nullptr;
    }
}

bool Threads::start_one() {
    Thread* const thread = is_full() ? nullptr : free_place();
    if (thread == nullptr || !starter_.start(thread->handle_, begin, thread)) {
        return false;
    }
    thread->state_ = Thread::State::kLives;
    thread->is_joinable_ = true;
    ++living_;
    return true;
}

void Threads::on_failed(Thread& self) {
    self.state_ = Thread::State::kFailed;
    --living_;
    starter_.refuse("no memory");
}

void Threads::rest(std::unique_lock<std::mutex>& lock, Thread& self) {
    idle_.push_back(&self);
    const auto is_woken = [&self] { return self.is_woken_; };
    if (!self.changed_.wait_for(lock, kIdle, is_woken)) {
        lock.unlock();
        base::release_free_memory();  // nobody else can give back what this thread has freed
        lock.lock();
        // It may have been woken while the lock was given up: this asks first.
        self.changed_.wait(lock, is_woken);
    }
    self.is_woken_ = false;
}

void Threads::wake_last() {
    Thread& last = *idle_.back();
    idle_.pop_back();
    last.is_woken_ = true;
    last.changed_.notify_one();
}

void Threads::join() {
    for (const auto& thread : threads_) {
        if (thread->is_joinable_) {
            pthread_join(thread->handle_, nullptr);
        }
    }
    threads_.clear();
}

}  // namespace interp
