#include "core/server/served/network.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <array>
#include <cstring>

namespace server {

std::uint64_t network_of(const std::string& address) {
    std::array<unsigned char, sizeof(in6_addr)> bytes{};
    if (::inet_pton(AF_INET6, address.c_str(), bytes.data()) != 1) {
        bytes = {};
        ::inet_pton(AF_INET, address.c_str(), bytes.data());
    }
    std::uint64_t network = 0;
    std::memcpy(&network, bytes.data(), sizeof network);
    return network;
}

}  // namespace server
