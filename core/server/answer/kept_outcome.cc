#include "core/server/answer/kept_outcome.h"

namespace server {

void KeptOutcome::keep(const site::Walk& walk) {
    if (walk_ == nullptr) {
        walk_ = std::make_unique<site::Walk>();
    }
    *walk_ = walk;
    // The mapper's and the question's own: they are about another request by the time of the log.
    walk_->request = nullptr;
    walk_->vary = nullptr;
    has_walk_ = true;
}

}  // namespace server
