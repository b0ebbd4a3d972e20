#include "core/server/dispatch/loop_generation.h"

#include <utility>

namespace server {

LoopGeneration::LoopGeneration(const Shared& shared, std::shared_ptr<const Served> served)
    : Generation(*served),
      shared_(shared),
      served_(std::move(served)),
      log_(*served_),
      groups_(*this, shared.loop, *served_),
      dispatcher_(
          {*served_,
           shared.loop,
           shared.exchanges,
           groups_,
           shared.pool,
           log_,
           shared.clock,
           shared.names,
           shared.side_mapper,
           shared.side_mapper.mappers_of({served_, &served_->site})}
      ) {}

void LoopGeneration::end_unless_held() {
    if (is_held()) {
        return;
    }
    // From here on a link that closes is no loss.
    is_ending_ = true;
    // What a full pipe does not take now goes out at the end of a later turn.
    is_over_ = groups_.close_all() && log_.is_empty();
}

}  // namespace server
