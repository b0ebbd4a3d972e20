#include "core/server/dispatch/pool_patience.h"

#include <chrono>
#include <cstdint>

#include "core/server/dispatch/exchange_table.h"

namespace server {
namespace {

constexpr std::chrono::seconds kLook{1};

}  // namespace

void PoolPatience::begin(Slot& slot) {
    slot.submitted = parts_.loop.now();
    if (!timer_.is_set()) {
        parts_.loop.set(timer_, kLook);
    }
}

bool PoolPatience::is_over(const Slot& slot, loop::Clock::time_point now) const {
    return slot.client != nullptr && now - slot.submitted >= slot.virtual_host().timeout;
}

void PoolPatience::on_due() {
    const auto now = parts_.loop.now();
    bool is_anybody_there = false;
    std::uint32_t from = 0;
    // By number: whoever is told may take exchanges and give them back.
    while (Slot* const slot = parts_.exchanges.next_of_pool(from)) {
        from = slot->ticket.slot + 1;
        if (&slot->generation->served() != &served_) {
            continue;
        }
        is_anybody_there = true;
        const bool says_nothing = slot->embedded.take_silence();
        if (is_over(*slot, now)) {
            tell_(*slot, says_nothing);
        }
    }
    if (is_anybody_there) {
        parts_.loop.set(timer_, kLook);
    }
}

}  // namespace server
