#include "core/server/supervisor/listening.h"

#include <algorithm>

#include "core/server/supervisor/launcher.h"

namespace server {

base::Result<> Listening::open(const std::vector<config::Listener>& listeners) {
    endpoints_ = TRY(Endpoints::open(listeners));
    return {};
}

void Listening::renew(Clock::time_point now) {
    for (const std::size_t index : watch_.proceed(now)) {
        for (Child& child : children_) {
            if (child.is_server() && child.process.control.is_open()) {
                const Endpoint& endpoint = endpoints_.endpoints[index];
                Launcher::send_listener(child, index, endpoint.fd, endpoint.state, false);
            }
        }
    }
}

void Listening::hand_retired(Child& server) const {
    for (const ListenerWatch::Retired& retired : watch_.retired()) {
        Launcher::send_listener(
            server, retired.endpoint, retired.socket.get(), retired.state, true
        );
    }
}

void Listening::announce_end() {
    endpoints_.announce_end();
    end_if_nobody_serves();
}

void Listening::end_if_nobody_serves() {
    const bool is_served = std::ranges::any_of(children_, [](const Child& child) {
        return child.is_server() && child.process.pid != 0;
    });
    if (endpoints_.is_end_announced() && !is_served) {
        endpoints_.end();
        watch_.end();
    }
}

}  // namespace server
