#include "core/server/dispatch/exchange_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace server {
namespace {

// Exchanges kept for reuse; more than this were for a burst.
constexpr std::size_t kFreeMax = 256;

}  // namespace

Slot& ExchangeTable::take() {
    if (!free_.empty()) {
        Slot& exchange = *free_.back();
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
    slots_[slot] = std::make_unique<Slot>(home_);
    slots_[slot]->ticket.slot = slot;
    return *slots_[slot];
}

void ExchangeTable::release(Exchange& exchange) {
    Slot& free = Slot::of(exchange);
    free.reset();
    free.ticket.incarnation = 0;
    ++released_;
    if (free_.size() < kFreeMax) {
        free_.push_back(&free);
    } else {
        const std::uint32_t slot = free.ticket.slot;
        gaps_.push_back(slot);
        dead_.push_back(std::move(slots_[slot]));
    }
}

void ExchangeTable::forget_free() {
    for (const Slot* const free : std::exchange(free_, {})) {
        const std::uint32_t slot = free->ticket.slot;
        gaps_.push_back(slot);
        dead_.push_back(std::move(slots_[slot]));
    }
}

Ticket ExchangeTable::renew(Exchange& exchange) {
    exchange.ticket.incarnation = ++last_incarnation_;
    return exchange.ticket;
}

Slot* ExchangeTable::find(Ticket ticket) const {
    if (ticket.incarnation == 0 || ticket.slot >= slots_.size() || slots_[ticket.slot] == nullptr) {
        return nullptr;
    }
    Slot& exchange = *slots_[ticket.slot];
    return exchange.ticket == ticket ? &exchange : nullptr;
}

Slot* ExchangeTable::next_of_pool(std::uint32_t from) const {
    using Phase = Exchange::Phase;
    for (std::size_t number = from; number < slots_.size(); ++number) {
        Slot* const slot = slots_[number].get();
        if (slot != nullptr && slot->ticket.incarnation != 0 &&
            (slot->phase == Phase::kEmbedded || slot->phase == Phase::kScriptAsked)) {
            return slot;
        }
    }
    return nullptr;
}

std::string ExchangeTable::describe_busy() const {
    std::vector<const Slot*> free(free_.begin(), free_.end());
    std::ranges::sort(free);
    const Slot* first = nullptr;
    std::size_t others = 0;
    for (const auto& slot : slots_) {
        if (slot == nullptr || std::ranges::binary_search(free, slot.get())) {
            continue;
        }
        others += first == nullptr ? 0 : 1;
        first = first == nullptr ? slot.get() : first;
    }
    if (first == nullptr) {
        return {};
    }
    const http::Request& request = first->parcel.request;
    return fmt::format(
        "{} {}, which {}{}",
        request.method,
        request.target,
        text_of(first->phase),
        others == 0 ? std::string() : fmt::format(", and {} more", others)
    );
}

}  // namespace server
