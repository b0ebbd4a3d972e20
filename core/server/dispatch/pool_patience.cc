#include "core/server/dispatch/pool_patience.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdint>

#include "core/server/dispatch/exchange_table.h"
#include "core/server/embedded/pool_feed.h"

namespace server {

void PoolPatience::begin(Slot& slot) {
    slot.submitted = parts_.loop.now();
    if (!timer_.is_set()) {
        parts_.loop.set(timer_, kLookAtTimeoutsEvery);
    }
}

bool PoolPatience::is_over(const Slot& slot, loop::Clock::time_point now) const {
    return slot.client != nullptr && now - slot.submitted >= slot.virtual_host().timeout;
}

std::string PoolPatience::describe_busiest() const {
    const PoolFeed::Busiest busiest = parts_.pool.busiest();
    const Slot* oldest = nullptr;
    std::uint32_t from = 0;
    while (const Slot* const slot = parts_.exchanges.next_of_pool(from)) {
        from = slot->ticket.slot + 1;
        if (&slot->generation->served() == &served_ && slot->known.host == busiest.host &&
            (oldest == nullptr || slot->submitted < oldest->submitted)) {
            oldest = slot;
        }
    }
    std::string text = fmt::format("{} requests", busiest.requests);
    if (busiest.host < served_.hosts.size()) {
        text += " of " + served_.hosts[busiest.host].log_name;
    }
    text += " are at work";
    // Those that another loop has, it knows.
    if (oldest != nullptr) {
        const auto age = parts_.loop.now() - oldest->submitted;
        text += fmt::format(
            ", one for {} s: {}",
            std::chrono::duration_cast<std::chrono::seconds>(age).count(),
            oldest->phase == Exchange::Phase::kScriptAsked ? oldest->parcel.dispatch.script
                                                           : oldest->parcel.route.script()
        );
    }
    return text;
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
        parts_.loop.set(timer_, kLookAtTimeoutsEvery);
    }
}

}  // namespace server
