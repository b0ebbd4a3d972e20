#include "core/server/client/listening/acceptors.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace server {

base::Result<> Acceptors::open(const std::vector<Endpoint>& endpoints) {
    for (const Endpoint& endpoint : endpoints) {
        base::Fd listener(::fcntl(endpoint.fd, F_DUPFD_CLOEXEC, 0));
        if (!listener.is_open()) {
            return base::fail_errno("cannot duplicate a listening socket", errno);
        }
        endpoints_.push_back(&endpoint);
        acceptors_.emplace_back(host_, loop_, endpoint, std::move(listener), endpoint.state);
    }
    return {};
}

void Acceptors::add(const NewListener& listener, base::Fd socket) {
    if (listener.endpoint >= endpoints_.size()) {
        return;
    }
    const Endpoint& endpoint = *endpoints_[listener.endpoint];
    if (!listener.is_retired) {
        for (Acceptor& before : acceptors_) {
            if (&before.endpoint() == &endpoint) {
                before.retire();
            }
        }
    }
    Acceptor& added =
        acceptors_.emplace_back(host_, loop_, endpoint, std::move(socket), listener.state);
    added.start();
    if (listener.is_retired) {
        added.retire();
    }
}

void Acceptors::start() {
    for (Acceptor& acceptor : acceptors_) {
        acceptor.start();
    }
}

void Acceptors::stop() {
    for (Acceptor& acceptor : acceptors_) {
        acceptor.stop();
    }
}

bool Acceptors::is_any_open() const { return std::ranges::any_of(acceptors_, &Acceptor::is_open); }

void Acceptors::look() {
    acceptors_.remove_if([](const Acceptor& acceptor) { return acceptor.has_ended(); });
    for (Acceptor& acceptor : acceptors_) {
        acceptor.look();
    }
}

void Acceptors::compare() {
    for (Acceptor& acceptor : acceptors_) {
        acceptor.compare();
    }
}

}  // namespace server
