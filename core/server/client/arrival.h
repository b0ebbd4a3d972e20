// From where a client has come, and to which of the listening sockets. A value, fixed with its
// connection.
#pragma once

#include "core/loop/transport.h"
#include "core/server/client/listening/endpoint.h"

namespace server {

struct Arrival {
    const Endpoint& endpoint;  // outlives it
    loop::Transport::Ends ends;
};

}  // namespace server
