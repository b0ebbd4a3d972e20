// News: what other threads have to tell an event loop about its requests, a pool thread of one that
// it has, or whoever looks up names. It goes to the dispatcher of the request's generation; whose
// client has gone is nobody's. Loop thread only, but for the inbox.
#pragma once

#include <utility>
#include <vector>

#include "core/loop/loop.h"
#include "core/server/dispatch/aside/name_resolver.h"
#include "core/server/dispatch/exchange_table.h"
#include "core/server/embedded/inbox.h"

namespace server {

class News {
public:
    // `start`: how threads are started that look names up.
    News(loop::Loop& loop, NameResolver::Start start)
        : inbox_(loop), names_(loop, std::move(start)) {}

    [[nodiscard]] Inbox& inbox() { return inbox_; }
    [[nodiscard]] NameResolver& names() { return names_; }

    // At the end of a turn.
    void take(const ExchangeTable& exchanges);

private:
    // There was no memory for all that pool threads had to tell: whoever may be meant is asked.
    static void ask_all(const ExchangeTable& exchanges);

    Inbox inbox_;
    NameResolver names_;
    // In take(); kept for their memory.
    std::vector<Ticket> taken_;
    std::vector<NameResolver::Found> found_;
};

}  // namespace server
