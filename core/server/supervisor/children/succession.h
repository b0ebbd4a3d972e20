// Succession: a server process that is told to stop alone answers what it has, which may take long,
// and nobody else is to wait for that. So each has two seats (Child), one of which is the reserve:
// as soon as the process in one is told to stop, its successor starts in the other. Nobody else
// is told to stop before the reserve is free again (Termination). Supervisor only.
#pragma once

#include <cstdint>
#include <vector>

#include "core/server/supervisor/children/child.h"

namespace server {

class Succession {
public:
    static constexpr std::uint32_t kSeats = 2;

    // Null: there is none, as for daemon processes, whose requests others of their group take.
    static Child* other_seat(std::vector<Child>& children, const Child& child);
    // A process is to be started here, once that is due.
    [[nodiscard]] static bool is_vacant(const Child& child) {
        return child.process.pid == 0 && !child.is_reserve;
    }
    // Whoever ends leaves its place to the other seat.
    static void hand_over(std::vector<Child>& children, Child::Clock::time_point now);
};

}  // namespace server
