// A listening socket as connections see it. A value.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "core/server/client/listening/listener_state.h"

namespace server {

// As many as the kernel allows (net.core.somaxconn caps it): a short queue loses connections under
// load.
constexpr int kBacklog = 4096;

struct Endpoint {
    int fd = -1;
    std::string address;  // "127.0.0.1", "::"
    std::uint16_t port = 0;
    bool is_wildcard = false;
    ListenerState state{};  // that the socket had when it was made
    // In memory that all processes share. Null: the server never stops.
    const std::atomic<bool>* has_ended = nullptr;

    // The server stops, and nobody is to listen here any more: whoever has a copy of the socket may
    // shut it down.
    [[nodiscard]] bool is_over() const { return has_ended != nullptr && *has_ended; }
};

}  // namespace server
