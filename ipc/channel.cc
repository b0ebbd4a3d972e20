#include "ipc/channel.h"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

namespace ipc {
namespace {

void wait_for(int fd, short events) {
    pollfd poll_fd{fd, events, 0};
    while (::poll(&poll_fd, 1, -1) < 0 && errno == EINTR) {
    }
}

void set_size(int fd, int option, std::size_t bytes) {
    if (bytes > 0) {
        // The kernel caps it at net.core.{w,r}mem_max; the caller logs what was granted.
        const int value = static_cast<int>(bytes);
        ::setsockopt(fd, SOL_SOCKET, option, &value, sizeof value);
    }
}

std::size_t get_size(int fd, int option) {
    int value = 0;
    socklen_t size = sizeof value;
    ::getsockopt(fd, SOL_SOCKET, option, &value, &size);
    return static_cast<std::size_t>(value);
}

}  // namespace

base::Result<bool> Channel::flush() {
    Outbox::Message message;
    while (outbox_.prepare(message)) {
        const ssize_t count = ::sendmsg(fd(), &message.header, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count >= 0) {
            outbox_.sent(static_cast<std::size_t>(count));
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            return false;
        } else if (errno != EINTR) {
            return base::fail_errno("sending to the other process", errno);
        }
    }
    return true;
}

base::Result<> Channel::flush_all() {
    while (!TRY(flush())) {
        wait_for(fd(), POLLOUT);
    }
    return {};
}

base::Result<Channel::Received> Channel::receive() {
    const FrameReader::Space space = reader_.space();
    iovec part{space.data, space.size};
    alignas(cmsghdr) char control[CMSG_SPACE(kDescriptorsMax * sizeof(int))];
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    const ssize_t count = ::recvmsg(fd(), &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (count < 0) {
        if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) {
            return Received::kNothingYet;
        }
        if (errno == ECONNRESET) {
            return Received::kClosed;
        }
        return base::fail_errno("receiving from the other process", errno);
    }
    reader_.received_descriptors(message);
    reader_.received(static_cast<std::size_t>(count));
    return count == 0 ? Received::kClosed : Received::kSome;
}

base::Result<std::optional<Frame>> Channel::wait_next() {
    for (;;) {
        if (auto frame = TRY(next())) {
            return frame;
        }
        switch (TRY(receive())) {
            case Received::kSome:
                break;
            case Received::kNothingYet:
                wait_for(fd(), POLLIN);
                break;
            case Received::kClosed:
                return std::nullopt;
        }
    }
}

base::Result<SocketPair> make_socket_pair(BufferSizes sizes) {
    int fds[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) < 0) {
        return base::fail_errno("socketpair", errno);
    }
    SocketPair pair{base::Fd(fds[0]), base::Fd(fds[1])};
    set_size(fds[0], SO_SNDBUF, sizes.send);
    set_size(fds[1], SO_RCVBUF, sizes.send);
    set_size(fds[0], SO_RCVBUF, sizes.receive);
    set_size(fds[1], SO_SNDBUF, sizes.receive);
    return pair;
}

BufferSizes granted_buffer_sizes(int socket) {
    return {get_size(socket, SO_SNDBUF), get_size(socket, SO_RCVBUF)};
}

}  // namespace ipc
