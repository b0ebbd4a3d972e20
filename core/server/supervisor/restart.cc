#include "core/server/supervisor/restart.h"

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

std::chrono::milliseconds Restart::put_off(Clock::time_point now, bool was_ready) {
    const int doublings = std::min(failures_++, kDoublingsMost) - (was_ready ? 1 : 0);
    const auto wait =
        doublings < 0 ? 0ms : std::min(kBackOffFirst * (1 << doublings), kBackOffMost);
    has_settled_ = true;
    at_ = now + wait;
    return wait;
}

}  // namespace server
