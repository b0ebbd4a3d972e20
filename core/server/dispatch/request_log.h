// What an event loop writes to the logs of a generation: what it has to say of a client, and a line
// for each request that has been answered. Lines of the access logs gather here until the end of
// the turn. Loop thread only.
#pragma once

#include <string>
#include <string_view>

#include "core/server/answer/exchange.h"
#include "core/server/client/arrival.h"
#include "core/server/logs/access_log.h"
#include "core/server/served/served.h"

namespace server {

class RequestLog {
public:
    explicit RequestLog(const Served& served) : served_(served) {}

    // To the error log of the exchange's virtual host, with the client's address. Nothing where the
    // client has gone.
    void say(const Exchange& exchange, base::LogLevel level, const std::string& message) const;
    // The head of the answer, as it is about to be sent: formats may ask for its fields.
    void note_head(Exchange& exchange, std::string_view text) const;
    // Of an answer that has ended or broken off.
    void add(Exchange& exchange, const Arrival& arrival, AfterAnswer after);

    // At the end of a turn: what is worth a write, and at the end of the loop: all.
    void flush() { lines_.flush(); }
    void flush_all() { lines_.flush_all(); }
    // All lines are out.
    [[nodiscard]] bool is_empty() const { return lines_.is_empty(); }

private:
    const Served& served_;
    AccessLogBuffer lines_;
};

}  // namespace server
