#include "ipc/channel.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "core/base/check.h"
#include "core/base/system/log.h"

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

void close_link(base::Fd socket, const base::DisposalLane& lane) {
    if (!socket.is_open()) {
        return;
    }
    // From now on nothing is added.
    ::shutdown(socket.get(), SHUT_RDWR);
    int unread = 0;
    if (::ioctl(socket.get(), FIONREAD, &unread) != 0 || unread > 0) {
        base::dispose(std::move(socket), lane);
    }
}

base::Result<bool> Channel::flush() {
    Outbox::Message message;
    while (outbox_.prepare(message)) {
        const ssize_t count = send(message);
        if (count >= 0) {
            outbox_.sent(static_cast<std::size_t>(count));
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            return false;
        } else if (errno == ETOOMANYREFS && outbox_.leave_file_behind()) {
            base::main_log().error(
                "a file cannot be handed to the server process, and its request is answered with "
                "503: programs of this user have sent more descriptors that nobody has received "
                "than the kernel lets one user have under way (RLIMIT_NOFILE)"
            );
        } else if (errno != EINTR) {
            return base::fail_errno("sending to the other process", errno);
        }
    }
    return true;
}

ssize_t Channel::send(Outbox::Message& message) {
    if (direction_ == Direction::kChild) {
        CHECK(message.header.msg_controllen == 0);
        return ::write(reports_.get(), message.part.iov_base, message.part.iov_len);
    }
    return ::sendmsg(socket_.get(), &message.header, MSG_NOSIGNAL | MSG_DONTWAIT);
}

base::Result<> Channel::flush_all() {
    while (!TRY(flush())) {
        wait_for(outgoing_fd(), POLLOUT);
    }
    return {};
}

Channel Channel::of_link(base::Fd socket) {
    refuse_descriptors(socket.get());
    Channel channel(std::move(socket));
    // None where the kernel does not refuse them; and whoever runs here may have received some.
    channel.reader_ = FrameReader({.descriptors = 0, .is_gapless = true});
    return channel;
}

Channel Channel::of_parent(base::Fd socket, base::Fd reports) {
    Channel channel(std::move(socket));
    channel.reports_ = std::move(reports);
    channel.direction_ = Direction::kParent;
    return channel;
}

void Channel::report_through(base::Fd reports) {
    reports_ = std::move(reports);
    direction_ = Direction::kChild;
}

// Each end of a pipe has flags of its own, so the other process cannot make this one block.
base::Result<Channel::Received> Channel::receive_report() {
    const FrameReader::Space space = reader_.space();
    const ssize_t count = ::read(reports_.get(), space.data, space.size);
    if (count < 0) {
        return errno == EAGAIN || errno == EINTR
                   ? base::Result<Received>(Received::kNothingYet)
                   : base::fail_errno("receiving from the other process", errno);
    }
    reader_.received(static_cast<std::size_t>(count));
    return count == 0 ? Received::kClosed : Received::kSome;
}

base::Result<Channel::Received> Channel::receive() {
    if (direction_ == Direction::kParent) {
        return receive_report();
    }
    FrameReader::Message message;
    reader_.prepare(message);
    const ssize_t count = ::recvmsg(fd(), &message.header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (count < 0) {
        if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) {
            return Received::kNothingYet;
        }
        if (errno == ECONNRESET) {
            return Received::kClosed;
        }
        return base::fail_errno("receiving from the other process", errno);
    }
    reader_.received(message, static_cast<std::size_t>(count));
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
    // Out of band the kernel itself would drop a byte that is not asked for, and close what came
    // with it in the thread that reads the next one.
    for (const int fd : fds) {
        const int in_line = 1;
        ::setsockopt(fd, SOL_SOCKET, SO_OOBINLINE, &in_line, sizeof in_line);
    }
    set_size(fds[0], SO_SNDBUF, sizes.send);
    set_size(fds[1], SO_RCVBUF, sizes.send);
    set_size(fds[0], SO_RCVBUF, sizes.receive);
    set_size(fds[1], SO_SNDBUF, sizes.receive);
    return pair;
}

base::Result<ControlPair> make_control_pair() {
    SocketPair sockets = TRY(make_socket_pair());
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0) {
        return base::fail_errno("pipe", errno);
    }
    base::Fd reading(ends[0]);
    base::Fd writing(ends[1]);
    // Nobody reads here, so the kernel is to let nobody send.
    if (::shutdown(sockets.first.get(), SHUT_RD) < 0) {
        return base::fail_errno("shutdown", errno);
    }
    return ControlPair{
        Channel::of_parent(std::move(sockets.first), std::move(reading)),
        std::move(sockets.second),
        std::move(writing)};
}

void refuse_descriptors(int socket) {
#ifdef SO_PASSRIGHTS
    constexpr int kPassRights = SO_PASSRIGHTS;
#else
    constexpr int kPassRights = 83;
#endif
    const int never = 0;
    ::setsockopt(socket, SOL_SOCKET, kPassRights, &never, sizeof never);
}

BufferSizes granted_buffer_sizes(int socket) {
    return {get_size(socket, SO_SNDBUF), get_size(socket, SO_RCVBUF)};
}

}  // namespace ipc
