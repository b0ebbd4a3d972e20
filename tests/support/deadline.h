// How long a test waits before it calls something broken. Nothing sleeps for a fixed time: a wait
// ends when its condition holds, and a deadline only bounds it. Values; any thread.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <chrono>

namespace test {

// True in a build with sanitizers, where everything is several times slower.
constexpr bool is_sanitized() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
    return true;
#else
    return false;
#endif
#else
    return false;
#endif
}

// Long enough for a busy machine; reached only by a failing test.
constexpr std::chrono::milliseconds kPatience{is_sanitized() ? 60000 : 20000};

class Deadline {
public:
    explicit Deadline(std::chrono::milliseconds from_now = kPatience)
        : at_(std::chrono::steady_clock::now() + from_now) {}

    [[nodiscard]] bool has_passed() const { return std::chrono::steady_clock::now() >= at_; }
    // For poll(2); 0 when it has passed.
    [[nodiscard]] int milliseconds_left() const {
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(at_ - std::chrono::steady_clock::now());
        return static_cast<int>(std::max<std::chrono::milliseconds::rep>(0, left.count()));
    }

private:
    std::chrono::steady_clock::time_point at_;
};

// Asks until `condition()` is true; false when patience ended first.
template <class Condition>
bool eventually(Condition&& condition, std::chrono::milliseconds patience = kPatience) {
    constexpr useconds_t kPauseMicroseconds = 2000;
    const Deadline deadline(patience);
    while (!condition()) {
        if (deadline.has_passed()) {
            return false;
        }
        ::usleep(kPauseMicroseconds);
    }
    return true;
}

}  // namespace test
