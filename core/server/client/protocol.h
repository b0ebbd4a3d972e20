// What a connection asks of whoever understands its bytes: HTTP/1 (http1/), and later HTTP/2. One
// per connection, which has the bytes and the time, and outlives it. Loop thread only.
//
// Whatever it asks of the connection completes in a later turn of the handlers: no function here is
// entered inside another that waits for it.
#pragma once

#include <cstddef>

#include "core/base/bytes.h"
#include "core/loop/timer.h"

namespace server {

class Protocol {
public:
    using Time = loop::Clock::time_point;

    virtual ~Protocol() = default;

    // What has become of the connection.
    virtual void on_bytes(base::Bytes input) = 0;
    virtual void on_end_of_stream() = 0;
    // A while behind that, and again: whether the client has gone shows when something is sent.
    virtual void on_still_at_end() = 0;
    virtual void on_sent(std::size_t bytes) = 0;
    // It is past due(), or not waited for any more.
    virtual void on_client_too_slow() = 0;
    // The server stops: idle connections close at once, others after the answer that they wait for.
    virtual void drain() = 0;
    // There is a newer generation: what begins from now on is served by that.
    virtual void renew() = 0;
    // It has begun to close; what is in flight still needs the exchange.
    virtual void on_closing() = 0;
    // Nothing is in flight any more.
    virtual void let_go() = 0;

    // Whether the client may send on; the one place that decides. Its clock stands still while it
    // may not.
    [[nodiscard]] virtual bool wants_bytes(bool is_paused) = 0;
    // When the client will have been too slow; Time::max() where nobody waits for it.
    [[nodiscard]] virtual Time due(bool is_paused) const = 0;
    // Nobody else is to blame if nothing happens: neither an application that runs, nor whatever
    // is still to be found out. `is_sending`: it does not take what is on its way.
    [[nodiscard]] virtual bool awaits_client(bool is_paused, bool is_sending) const = 0;
};

}  // namespace server
