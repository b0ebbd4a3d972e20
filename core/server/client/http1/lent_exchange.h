// The exchange that is lent to a client for one request, from the request's first byte to the last
// of its answer. Whoever answers finds the client by it; once it is given up he finds nobody. Loop
// thread only.
//
//     none ─ take() ─→ lent ─ give_back(): answered; abandon(): nobody wants the answer ─→ none
//                       └── replace(): another one, because somebody still works with this one
#pragma once

#include <utility>

#include "core/base/check.h"
#include "core/server/client/request_host.h"

namespace server {

class LentExchange {
public:
    // Both outlive it.
    LentExchange(RequestHost& lender, Asker& asker) : lender_(lender), asker_(asker) {}
    ~LentExchange() { CHECK(exchange_ == nullptr); }
    LentExchange(const LentExchange&) = delete;
    LentExchange& operator=(const LentExchange&) = delete;

    explicit operator bool() const { return exchange_ != nullptr; }
    Exchange& operator*() const { return *exchange_; }
    Exchange* operator->() const { return exchange_; }

    // For a request that is answered by this generation.
    void take(const Generation::Hold& generation);
    void give_back() { lender_.release_exchange(*std::exchange(exchange_, nullptr)); }
    // It goes to whoever still works on it, or back.
    void abandon();
    // For an answer of our own to the same request: whoever works on the other one may go on for a
    // while, and his answer is not wanted any more.
    void replace();

private:
    RequestHost& lender_;
    Asker& asker_;
    Exchange* exchange_ = nullptr;
};

}  // namespace server
