#include "core/server/dispatch/exchange_table.h"

#include <utility>

namespace server {
namespace {

// Exchanges kept for reuse; more than this were for a burst.
constexpr std::size_t kFreeMax = 256;

}  // namespace

Exchange& ExchangeTable::take() {
    if (!free_.empty()) {
        Exchange& exchange = *free_.back();
        free_.pop_back();
        return exchange;
    }
    auto slot = static_cast<std::uint32_t>(slots_.size());
    if (gaps_.empty()) {
        slots_.emplace_back();
    } else {
        slot = gaps_.back();
        gaps_.pop_back();
    }
    slots_[slot] = std::make_unique<Exchange>(thread_, inbox_);
    slots_[slot]->ticket.slot = slot;
    return *slots_[slot];
}

void ExchangeTable::release(Exchange& exchange) {
    exchange.reset();
    exchange.ticket.incarnation = 0;
    if (free_.size() < kFreeMax) {
        free_.push_back(&exchange);
    } else {
        const std::uint32_t slot = exchange.ticket.slot;
        gaps_.push_back(slot);
        dead_.push_back(std::move(slots_[slot]));
    }
}

Ticket ExchangeTable::renew(Exchange& exchange) {
    exchange.ticket.incarnation = ++last_incarnation_;
    return exchange.ticket;
}

Exchange* ExchangeTable::find(Ticket ticket) const {
    if (ticket.incarnation == 0 || ticket.slot >= slots_.size() || slots_[ticket.slot] == nullptr) {
        return nullptr;
    }
    Exchange& exchange = *slots_[ticket.slot];
    return exchange.ticket == ticket ? &exchange : nullptr;
}

}  // namespace server
