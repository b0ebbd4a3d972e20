#include "core/server/loops/loop_drain.h"

#include <string>

#include "core/base/system/log.h"
#include "core/server/process/signals.h"

namespace server {

void LoopDrain::begin() {
    has_begun_ = true;
    parts_.acceptors.stop();
    parts_.mounts.stop();
    parts_.connections.drain();
    parts_.loop.set(tell_, kTellOfStopAfter);
    look();
}

void LoopDrain::look() {
    if (has_begun_ && !is_anybody_left() && parts_.service.generations().close_links()) {
        parts_.loop.stop();
    }
}

bool LoopDrain::is_anybody_left() const {
    return parts_.acceptors.is_any_open() || !parts_.mounts.is_stopped() ||
           !parts_.connections.is_empty() || !parts_.service.exchanges().is_idle();
}

void LoopDrain::tell() {
    const std::string busy = parts_.service.exchanges().describe_busy();
    if (!busy.empty()) {
        base::main_log().warn("stopping waits for {}", busy);
    }
    parts_.loop.set(tell_, kTellOfStopEvery);
}

}  // namespace server
