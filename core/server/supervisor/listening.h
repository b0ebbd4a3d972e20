// Listening: the listening sockets of the server, and that the server processes which run have
// those that are of use. Supervisor only.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "core/base/result.h"
#include "core/config/model/config.h"
#include "core/server/supervisor/children/child.h"
#include "core/server/supervisor/kept/endpoints.h"
#include "core/server/supervisor/kept/listener_watch.h"

namespace server {

class Listening {
public:
    using Clock = ListenerWatch::Clock;

    // They outlive it.
    explicit Listening(std::vector<Child>& children) : children_(children), watch_(endpoints_) {}
    Listening(const Listening&) = delete;
    Listening& operator=(const Listening&) = delete;

    base::Result<> open(const std::vector<config::Listener>& listeners);
    // Empty before open().
    [[nodiscard]] const Endpoints& endpoints() const { return endpoints_; }

    // Somebody has reason to think that a socket is spoilt: renew() will look.
    void ask() { watch_.ask(); }
    // Sockets that are not what they were get successors, which every server process is told.
    void renew(Clock::time_point now);
    // When there is something to renew.
    [[nodiscard]] std::optional<Clock::time_point> next() const { return watch_.next(); }
    // Who still waits in sockets that have successors is for a new server process, too.
    void hand_retired(Child& server) const;

    // Nobody is to come any more. What waits in the backlog is refused with that, not left hanging.
    void announce_end();
    // After that, and when the last server process has gone, nobody listens.
    void end_if_nobody_serves();

private:
    std::vector<Child>& children_;
    Endpoints endpoints_;
    ListenerWatch watch_;
};

}  // namespace server
