#include "core/server/supervisor/children/succession.h"

#include <algorithm>

namespace server {
namespace {

// It takes no new connections, or the kernel holds it although it was killed.
bool is_on_its_way_out(const ChildProcess& process) {
    return process.pid != 0 && (process.is_told_to_end || (process.is_killed && !process.deadline));
}

}  // namespace

Child* Succession::other_seat(std::vector<Child>& children, const Child& child) {
    if (!child.is_server()) {
        return nullptr;
    }
    const auto found = std::ranges::find_if(children, [&child](const Child& other) {
        return other.is_server() && other.index == child.index && other.seat != child.seat;
    });
    return found == children.end() ? nullptr : &*found;
}

void Succession::hand_over(std::vector<Child>& children, Child::Clock::time_point now) {
    for (Child& child : children) {
        if (!child.is_server() || child.is_reserve || !is_on_its_way_out(child.process)) {
            continue;
        }
        Child* const other = other_seat(children, child);
        if (other == nullptr || other->process.pid != 0) {
            continue;
        }
        other->restart = child.restart;
        if (child.process.has_served_for_long(now)) {
            other->restart.at_once(now);
        } else {
            other->restart.soon(now);
        }
        other->is_reserve = false;
        child.is_reserve = true;
    }
}

}  // namespace server
