#include "core/base/process/scheduling.h"

#include <sched.h>

namespace base {

void run_in_batches() noexcept {
    // A kernel or sandbox that refuses costs speed only.
    const sched_param parameters{};
    ::sched_setscheduler(0, SCHED_BATCH | SCHED_RESET_ON_FORK, &parameters);
}

}  // namespace base
