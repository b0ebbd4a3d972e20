// What the other end of a connection on this machine has not read yet. Any thread; calls block
// shortly.
#pragma once

#include <netinet/in.h>

#include <cstdint>
#include <optional>

namespace test {

// Bytes that wait in the receive queue of the TCP socket whose own address is `local` and whose
// peer's is `remote`; nothing where there is no such socket. Asks the kernel for this one
// (sock_diag(7)); reading /proc/net/tcp, the way where it has no such answer, takes a tenth of a
// second on a machine with many connections.
std::optional<std::uint32_t> bytes_waiting(const sockaddr_in& local, const sockaddr_in& remote);

}  // namespace test
