// Locator: which virtual host a request is for, and what applications are told about where it came
// in. Loop thread only.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/server/answer/exchange.h"
#include "core/server/client/connection_settings.h"
#include "core/server/dispatch/turn_clock.h"
#include "core/server/served/served.h"

namespace server {

class Locator {
public:
    explicit Locator(const TurnClock& clock) : clock_(clock) {}

    // Once the head of the request has been read; the clock is fresh.
    const ServedHost& locate(Exchange& exchange, ConnectionSettings& settings);

private:
    [[nodiscard]] AskedHost find(const std::string& authority, const ConnectionSettings& settings);
    [[nodiscard]] std::shared_ptr<const request::Surroundings> share(request::Surroundings found);

    const TurnClock& clock_;
    std::uint64_t requests_ = 0;
    // Those that a connection has last found: most others find the same.
    std::shared_ptr<const request::Surroundings> last_;
};

}  // namespace server
