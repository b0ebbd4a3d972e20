// What all generations of an event loop share: parts of its LoopThread, which outlive them. Loop
// thread only.
#pragma once

#include <chrono>

namespace loop {
class Loop;
}

namespace server {

class ExchangeTable;
class NameResolver;
class PoolFeed;
class SideMapper;
class TurnClock;

// How often the one timer for all who wait is due: Timeout counts in seconds.
inline constexpr std::chrono::seconds kLookAtTimeoutsEvery{1};

struct LoopParts {
    loop::Loop& loop;
    ExchangeTable& exchanges;
    PoolFeed& pool;
    TurnClock& clock;
    // The process's.
    NameResolver& names;
    SideMapper& side_mapper;
};

}  // namespace server
