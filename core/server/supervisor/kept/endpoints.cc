#include "core/server/supervisor/kept/endpoints.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/filter.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <new>

#include "core/base/system/address_list.h"
#include "core/config/values/readers.h"

namespace server {
namespace {

std::string listen_line(const config::Listener& listener) {
    return "Listen: " + config::host_and_port(listener);
}

std::string with_place(const config::Listener& listener) {
    return fmt::format("{}: {}", listener.place.text(), listen_line(listener));
}

constexpr std::string_view kInUse =
    "another program listens there already; stop it or choose another port";
constexpr std::string_view kForbidden = "ports below 1024 are for root (or CAP_NET_BIND_SERVICE)";

// An address that is to be listened on, and who says so.
struct WantedAddress {
    const config::Listener* listener = nullptr;
    sockaddr_storage address{};
    socklen_t size = 0;

    [[nodiscard]] bool is_v6() const { return address.ss_family == AF_INET6; }
    [[nodiscard]] const sockaddr_in& v4() const {
        return reinterpret_cast<const sockaddr_in&>(address);
    }
    [[nodiscard]] const sockaddr_in6& v6() const {
        return reinterpret_cast<const sockaddr_in6&>(address);
    }
    [[nodiscard]] std::uint16_t port() const {
        return ntohs(is_v6() ? v6().sin6_port : v4().sin_port);
    }
    [[nodiscard]] bool is_wildcard() const {
        return is_v6() ? IN6_IS_ADDR_UNSPECIFIED(&v6().sin6_addr)
                       : v4().sin_addr.s_addr == INADDR_ANY;
    }
};

// Whether `wider` is told of connections to every address that `other` is about. Ours for all of
// IPv6 are for all of IPv4, too.
bool takes_all_of(const WantedAddress& wider, const WantedAddress& other) {
    if (wider.port() == 0 || wider.port() != other.port()) {
        return false;
    }
    if (wider.is_wildcard() && (wider.is_v6() || !other.is_v6())) {
        return true;
    }
    return wider.is_v6() == other.is_v6() &&
           (wider.is_v6() ? std::memcmp(&wider.v6().sin6_addr, &other.v6().sin6_addr, 16) == 0
                          : wider.v4().sin_addr.s_addr == other.v4().sin_addr.s_addr);
}

// "Listen 0.0.0.0:80" beside "Listen [::]:80", which is what it needs on other systems: Apache
// leaves the narrower one out, too.
bool is_usual(const WantedAddress& one, const WantedAddress& other) {
    return one.is_wildcard() && other.is_wildcard() && one.is_v6() != other.is_v6();
}

// What every machine has, where it has no IPv6.
const char* any_address() {
    const base::Fd probe(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
    return probe.is_open() || errno != EAFNOSUPPORT ? "::" : "0.0.0.0";
}

// Adds the addresses of `listener`; the error is a sentence without its place.
base::Result<> add(const config::Listener& listener, std::vector<WantedAddress>& all) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
    addrinfo* list = nullptr;
    const std::string host = listener.host.empty() ? any_address() : listener.host;
    const int error =
        ::getaddrinfo(host.c_str(), std::to_string(listener.port).c_str(), &hints, &list);
    if (error != 0) {
        return base::fail(
            base::Fault::kConfig,
            fmt::format(
                "{}: its address is not known here: {}",
                listen_line(listener),
                error == EAI_SYSTEM ? base::describe_errno(errno) : ::gai_strerror(error)
            )
        );
    }
    const base::AddressList addresses(list);
    for (const addrinfo* address = list; address != nullptr; address = address->ai_next) {
        WantedAddress wanted{&listener, {}, address->ai_addrlen};
        std::memcpy(&wanted.address, address->ai_addr, address->ai_addrlen);
        const auto other = std::ranges::find_if(all, [&wanted](const WantedAddress& before) {
            return (takes_all_of(before, wanted) || takes_all_of(wanted, before)) &&
                   !is_usual(before, wanted);
        });
        if (other != all.end()) {
            return base::fail(
                base::Fault::kConfig,
                fmt::format(
                    "{}: {} at {} takes this address already; leave one of them out",
                    listen_line(listener),
                    listen_line(*other->listener),
                    other->listener->place.text()
                )
            );
        }
        all.push_back(wanted);
    }
    return {};
}

// Without those that another one covers.
void leave_out_covered(std::vector<WantedAddress>& all) {
    const std::vector<WantedAddress> before = all;
    std::erase_if(all, [&before](const WantedAddress& wanted) {
        return std::ranges::any_of(before, [&wanted](const WantedAddress& other) {
            return is_usual(other, wanted) && takes_all_of(other, wanted);
        });
    });
}

void set(int socket, int level, int option, int value) {
    ::setsockopt(socket, level, option, &value, sizeof value);
}

// What the system says against it; 0: nothing.
int bind_to(const base::Fd& socket, const WantedAddress& wanted) {
    set(socket.get(), SOL_SOCKET, SO_REUSEADDR, 1);
    if (wanted.is_v6()) {
        set(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, 0);
    }
    const auto* const address = reinterpret_cast<const sockaddr*>(&wanted.address);
    return ::bind(socket.get(), address, wanted.size) == 0 ? 0 : errno;
}

base::Result<base::Fd> make_socket(int family) {
    constexpr int kNotSentMost = 1024 * 1024;  // bytes of a connection
    base::Fd socket(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket.is_open()) {
        return base::fail_errno("socket", errno);
    }
    // Accepted sockets inherit these. What a client has not been sent yet is ours to keep and to
    // count, but for what it takes to be sent without a pause.
    set(socket.get(), IPPROTO_TCP, TCP_NODELAY, 1);
    set(socket.get(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, kNotSentMost);
    return socket;
}

base::Result<base::Fd> bind_one(const WantedAddress& wanted) {
    auto socket = make_socket(wanted.address.ss_family);
    if (!socket) {
        return base::fail(
            socket.error().fault, with_place(*wanted.listener) + ": " + socket.error().what
        );
    }
    int error = bind_to(*socket, wanted);
    if (error == 0 && ::listen(socket->get(), kBacklog) != 0) {
        error = errno;
    }
    if (error != 0) {
        const std::string what = with_place(*wanted.listener);
        return error == EADDRINUSE
                   ? base::fail(base::Fault::kSystem, fmt::format("{}: {}", what, kInUse))
               : error == EACCES
                   ? base::fail(base::Fault::kSystem, fmt::format("{}: {}", what, kForbidden))
                   : base::fail_errno(what, error);
    }
    return socket;
}

// In a group of sockets that share a port the second is to get all that comes.
void take_all(int socket) {
    sock_filter second{BPF_RET | BPF_K, 0, 0, 1};
    const sock_fprog program{1, &second};
    ::setsockopt(socket, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program, sizeof program);
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

base::Result<std::atomic<bool>*> share_flag() {
    void* const memory = ::mmap(
        nullptr,
        sizeof(std::atomic<bool>),
        PROT_READ | PROT_WRITE,
        MAP_SHARED | MAP_ANONYMOUS,
        -1,
        0
    );
    if (memory == MAP_FAILED) {
        return base::fail_errno("cannot share memory with the server processes", errno);
    }
    return new (memory) std::atomic<bool>(false);
}

}  // namespace

base::Result<Endpoints> Endpoints::open(const std::vector<config::Listener>& listeners) {
    std::vector<WantedAddress> all;
    for (const config::Listener& listener : listeners) {
        if (auto added = add(listener, all); !added) {
            return base::fail(
                added.error().fault, listener.place.text() + ": " + added.error().what
            );
        }
    }
    leave_out_covered(all);
    Endpoints result;
    result.has_ended_ = TRY(share_flag());
    for (const WantedAddress& wanted : all) {
        base::Fd socket = TRY(bind_one(wanted));
        result.endpoints.push_back(describe_bound(socket));
        result.endpoints.back().has_ended = result.has_ended_;
        result.endpoints.back().state = ListenerState::of(socket.get());
        Bound& bound = result.bound_.emplace_back();
        ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&bound.address), &bound.size);
        result.sockets.push_back(std::move(socket));
    }
    return result;
}

// Only now the port is shared, and only until the new one has it: a second server that is started
// by mistake is to be refused.
base::Result<base::Fd> Endpoints::bind_beside(std::size_t index) const {
    const Bound& bound = bound_[index];
    const int before = sockets[index].get();
    base::Fd socket = TRY(make_socket(bound.address.ss_family));
    for (const int each : {before, socket.get()}) {
        set(each, SOL_SOCKET, SO_REUSEADDR, 1);
        set(each, SOL_SOCKET, SO_REUSEPORT, 1);
    }
    if (bound.address.ss_family == AF_INET6) {
        set(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, 0);
    }
    const auto* const address = reinterpret_cast<const sockaddr*>(&bound.address);
    if (::bind(socket.get(), address, bound.size) != 0 || ::listen(socket.get(), kBacklog) != 0) {
        return base::fail_errno("bind", errno);
    }
    take_all(socket.get());
    set(socket.get(), SOL_SOCKET, SO_REUSEPORT, 0);
    return socket;
}

void Endpoints::end() {
    for (const base::Fd& socket : sockets) {
        ::shutdown(socket.get(), SHUT_RDWR);
    }
    sockets.clear();
}

std::vector<Obstacle> obstacles_of(const std::vector<config::Listener>& listeners) {
    std::vector<Obstacle> obstacles;
    std::vector<WantedAddress> all;
    for (const config::Listener& listener : listeners) {
        if (auto added = add(listener, all); !added) {
            obstacles.push_back({listener.place, false, false, added.error().what});
        }
    }
    leave_out_covered(all);
    for (const WantedAddress& wanted : all) {
        const base::Fd socket(::socket(wanted.address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
        const int error = socket.is_open() ? bind_to(socket, wanted) : errno;
        if (error != 0) {
            obstacles.push_back(
                {wanted.listener->place,
                 error == EADDRINUSE,
                 error == EACCES,
                 fmt::format(
                     "{}: {}",
                     listen_line(*wanted.listener),
                     error == EADDRINUSE ? std::string(kInUse)
                     : error == EACCES   ? std::string(kForbidden)
                                         : base::describe_errno(error)
                 )}
            );
        }
    }
    return obstacles;
}

std::string text_of(const Endpoint& endpoint) {
    return config::join_host_and_port(endpoint.address, endpoint.port);
}

}  // namespace server
