// ExchangeTable: all exchanges of one event loop, kept for reuse, and found by the ticket of
// whoever reports about one from another thread. Loop thread only.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/server/answer/exchange.h"
#include "core/server/answer/ticket.h"

namespace server {

class ExchangeTable {
public:
    ExchangeTable(LoopThread& thread, Inbox& inbox) : thread_(thread), inbox_(inbox) {}

    [[nodiscard]] Exchange& take();
    // Tickets for it are out of date from now on. Memory of a burst goes back with bury().
    void release(Exchange& exchange);
    // At the end of a turn: what was released in it may still be on the stack until then.
    void bury() { dead_.clear(); }

    // For whoever is about to work on it elsewhere. Earlier tickets are out of date from now on:
    // what their holders had to say of this request has been taken.
    [[nodiscard]] Ticket renew(Exchange& exchange);
    // Null: the ticket is out of date.
    [[nodiscard]] Exchange* find(Ticket ticket) const;
    // All of them are free.
    [[nodiscard]] bool is_idle() const { return free_.size() + gaps_.size() == slots_.size(); }

private:
    LoopThread& thread_;
    Inbox& inbox_;
    std::vector<std::unique_ptr<Exchange>> slots_;  // null: a gap
    std::vector<Exchange*> free_;
    std::vector<std::uint32_t> gaps_;
    std::vector<std::unique_ptr<Exchange>> dead_;
    std::uint64_t last_incarnation_ = 0;
};

}  // namespace server
