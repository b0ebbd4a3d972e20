#include "core/base/text/effort.h"

#include <algorithm>
#include <ctime>

namespace base {
namespace {

// The most that may have passed before the thread's own clock is asked.
constexpr Effort::Time kUnmeasuredMax = std::chrono::milliseconds(1);

}  // namespace

std::chrono::nanoseconds time_on_processor() {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

// The clock of all costs no system call, and is all that most requests ever need; the thread's own
// is asked only once that one has gone on, because somebody else may have had the processor.
bool Effort::look() {
    constexpr Time kNoticeable = std::chrono::microseconds(200);
    if (was_exceeded_ || (is_within_ && outer_ != nullptr && outer_->look())) {
        return true;
    }
    const auto now = Clock::now();
    if (began_ == Clock::time_point()) {
        began_ = now;
        return false;
    }
    const Time passed = now - began_;
    if (passed < kNoticeable) {
        return false;
    }
    const Time on_processor = time_on_processor();
    if (!is_measured_) {
        is_measured_ = true;
        on_processor_ = on_processor;
        before_ = std::min(passed, kUnmeasuredMax);
    }
    spent_ = before_ + (on_processor - on_processor_);
    was_exceeded_ = spent_ > limit_;
    return was_exceeded_;
}

void Effort::measure() {
    began_ = Clock::now();
    on_processor_ = time_on_processor();
    is_measured_ = true;
}

Effort::Time Effort::end() {
    if (is_measured_) {
        return before_ + (time_on_processor() - on_processor_);
    }
    return began_ == Clock::time_point() ? Time(0)
                                         : std::min<Time>(Clock::now() - began_, kUnmeasuredMax);
}

}  // namespace base
