#include "core/loop/socket_transport.h"

#include <arpa/inet.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

namespace loop {
namespace {

// False: it is no address of the Internet.
bool read_address(const sockaddr_storage& address, std::string& text, std::uint16_t& port) {
    char buffer[INET6_ADDRSTRLEN] = {};
    if (address.ss_family == AF_INET) {
        const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
        ::inet_ntop(AF_INET, &v4.sin_addr, buffer, sizeof buffer);
        port = ntohs(v4.sin_port);
    } else if (address.ss_family == AF_INET6) {
        const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
        if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
            ::inet_ntop(AF_INET, &v6.sin6_addr.s6_addr[12], buffer, sizeof buffer);
        } else {
            ::inet_ntop(AF_INET6, &v6.sin6_addr, buffer, sizeof buffer);
        }
        port = ntohs(v6.sin6_port);
    }
    text = buffer;
    return !text.empty();
}

}  // namespace

// The kernel goes on offering what the peer has not taken, be it for ever where that says that it
// is there. Nobody counts what is kept for it.
SocketTransport::~SocketTransport() {
    constexpr int kOfferedFor = 60'000;  // ms without getting on, as long as Timeout usually is
    ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_USER_TIMEOUT, &kOfferedFor, sizeof kOfferedFor);
    ring_.forget(socket_.get());
}

// The kernel forgets who was there as soon as a reset has come, be it before we have asked; what
// had come before that can still be read.
std::optional<Transport::Ends> SocketTransport::ends() const {
    Ends ends;
    sockaddr_storage peer{};
    sockaddr_storage here{};
    socklen_t size = sizeof peer;
    if (::getpeername(socket_.get(), reinterpret_cast<sockaddr*>(&peer), &size) != 0) {
        return std::nullopt;
    }
    size = sizeof here;
    std::uint16_t local_port = 0;
    if (::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&here), &size) != 0 ||
        !read_address(peer, ends.remote_address, ends.remote_port) ||
        !read_address(here, ends.local_address, local_port)) {
        return std::nullopt;
    }
    return ends;
}

void SocketTransport::receive(Operation& operation) { ring_.receive(socket_.get(), operation); }

void SocketTransport::receive_once(Operation& operation) {
    ring_.receive_once(socket_.get(), operation);
}

void SocketTransport::send(Parts& parts, Operation& operation) {
    if (parts.is_one()) {
        ring_.send(socket_.get(), parts.front(), operation);
    } else {
        ring_.send_message(socket_.get(), parts.message(), operation);
    }
}

void SocketTransport::send_file(
    int file, std::uint64_t offset, std::size_t count, Operation& operation
) {
    ring_.send_file(socket_.get(), file, static_cast<off_t>(offset), count, operation);
}

void SocketTransport::watch(Operation& operation) { ring_.poll(socket_.get(), POLLERR, operation); }

// io_uring also tells that the peer has shut down sending, which was not asked for.
bool SocketTransport::is_reset(const Completion& completion) const {
    return completion.result > 0 && (completion.result & (POLLERR | POLLHUP)) != 0;
}

void SocketTransport::end_sending() { ::shutdown(socket_.get(), SHUT_WR); }

void SocketTransport::drop_unsent() {
    constexpr linger kAtOnce{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &kAtOnce, sizeof kAtOnce);
}

std::uint64_t SocketTransport::acknowledged() const {
    tcp_info info{};
    socklen_t size = sizeof info;
    const bool is_known = ::getsockopt(socket_.get(), IPPROTO_TCP, TCP_INFO, &info, &size) == 0;
    return is_known ? info.tcpi_bytes_acked : 0;
}

}  // namespace loop
