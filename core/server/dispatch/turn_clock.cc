#include "core/server/dispatch/turn_clock.h"

#include <time.h>

#include <utility>

#include "core/server/logs/access_log.h"
#include "http/date.h"

namespace server {

void TurnClock::refresh() {
    if (std::exchange(is_fresh_, true)) {
        return;
    }
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    microseconds_ = microseconds_of(now);
    seconds_ = static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
    if (now.tv_sec != whole_seconds_) {
        whole_seconds_ = now.tv_sec;
        own_fields_ = http::OwnFields(http::http_date(now.tv_sec), server_);
    }
}

}  // namespace server
