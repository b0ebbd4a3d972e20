#include "core/server/client/listening/listener_state.h"

#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace server {
namespace {

// Newer than the C library's headers may be.
constexpr int kMemoryInfo = 55;     // SO_MEMINFO
constexpr int kBindToIfindex = 62;  // SO_BINDTOIFINDEX
constexpr int kMinimumHops = 73;    // IPV6_MINHOPCOUNT
constexpr int kFastOpenNoCookie = 34;
constexpr int kTransmitDelay = 37;
constexpr int kRtoMost = 44;

constexpr std::size_t kValueMost = 64;

struct Row {
    int level;
    int option;
    std::string_view name;
    bool is_given = false;  // to connections
    std::size_t from = 0;   // of the value, what counts
    std::size_t size = kValueMost;
};

// What keys (TCP_MD5SIG, TCP_AO) and filters take, which nobody can read.
constexpr std::size_t kOptionMemory = SK_MEMINFO_OPTMEM * sizeof(std::uint32_t);
// Of a socket that listens it is the length of the backlog.
constexpr std::size_t kBacklogLength = offsetof(tcp_info, tcpi_sacked);

constexpr std::array kRows{
    Row{SOL_SOCKET, SO_ACCEPTCONN, ListenerState::kListening},
    Row{IPPROTO_TCP, TCP_INFO, "backlog", false, kBacklogLength, sizeof(std::uint32_t)},
    Row{SOL_SOCKET,
        kMemoryInfo,
        "TCP_MD5SIG or SO_ATTACH_FILTER",
        false,
        kOptionMemory,
        sizeof(std::uint32_t)},
    Row{SOL_SOCKET, SO_RCVLOWAT, "SO_RCVLOWAT", true},
    Row{SOL_SOCKET, SO_RCVBUF, "SO_RCVBUF"},
    Row{SOL_SOCKET, SO_SNDBUF, "SO_SNDBUF"},
    Row{SOL_SOCKET, SO_LINGER, "SO_LINGER", true},
    Row{SOL_SOCKET, SO_KEEPALIVE, "SO_KEEPALIVE", true},
    Row{SOL_SOCKET, SO_OOBINLINE, "SO_OOBINLINE", true},
    Row{SOL_SOCKET, SO_RCVTIMEO, "SO_RCVTIMEO", true},
    Row{SOL_SOCKET, SO_SNDTIMEO, "SO_SNDTIMEO", true},
    Row{SOL_SOCKET, SO_PRIORITY, "SO_PRIORITY"},
    Row{SOL_SOCKET, SO_MARK, "SO_MARK"},
    Row{SOL_SOCKET, SO_DONTROUTE, "SO_DONTROUTE", true},
    Row{SOL_SOCKET, SO_REUSEADDR, "SO_REUSEADDR"},
    Row{SOL_SOCKET, SO_REUSEPORT, "SO_REUSEPORT"},
    Row{SOL_SOCKET, kBindToIfindex, "SO_BINDTODEVICE"},
    Row{SOL_SOCKET, SO_BUSY_POLL, "SO_BUSY_POLL", true},
    Row{SOL_SOCKET, SO_MAX_PACING_RATE, "SO_MAX_PACING_RATE", true},
    Row{SOL_SOCKET, SO_PEEK_OFF, "SO_PEEK_OFF"},
    Row{SOL_SOCKET, SO_TXTIME, "SO_TXTIME"},
    Row{IPPROTO_TCP, TCP_NODELAY, "TCP_NODELAY", true},
    Row{IPPROTO_TCP, TCP_CORK, "TCP_CORK", true},
    Row{IPPROTO_TCP, TCP_MAXSEG, "TCP_MAXSEG"},
    Row{IPPROTO_TCP, TCP_WINDOW_CLAMP, "TCP_WINDOW_CLAMP"},
    Row{IPPROTO_TCP, TCP_DEFER_ACCEPT, "TCP_DEFER_ACCEPT"},
    Row{IPPROTO_TCP, TCP_USER_TIMEOUT, "TCP_USER_TIMEOUT", true},
    Row{IPPROTO_TCP, TCP_KEEPIDLE, "TCP_KEEPIDLE", true},
    Row{IPPROTO_TCP, TCP_KEEPINTVL, "TCP_KEEPINTVL", true},
    Row{IPPROTO_TCP, TCP_KEEPCNT, "TCP_KEEPCNT", true},
    Row{IPPROTO_TCP, TCP_SYNCNT, "TCP_SYNCNT"},
    Row{IPPROTO_TCP, TCP_LINGER2, "TCP_LINGER2", true},
    Row{IPPROTO_TCP, TCP_CONGESTION, "TCP_CONGESTION"},
    Row{IPPROTO_TCP, TCP_ULP, "TCP_ULP"},
    Row{IPPROTO_TCP, TCP_NOTSENT_LOWAT, "TCP_NOTSENT_LOWAT", true},
    Row{IPPROTO_TCP, TCP_SAVE_SYN, "TCP_SAVE_SYN"},
    Row{IPPROTO_TCP, TCP_FASTOPEN, "TCP_FASTOPEN"},
    Row{IPPROTO_TCP, kFastOpenNoCookie, "TCP_FASTOPEN_NO_COOKIE"},
    Row{IPPROTO_TCP, kTransmitDelay, "TCP_TX_DELAY", true},
    Row{IPPROTO_TCP, kRtoMost, "TCP_RTO_MAX_MS"},
    Row{IPPROTO_IP, IP_TTL, "IP_TTL", true},
    Row{IPPROTO_IP, IP_TOS, "IP_TOS", true},
    Row{IPPROTO_IP, IP_MINTTL, "IP_MINTTL", true},
    Row{IPPROTO_IP, IP_MTU_DISCOVER, "IP_MTU_DISCOVER", true},
    Row{IPPROTO_IP, IP_OPTIONS, "IP_OPTIONS"},
    Row{IPPROTO_IP, IP_TRANSPARENT, "IP_TRANSPARENT"},
    Row{IPPROTO_IP, IP_UNICAST_IF, "IP_UNICAST_IF"},
    Row{IPPROTO_IPV6, IPV6_V6ONLY, "IPV6_V6ONLY"},
    Row{IPPROTO_IPV6, IPV6_UNICAST_HOPS, "IPV6_UNICAST_HOPS", true},
    Row{IPPROTO_IPV6, kMinimumHops, "IPV6_MINHOPCOUNT", true},
    Row{IPPROTO_IPV6, IPV6_TCLASS, "IPV6_TCLASS", true},
    Row{IPPROTO_IPV6, IPV6_MTU_DISCOVER, "IPV6_MTU_DISCOVER", true},
    Row{IPPROTO_IPV6, IPV6_HOPOPTS, "IPV6_HOPOPTS"},
    Row{IPPROTO_IPV6, IPV6_RTHDR, "IPV6_RTHDR"},
    Row{IPPROTO_IPV6, IPV6_DSTOPTS, "IPV6_DSTOPTS"},
    Row{IPPROTO_IPV6, IPV6_TRANSPARENT, "IPV6_TRANSPARENT"},
    Row{IPPROTO_IPV6, IPV6_UNICAST_IF, "IPV6_UNICAST_IF"},
};

// Nothing: the kernel does not know the option, or not for this socket.
std::optional<std::string> value_of(int socket, const Row& row) {
    std::array<char, 256> value{};
    socklen_t size = value.size();
    if (::getsockopt(socket, row.level, row.option, value.data(), &size) != 0 || size < row.from) {
        return std::nullopt;
    }
    return std::string(value.data() + row.from, std::min(row.size, size - row.from));
}

// The next row's value, which is taken from `bytes`; its length stands before it.
std::string_view take(std::string_view& bytes) {
    if (bytes.empty()) {
        return {};
    }
    const auto length = static_cast<unsigned char>(bytes.front());
    const std::string_view value = bytes.substr(0, 1U + length);
    bytes.remove_prefix(value.size());
    return value;
}

}  // namespace

ListenerState ListenerState::of(int socket) {
    std::string bytes;
    for (const Row& row : kRows) {
        const std::string value = value_of(socket, row).value_or(std::string());
        bytes += static_cast<char>(value.size());
        bytes += value;
    }
    return ListenerState(std::move(bytes));
}

std::string_view ListenerState::difference(const ListenerState& other) const {
    std::string_view own = bytes_;
    std::string_view others = other.bytes_;
    for (const Row& row : kRows) {
        if (take(own) != take(others)) {
            return row.name;
        }
    }
    return {};
}

void ListenerState::give_to(int connection) const {
    std::string_view bytes = bytes_;
    for (const Row& row : kRows) {
        const std::string_view value = take(bytes);
        if (row.is_given && value.size() > 1 && value_of(connection, row) != value.substr(1)) {
            ::setsockopt(
                connection,
                row.level,
                row.option,
                value.data() + 1,
                static_cast<socklen_t>(value.size() - 1)
            );
        }
    }
}

}  // namespace server
