// ExchangeTable: all exchanges of one event loop, kept for reuse, and found by the ticket of
// whoever reports about one from another thread. Loop thread only.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/server/answer/ticket.h"
#include "core/server/dispatch/slot.h"

namespace server {

class ExchangeTable {
public:
    explicit ExchangeTable(const Slot::Home& home) : home_(home) {}

    [[nodiscard]] Slot& take();
    // Tickets for it are out of date from now on. Memory of a burst goes back with bury().
    void release(Exchange& exchange);
    // At the end of a turn: what was released in it may still be on the stack until then.
    void bury() { dead_.clear(); }
    // None is kept for reuse: nobody has asked for one for a while. Memory goes back with bury().
    void forget_free();

    // For whoever is about to work on it elsewhere. Earlier tickets are out of date from now on:
    // what their holders had to say of this request has been taken.
    [[nodiscard]] Ticket renew(Exchange& exchange);
    // Null: the ticket is out of date.
    [[nodiscard]] Slot* find(Ticket ticket) const;
    // Those of requests that a pool thread may have news of, one after the other: the first with
    // a number of at least `from`, or null.
    [[nodiscard]] Slot* next_of_pool(std::uint32_t from) const;
    // For people: "GET /path, which waits for its body, and 2 more"; "" where all are free. Takes
    // time.
    [[nodiscard]] std::string describe_busy() const;
    [[nodiscard]] std::uint64_t released() const { return released_; }  // so far
    // All of them are free.
    [[nodiscard]] bool is_idle() const { return free_.size() + gaps_.size() == slots_.size(); }

private:
    const Slot::Home home_;
    std::vector<std::unique_ptr<Slot>> slots_;  // null: a gap
    std::vector<Slot*> free_;
    std::vector<std::uint32_t> gaps_;
    std::vector<std::unique_ptr<Slot>> dead_;
    std::uint64_t last_incarnation_ = 0;
    std::uint64_t released_ = 0;
};

}  // namespace server
