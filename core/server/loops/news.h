// News: what pool threads have to tell an event loop about the requests that they have. It goes to
// the dispatcher of the request's generation; whose client has gone is nobody's. Loop thread only,
// but for the inbox.
#pragma once

#include <vector>

#include "core/loop/loop.h"
#include "core/server/dispatch/exchange_table.h"
#include "core/server/embedded/inbox.h"

namespace server {

class News {
public:
    explicit News(loop::Loop& loop) : inbox_(loop) {}

    [[nodiscard]] Inbox& inbox() { return inbox_; }

    // At the end of a turn.
    void take(const ExchangeTable& exchanges);

private:
    // There was no memory for all that pool threads had to tell: whoever may be meant is asked.
    static void ask_all(const ExchangeTable& exchanges);

    Inbox inbox_;
    std::vector<Ticket> taken_;  // in take(); kept for its memory
};

}  // namespace server
