// The processor time that one request may cost the thread that maps it, over all patterns, rules
// and texts together: each of them has a limit of its own, and a file may hold thousands of them.
// Whoever maps makes an Effort; whoever does a step of the work asks it and leaves when it is
// spent. One thread; where no Effort lives, as while the server starts, nothing is limited.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace base {

class Effort {
public:
    using Time = std::chrono::nanoseconds;

    // Whether what is around it limits it, too: not where the result is for others than the request
    // that happens to be the first.
    enum class Within { kAnother, kNothing };

    explicit Effort(Time limit, Within within = Within::kAnother)
        : limit_(limit), outer_(current()), is_within_(within == Within::kAnother) {
        current() = this;
    }
    ~Effort() { current() = outer_; }
    Effort(const Effort&) = delete;
    Effort& operator=(const Effort&) = delete;

    // Of this thread's innermost Effort: whether it is spent. Asks the clock.
    static bool is_spent() { return current() != nullptr && current()->look(); }
    // The same for small steps, of which many cost nothing: the clock is asked now and then.
    static bool count() { return current() != nullptr && current()->take_step(); }
    // What follows costs something: the clock of the innermost one runs.
    static void begin() {
        if (current() != nullptr && current()->began_ == Clock::time_point()) {
            current()->began_ = Clock::now();
        }
    }
    // From here on not more than `limit`: the work has become that of a stranger's rules. What came
    // before, such as reading his file, is for others, too, and has bounds of its own.
    static void tighten(Time limit) {
        if (current() != nullptr) {
            current()->limit_ = std::min(current()->limit_, current()->end() + limit);
        }
    }

    // From now on exactly, whatever it costs to ask for that: two system calls.
    void measure();
    // What it has cost. Roughly where that is little, or one step of it was long: others may have
    // had the processor. Zero where nobody has looked.
    [[nodiscard]] Time end();
    [[nodiscard]] bool was_exceeded() const { return was_exceeded_; }

private:
    using Clock = std::chrono::steady_clock;

    static Effort*& current() {
        thread_local Effort* innermost = nullptr;
        return innermost;
    }
    bool look();  // whether it, or one around it, is spent
    bool take_step() {
        constexpr std::uint32_t kStepsPerLook = 64;
        return ++steps_ % kStepsPerLook == 0 ? look() : was_exceeded_;
    }

    Time limit_;
    Effort* const outer_;
    const bool is_within_;
    Clock::time_point began_{};  // at the first look
    Time on_processor_{};        // of the thread, when the clock of all had gone on noticeably
    Time before_{};              // what had been spent until then
    Time spent_{};
    std::uint32_t steps_ = 0;
    bool is_measured_ = false;
    bool was_exceeded_ = false;
};

// Of this thread alone: others may keep the processor busy. A system call.
std::chrono::nanoseconds time_on_processor();

}  // namespace base
