// From where a client has come, and to which of the listening sockets. A value, fixed with its
// connection.
#pragma once

#include <cstdint>

#include "core/loop/transport.h"
#include "core/server/client/listening/endpoint.h"
#include "core/server/served/network.h"

namespace server {

struct Arrival {
    const Endpoint& endpoint;  // outlives it
    loop::Transport::Ends ends;
    std::uint64_t network = network_of(ends.remote_address);  // whose it is
};

}  // namespace server
