// A descriptor whose close(2) takes a minute, whatever whoever closes it does: a UNIX socket in
// whose queue a lingering TCP connection lies. And a descriptor table that is soon full.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <array>
#include <cstring>
#include <string>
#include <utility>

#include "core/base/system/fd.h"

namespace test {

struct Lingering {
    base::Fd listener;
    base::Fd socket;  // close(2) of it takes a minute
};

// A TCP connection whose peer reads nothing, with bytes under way, that lingers.
inline Lingering lingering() {
    Lingering made;
    made.listener = base::Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(made.listener.get(), any, size), 0);
    EXPECT_EQ(::listen(made.listener.get(), 1), 0);
    EXPECT_EQ(::getsockname(made.listener.get(), any, &size), 0);
    made.socket = base::Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(::connect(made.socket.get(), any, size), 0);
    const std::string block(64 * 1024, 'x');
    while (::send(made.socket.get(), block.data(), block.size(), MSG_DONTWAIT) > 0) {
    }
    const linger minute{1, 60};
    EXPECT_EQ(::setsockopt(made.socket.get(), SOL_SOCKET, SO_LINGER, &minute, sizeof minute), 0);
    return made;
}

struct StandingClose {
    base::Fd listener;
    base::Fd socket;
};

inline StandingClose standing_close() {
    Lingering inner = lingering();
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
    const base::Fd sender(ends[0]);
    char byte = 'x';
    iovec part{&byte, 1};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* const rights = CMSG_FIRSTHDR(&message);
    *rights = {CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS};
    const int fd = inner.socket.get();
    std::memcpy(CMSG_DATA(rights), &fd, sizeof fd);
    EXPECT_EQ(::sendmsg(sender.get(), &message, 0), 1);
    return {std::move(inner.listener), base::Fd(ends[1])};
}

// So many descriptors may this process have, for as long as it lives.
class DescriptorLimit {
public:
    explicit DescriptorLimit(rlim_t count) {
        EXPECT_EQ(::getrlimit(RLIMIT_NOFILE, &before_), 0);
        const rlimit less{count, before_.rlim_max};
        EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &less), 0);
    }
    ~DescriptorLimit() { ::setrlimit(RLIMIT_NOFILE, &before_); }
    DescriptorLimit(const DescriptorLimit&) = delete;
    DescriptorLimit& operator=(const DescriptorLimit&) = delete;

private:
    rlimit before_{};
};

}  // namespace test
