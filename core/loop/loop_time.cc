#include "core/loop/loop_time.h"

#include <algorithm>

namespace loop {

bool LoopTime::advance_after_sleep(std::optional<Clock::time_point> due) {
    const auto before = now_;
    advance();
    if (!due || now_ - *due <= kLate || before < from_) {
        return false;
    }
    const auto stood_still_at = std::max(before, *due - kGrace);
    lost_ += now_ - stood_still_at;
    now_ = stood_still_at;
    from_ = now_ + kBetween;
    return true;
}

}  // namespace loop
