// The threads of a pool: started one by one, up to a limit, and kept. Those that have nothing to do
// sleep here. All with the lock of the pool, but for join().
#pragma once

#include <pthread.h>

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "interp/thread_starter.h"

namespace interp {

class Threads {
public:
    class Thread {
    public:
        [[nodiscard]] int number() const { return number_; }  // counts from 1

    private:
        friend class Threads;
        enum class State : std::uint8_t {
            kNone,    // there is no such thread
            kLives,   // from its start to the end of the pool
            kFailed,  // it found no memory to begin with, and ends
        };
        Thread(Threads& threads, int number) : threads_(threads), number_(number) {}

        Threads& threads_;
        const int number_;
        pthread_t handle_{};
        std::condition_variable changed_{};
        bool is_joinable_ = false;  // no thread that was started changes it: join() has no lock
        bool is_woken_ = false;
        State state_ = State::kNone;
    };
    // What each of them does from its start to its end.
    class Body {
    public:
        virtual ~Body() = default;
        virtual void run(Thread& self) noexcept = 0;
    };

    Threads(Body& body, int most, std::size_t stack_size);
    ~Threads();  // after join()
    Threads(const Threads&) = delete;
    Threads& operator=(const Threads&) = delete;

    // One more. False: there are as many as there may be, or none could be started, which is said.
    // It waits for the lock, which the caller has, before it looks at anything.
    [[nodiscard]] bool start_one();
    [[nodiscard]] bool is_full() const { return living_ >= most_; }
    // The new thread: it has taken its part of the address space; or it has found no memory, and
    // another may have its place once it has given the lock back.
    void on_begun() { starter_.on_begun(); }
    void on_failed(Thread& self);

    // Sleeps until it is woken. Memory that it has freed goes back after a few quiet seconds.
    void rest(std::unique_lock<std::mutex>& lock, Thread& self);
    [[nodiscard]] bool has_idle() const { return !idle_.empty(); }
    // Of the idle ones, the one that became so last: cold threads stay cold. Nobody wakes it twice.
    void wake_last();

    // Without the lock: until all of them have ended. None may be started any more.
    void join();

private:
    static void* begin(void* thread);
    Thread* free_place();

    Body& body_;
    const std::size_t most_;
    ThreadStarter starter_;
    // By number. Those are in the request table, and never come back: places are not given up, but
    // for one whose thread has not come to life.
    std::vector<std::unique_ptr<Thread>> threads_;
    std::size_t living_ = 0;
    std::vector<Thread*> idle_;
};

}  // namespace interp
