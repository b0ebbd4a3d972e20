// A listening socket as connections see it. A value.
#pragma once

#include <cstdint>
#include <string>

namespace server {

// As many as the kernel allows (net.core.somaxconn caps it): a short queue loses connections under
// load.
constexpr int kBacklog = 4096;

struct Endpoint {
    int fd = -1;
    std::string address;  // "127.0.0.1", "::"
    std::uint16_t port = 0;
    bool is_wildcard = false;
};

}  // namespace server
