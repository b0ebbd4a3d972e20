#include "core/server/client/http1/pipeline.h"

namespace server {

void Pipeline::remove_prefix(std::size_t count) {
    waiting_.consume(count);
    waiting_.shrink(0);
    if (waiting_.is_empty()) {
        share_.give_back();
    }
}

// Nobody reads ahead while too many have: what a crowd sends at once would otherwise be kept before
// anybody could know. Shares are taken when bytes have come and cannot be refused; so everybody
// stops before the budget is used up.
bool Pipeline::may_grow(bool is_paused) {
    if (is_full_for_all()) {
        return false;
    }
    const std::size_t size = waiting_.size();
    if (size <= kByRight) {
        share_.give_back();
        return true;
    }
    return size < (is_paused ? kFew : kMost) && share_.grow_to(all_, size);
}

}  // namespace server
