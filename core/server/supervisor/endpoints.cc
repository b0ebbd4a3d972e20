#include "core/server/supervisor/endpoints.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace server {
namespace {

// As many as the kernel allows (net.core.somaxconn caps it): a short queue loses connections under
// load.
constexpr int kBacklog = 4096;

struct FreeAddresses {
    void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

std::string name_of(const config::Listener& listener) {
    return fmt::format("Listen: {}:{}", listener.host.empty() ? "*" : listener.host, listener.port);
}

std::string describe(const config::Listener& listener) {
    return fmt::format("{}: {}", listener.place.text(), name_of(listener));
}

constexpr std::string_view kInUse =
    "another program listens there already; stop it or choose another port";
constexpr std::string_view kForbidden = "ports below 1024 are for root (or CAP_NET_BIND_SERVICE)";

// What the system says against it; 0: nothing.
int bind_to(const base::Fd& socket, const addrinfo& address) {
    const int on = 1;
    const int off = 0;
    ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (address.ai_family == AF_INET6) {
        ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    }
    return ::bind(socket.get(), address.ai_addr, address.ai_addrlen) == 0 ? 0 : errno;
}

base::Result<Addresses> resolve(const config::Listener& listener) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
    addrinfo* list = nullptr;
    const std::string port = std::to_string(listener.port);
    const int error = ::getaddrinfo(
        listener.host.empty() ? "::" : listener.host.c_str(), port.c_str(), &hints, &list
    );
    if (error != 0 && listener.host.empty()) {
        // A machine without IPv6.
        if (::getaddrinfo("0.0.0.0", port.c_str(), &hints, &list) == 0) {
            return Addresses(list);
        }
    }
    if (error != 0) {
        return base::fail(base::Fault::kConfig, describe(listener) + ": " + ::gai_strerror(error));
    }
    return Addresses(list);
}

base::Result<base::Fd> bind_one(const config::Listener& listener, const addrinfo& address) {
    base::Fd socket(::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket.is_open()) {
        return base::fail_errno(describe(listener), errno);
    }
    const int on = 1;
    ::setsockopt(
        socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on
    );  // accepted sockets inherit it
    int error = bind_to(socket, address);
    if (error == 0 && ::listen(socket.get(), kBacklog) != 0) {
        error = errno;
    }
    if (error != 0) {
        const std::string what = describe(listener);
        return error == EADDRINUSE
                   ? base::fail(base::Fault::kSystem, fmt::format("{}: {}", what, kInUse))
               : error == EACCES
                   ? base::fail(base::Fault::kSystem, fmt::format("{}: {}", what, kForbidden))
                   : base::fail_errno(what, error);
    }
    return socket;
}

Endpoint describe_bound(const base::Fd& socket) {
    sockaddr_storage bound{};
    socklen_t size = sizeof bound;
    ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&bound), &size);
    Endpoint endpoint;
    endpoint.fd = socket.get();
    char text[INET6_ADDRSTRLEN] = {};
    if (bound.ss_family == AF_INET6) {
        const auto& v6 = reinterpret_cast<const sockaddr_in6&>(bound);
        ::inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof text);
        endpoint.port = ntohs(v6.sin6_port);
        endpoint.is_wildcard = IN6_IS_ADDR_UNSPECIFIED(&v6.sin6_addr);
    } else {
        const auto& v4 = reinterpret_cast<const sockaddr_in&>(bound);
        ::inet_ntop(AF_INET, &v4.sin_addr, text, sizeof text);
        endpoint.port = ntohs(v4.sin_port);
        endpoint.is_wildcard = v4.sin_addr.s_addr == INADDR_ANY;
    }
    endpoint.address = text;
    return endpoint;
}

}  // namespace

base::Result<Endpoints> Endpoints::open(const std::vector<config::Listener>& listeners) {
    Endpoints result;
    for (const config::Listener& listener : listeners) {
        const Addresses addresses = TRY(resolve(listener));
        for (const addrinfo* address = addresses.get(); address != nullptr;
             address = address->ai_next) {
            base::Fd socket = TRY(bind_one(listener, *address));
            result.endpoints.push_back(describe_bound(socket));
            result.sockets.push_back(std::move(socket));
        }
    }
    return result;
}

std::optional<Obstacle> obstacle_of(const config::Listener& listener) {
    const auto addresses = resolve(listener);
    if (!addresses) {
        return Obstacle{
            false, false, fmt::format("{}: its address is not known here", name_of(listener))};
    }
    for (const addrinfo* address = addresses->get(); address != nullptr;
         address = address->ai_next) {
        const base::Fd socket(::socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
        const int error = socket.is_open() ? bind_to(socket, *address) : errno;
        if (error != 0) {
            return Obstacle{
                error == EADDRINUSE,
                error == EACCES,
                fmt::format(
                    "{}: {}",
                    name_of(listener),
                    error == EADDRINUSE ? kInUse
                    : error == EACCES   ? kForbidden
                                        : std::string_view(std::strerror(error))
                )};
        }
    }
    return std::nullopt;
}

std::string text_of(const Endpoint& endpoint) {
    const bool is_v6 = endpoint.address.find(':') != std::string::npos;
    return fmt::format(
        "{}{}{}:{}", is_v6 ? "[" : "", endpoint.address, is_v6 ? "]" : "", endpoint.port
    );
}

}  // namespace server
