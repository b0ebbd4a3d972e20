#include "core/server/supervisor/children/restart.h"

#include <algorithm>

namespace server {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kBackOffFirst = 250ms;
constexpr std::chrono::milliseconds kBackOffMost = 30s;
constexpr int kDoublingsMost = 7;

}  // namespace

void Restart::at_once(Clock::time_point now) {
    failures_ = 0;
    at_ = now;
}

// A bucket that fills with time: so much of it has been used up, and it is kAtOnceMost deep.
void Restart::soon(Clock::time_point now) {
    used_until_ = std::max(used_until_, now) + kAtOnceEvery;
    failures_ = 0;
    at_ = std::max(now, used_until_ - kAtOnceMost * kAtOnceEvery);
}

std::chrono::milliseconds Restart::put_off(Clock::time_point now, bool was_ready) {
    const int doublings = std::min(failures_++, kDoublingsMost) - (was_ready ? 1 : 0);
    const auto wait =
        doublings < 0 ? 0ms : std::min(kBackOffFirst * (1 << doublings), kBackOffMost);
    has_settled_ = true;
    at_ = now + wait;
    return wait;
}

}  // namespace server
