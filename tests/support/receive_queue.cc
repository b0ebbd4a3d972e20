#include "tests/support/receive_queue.h"

#include <fmt/format.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <sys/socket.h>

#include <cstring>
#include <string>

#include "core/base/system/fd.h"
#include "tests/support/test_text.h"

namespace test {
namespace {

struct Question {
    nlmsghdr header{};
    inet_diag_req_v2 about{};
};

std::optional<std::uint32_t> ask_kernel(const sockaddr_in& local, const sockaddr_in& remote) {
    const base::Fd netlink(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
    Question question;
    question.header.nlmsg_len = sizeof question;
    question.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
    question.header.nlmsg_flags = NLM_F_REQUEST;
    question.about.sdiag_family = AF_INET;
    question.about.sdiag_protocol = IPPROTO_TCP;
    question.about.idiag_states = ~0U;
    question.about.id.idiag_sport = local.sin_port;
    question.about.id.idiag_dport = remote.sin_port;
    question.about.id.idiag_src[0] = local.sin_addr.s_addr;
    question.about.id.idiag_dst[0] = remote.sin_addr.s_addr;
    question.about.id.idiag_cookie[0] = INET_DIAG_NOCOOKIE;
    question.about.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
    if (::send(netlink.get(), &question, sizeof question, 0) != sizeof question) {
        return std::nullopt;
    }
    struct {
        nlmsghdr header;
        inet_diag_msg about;
        char attributes[1024];
    } answer{};
    const ssize_t size = ::recv(netlink.get(), &answer, sizeof answer, 0);
    if (size < static_cast<ssize_t>(sizeof answer.header + sizeof answer.about) ||
        answer.header.nlmsg_type != SOCK_DIAG_BY_FAMILY) {
        return std::nullopt;
    }
    return answer.about.idiag_rqueue;
}

// An IPv4 address as /proc/net/tcp writes it: "0100007F:1F90".
std::string proc_name(const sockaddr_in& address) {
    return fmt::format("{:08X}:{:04X}", address.sin_addr.s_addr, ntohs(address.sin_port));
}

std::optional<std::uint32_t> look_up(const sockaddr_in& local, const sockaddr_in& remote) {
    constexpr int kHexadecimal = 16;
    const std::string names = " " + proc_name(local) + " " + proc_name(remote) + " ";
    const std::string table = read_file("/proc/net/tcp");
    const auto row = table.find(names);
    if (row == std::string::npos) {
        return std::nullopt;
    }
    const auto colon = table.find(':', row + names.size());  // "state tx_queue:rx_queue"
    return static_cast<std::uint32_t>(std::stoul(table.substr(colon + 1, 8), nullptr, kHexadecimal)
    );
}

}  // namespace

std::optional<std::uint32_t> bytes_waiting(const sockaddr_in& local, const sockaddr_in& remote) {
    const auto told = ask_kernel(local, remote);
    return told ? told : look_up(local, remote);
}

}  // namespace test
