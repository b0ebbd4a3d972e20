// Ticket: which request a piece of news is about. Exchanges are used again, and whoever works on a
// request in another thread may report after its client has gone and its exchange has become
// another request's; news whose ticket is out of date is about nobody.
#pragma once

#include <cstdint>

namespace server {

struct Ticket {
    std::uint32_t slot = 0;         // of the exchange
    std::uint64_t incarnation = 0;  // 0: of nobody

    bool operator==(const Ticket&) const = default;
};

}  // namespace server
