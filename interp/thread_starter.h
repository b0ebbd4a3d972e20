// Starts the threads of a pool where the machine has room for them, and says once where it has not.
// Not thread-safe.
#pragma once

#include <pthread.h>

#include <cstddef>
#include <string_view>

namespace interp {

class ThreadStarter {
public:
    using Body = void* (*)(void*);

    // `stack_size` in bytes; 0 is the system's.
    explicit ThreadStarter(std::size_t stack_size) : stack_size_(stack_size) {}

    [[nodiscard]] bool start(pthread_t& thread, Body body, void* argument);
    // The new thread has taken its part of the address space.
    void on_begun() { --starting_; }
    // There is no thread for that reason. False, always.
    bool refuse(std::string_view why);

private:
    const std::size_t stack_size_;
    int starting_ = 0;
    bool has_told_ = false;  // the last one could not be started
};

}  // namespace interp
