// How long a test waits before it calls something broken. Nothing sleeps for a fixed time: a wait
// ends when its condition holds, and a deadline only bounds it. Values; any thread.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string_view>

namespace test {

// The sanitizers of this program ("address", "thread"), or of the program under test where tests
// that were built without one drive it ($HOOPSNAKE_SANITIZER, which tests/CMakeLists.txt sets);
// else "".
inline std::string_view sanitizer() {
#if defined(__SANITIZE_ADDRESS__)
    return "address";
#elif defined(__SANITIZE_THREAD__)
    return "thread";
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
    return "address";
#elif __has_feature(thread_sanitizer)
    return "thread";
#endif
#endif
    const char* const told = std::getenv("HOOPSNAKE_SANITIZER");
    return told == nullptr ? "" : told;
}

// Then everything is several times slower.
inline bool is_sanitized() { return !sanitizer().empty(); }

// Long enough for a busy machine; reached only by a failing test.
inline const std::chrono::milliseconds kPatience{is_sanitized() ? 60000 : 20000};

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
