#include "core/server/loops/watch/loop_pulse.h"

namespace server {

bool LoopPulse::has_stopped() {
    bool has_one = false;
    for (Watched& loop : loops_) {
        const unsigned count = loop.beat.count_.load(std::memory_order_relaxed);
        loop.unchanged = count == loop.seen && count != Beat::kEnded ? loop.unchanged + 1 : 0;
        loop.seen = count;
        has_one = has_one || loop.unchanged >= kLooks;
    }
    return has_one;
}

}  // namespace server
