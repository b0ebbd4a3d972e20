#include "core/server/loops/news.h"

#include "core/server/loops/loop_generation.h"

namespace server {

void News::take(const ExchangeTable& exchanges) {
    const bool are_some_lost = inbox_.take(taken_);
    for (const Ticket ticket : taken_) {
        // Null also where what it had to say has been heard.
        if (Slot* const slot = exchanges.find(ticket)) {
            LoopGeneration::of(*slot).dispatcher().on_pool_news(*slot);
        }
    }
    taken_.clear();
    if (are_some_lost) {
        ask_all(exchanges);
    }
}

void News::ask_all(const ExchangeTable& exchanges) {
    std::uint32_t from = 0;
    while (Slot* const slot = exchanges.next_of_pool(from)) {
        from = slot->ticket.slot + 1;
        LoopGeneration::of(*slot).dispatcher().on_pool_news(*slot);
    }
}

}  // namespace server
