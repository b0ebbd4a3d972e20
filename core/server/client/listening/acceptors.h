// Acceptors: the listening sockets of an event loop, and those that others have taken the place of
// for as long as somebody may still wait in them. Loop thread only.
#pragma once

#include <cstddef>
#include <list>
#include <vector>

#include "core/base/result.h"
#include "core/base/system/fd.h"
#include "core/server/client/listening/acceptor.h"
#include "core/server/client/listening/endpoint.h"
#include "core/server/client/listening/listener_state.h"

namespace server {

// A new socket for an endpoint that clients reach already.
struct NewListener {
    std::size_t endpoint = 0;  // its index
    ListenerState state;       // that it had when it was made
    // Another one has its place already: it is there for those who wait in it.
    bool is_retired = false;
};

class Acceptors {
public:
    Acceptors(Acceptor::Host& host, loop::Loop& loop) : host_(host), loop_(loop) {}

    // With duplicates of the endpoints' sockets. The endpoints outlive it, but for those.
    base::Result<> open(const std::vector<Endpoint>& endpoints);
    void add(const NewListener& listener, base::Fd socket);

    void start();
    void stop();
    // Whether one of them is open yet.
    [[nodiscard]] bool is_any_open() const;
    // From time to time: see Acceptor::look().
    void look();
    // The same for what all processes share.
    void compare();

private:
    Acceptor::Host& host_;
    loop::Loop& loop_;
    std::vector<const Endpoint*> endpoints_;
    std::list<Acceptor> acceptors_;  // one that has ended stays until the next look()
};

}  // namespace server
