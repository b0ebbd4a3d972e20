#include "core/server/served/network.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <array>
#include <cstring>

namespace server {

std::uint64_t network_of(const std::string& address) {
    std::array<unsigned char, sizeof(in6_addr)> bytes{};
    // Asked for each request.
    const int family = address.find(':') == std::string::npos ? AF_INET : AF_INET6;
    if (::inet_pton(family, address.c_str(), bytes.data()) != 1) {
        bytes = {};
    }
    std::uint64_t network = 0;
    std::memcpy(&network, bytes.data(), sizeof network);
    return network;
}

}  // namespace server
