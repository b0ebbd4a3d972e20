#include "core/loop/busy_poll.h"

#include <sched.h>

namespace loop {
namespace {

bool has_spare_core() {
    cpu_set_t cores;
    CPU_ZERO(&cores);
    return ::sched_getaffinity(0, sizeof cores, &cores) == 0 && CPU_COUNT(&cores) > 1;
}

}  // namespace

BusyPoll BusyPoll::of(Spin spin) { return BusyPoll(spin == Spin::kAdaptive && has_spare_core()); }

void BusyPoll::pause_core() {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

}  // namespace loop
