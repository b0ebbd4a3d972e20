// Who counts as one sender, wherever clients share something: an IPv4 address, or an IPv6 network
// of 64 bits, which is what one customer has. Any thread.
#pragma once

#include <cstdint>
#include <string>

namespace server {

// Of an address as text. Of one that is none, all are one.
[[nodiscard]] std::uint64_t network_of(const std::string& address);

}  // namespace server
