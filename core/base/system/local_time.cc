#include "core/base/system/local_time.h"

#include <algorithm>
#include <iterator>

namespace base {
namespace {

// No server runs for longer, and no summer is shorter than a step.
constexpr std::time_t kStep = 7L * 24 * 60 * 60;
constexpr std::time_t kYears = 30L * 366 * 24 * 60 * 60;

TimeZone& zone_of_process() {
    static auto* const zone = new TimeZone;  // threads may outlive main()
    return *zone;
}

}  // namespace

TimeZone::TimeZone() {
    const std::time_t now = std::time(nullptr);
    periods_.push_back(ask(now - kStep));
    for (std::time_t at = now; at < now + kYears; at += kStep) {
        const Period found = ask(at);
        const Period& last = periods_.back();
        if (found.offset != last.offset || found.is_dst != last.is_dst || found.name != last.name) {
            periods_.push_back(first_other(at - kStep, at));
        }
    }
}

TimeZone::Period TimeZone::ask(std::time_t seconds) {
    std::tm local{};
    ::localtime_r(&seconds, &local);
    return {seconds, local.tm_gmtoff, local.tm_isdst, local.tm_zone};
}

// There is a change between the two: its second.
TimeZone::Period TimeZone::first_other(std::time_t before, std::time_t behind) {
    const Period old = ask(before);
    while (behind - before > 1) {
        const std::time_t middle = before + (behind - before) / 2;
        const Period found = ask(middle);
        const bool is_old = found.offset == old.offset && found.is_dst == old.is_dst;
        (is_old ? before : behind) = middle;
    }
    return ask(behind);
}

std::tm TimeZone::at(std::time_t seconds) const {
    const auto next = std::ranges::upper_bound(periods_, seconds, {}, &Period::begin);
    const Period& period = next == periods_.begin() ? *next : *std::prev(next);
    const std::time_t shifted = seconds + period.offset;
    std::tm local{};
    ::gmtime_r(&shifted, &local);
    local.tm_gmtoff = period.offset;
    local.tm_isdst = period.is_dst;
    local.tm_zone = period.name.c_str();
    return local;
}

void keep_time_zone() { zone_of_process() = TimeZone(); }

std::tm local_time(std::time_t seconds) { return zone_of_process().at(seconds); }

}  // namespace base
