// What all generations of an event loop share: parts of its LoopThread, which outlive them. Loop
// thread only.
#pragma once

namespace loop {
class Loop;
}

namespace server {

class ExchangeTable;
class NameResolver;
class PoolFeed;
class SideMapper;
class TurnClock;

struct LoopParts {
    loop::Loop& loop;
    ExchangeTable& exchanges;
    PoolFeed& pool;
    TurnClock& clock;
    NameResolver& names;
    SideMapper& side_mapper;  // the process's
};

}  // namespace server
