#include "core/server/loops/watch/rounds.h"

#include "core/base/foreign/disposal.h"

namespace server {

bool Rounds::make_if_due(Clock::time_point now) {
    if (now - last_ < kEvery) {
        return true;
    }
    last_ = now;
    if (pulse_.has_stopped()) {
        return false;
    }
    base::man_disposal();
    return true;
}

}  // namespace server
