#include "core/server/dispatch/news.h"

#include "core/server/dispatch/loop_generation.h"

namespace server {

void News::take(const ExchangeTable& exchanges) {
    inbox_.take(taken_);
    for (const Ticket ticket : taken_) {
        // Null also where what it had to say has been heard.
        if (Slot* const slot = exchanges.find(ticket)) {
            LoopGeneration::of(*slot).dispatcher().on_pool_news(*slot);
        }
    }
    taken_.clear();
    names_.take(found_);
    for (NameResolver::Found& found : found_) {
        if (Slot* const slot = exchanges.find(found.ticket)) {
            LoopGeneration::of(*slot).dispatcher().inquiry().on_name_found(
                *slot, std::move(found.name)
            );
        }
    }
    found_.clear();
}

}  // namespace server
