#include "core/server/loops/loop_generation.h"

#include <utility>

namespace server {

LoopGeneration::LoopGeneration(
    Host& host, const LoopParts& parts, std::shared_ptr<const Served> served
)
    : Generation(*served),
      host_(host),
      served_(std::move(served)),
      log_(*served_),
      groups_(*this, parts.loop, *served_),
      dispatcher_(
          parts, *served_, parts.side_mapper.mappers_of({served_, &served_->site}), groups_, log_
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
