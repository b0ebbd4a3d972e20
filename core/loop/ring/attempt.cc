#include "core/loop/ring/attempt.h"

#include <poll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>

namespace loop {
namespace {

template <class Call>
int retried(Call call) {
    for (;;) {
        const auto result = call();
        if (result >= 0) {
            return static_cast<int>(result);
        }
        if (errno != EINTR) {
            return -errno;
        }
    }
}

// recvmsg(2) writes into the msghdr; Ring::receive_message took it as mutable, SystemCall keeps it
// beside send's.
msghdr* message_of(const SystemCall& request) {
    return static_cast<msghdr*>(const_cast<void*>(request.address));
}

int send_file(const SystemCall& request, std::size_t bytes_max) {
    return retried([&request, bytes_max] {
        off_t offset = request.offset;
        // It would go on for as long as the peer reads.
        return ::sendfile(request.fd, request.file, &offset, std::min(request.count, bytes_max));
    });
}

bool has_page(int file, off_t offset) {
    char byte = 0;
    iovec place{.iov_base = &byte, .iov_len = 1};
    // RWF_NOWAIT: EAGAIN where the kernel would have to wait for the disk. EOPNOTSUPP, where a file
    // system does not know it, is taken for "no need to wait".
    return ::preadv2(file, &place, 1, offset, RWF_NOWAIT) >= 0 || errno != EAGAIN;
}

int poll_now(const SystemCall& request) {
    pollfd entry{.fd = request.fd, .events = request.events, .revents = 0};
    const int ready = retried([&entry] { return ::poll(&entry, 1, 0); });
    if (ready == 0) {
        return -EAGAIN;
    }
    return ready < 0 ? ready : entry.revents;
}

}  // namespace

int attempt(const SystemCall& request, std::size_t bytes_max) {
    switch (request.kind) {
        case SystemCall::Kind::kReceiveMessage:
            return retried([&request] {
                return ::recvmsg(request.fd, message_of(request), MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
            });
        case SystemCall::Kind::kSend:
            return retried([&request, bytes_max] {
                return ::send(
                    request.fd,
                    request.address,
                    std::min(request.count, bytes_max),
                    MSG_DONTWAIT | MSG_NOSIGNAL
                );
            });
        case SystemCall::Kind::kSendMessage:
            return retried([&request] {
                return ::sendmsg(request.fd, message_of(request), MSG_DONTWAIT | MSG_NOSIGNAL);
            });
        case SystemCall::Kind::kSendFile:
            return send_file(request, bytes_max);
        case SystemCall::Kind::kPoll:
            return poll_now(request);
        case SystemCall::Kind::kAccept:
        case SystemCall::Kind::kReceive:
        case SystemCall::Kind::kReceiveOnce:
        case SystemCall::Kind::kWatch:
            break;
    }
    CHECK(false);
}

bool is_in_memory(const SystemCall& request, std::size_t bytes_max) {
    constexpr std::size_t kStep = 64 * 1024;  // what the kernel reads ahead is more
    const std::size_t count = std::min(request.count, bytes_max);
    for (std::size_t at = 0; at < count; at += kStep) {
        if (!has_page(request.file, request.offset + static_cast<off_t>(at))) {
            return false;
        }
    }
    constexpr std::size_t kPage = 4096;
    return count <= kPage || has_page(request.file, request.offset + static_cast<off_t>(count) - 1);
}

int accept_now(int listener) {
    return retried([listener] {
        return ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    });
}

bool is_failed_handshake(int error) {
    return error == -ECONNABORTED || error == -EPROTO || error == -ENETDOWN ||
           error == -ENOPROTOOPT || error == -EHOSTDOWN || error == -ENONET ||
           error == -EHOSTUNREACH || error == -ENETUNREACH;
}

}  // namespace loop
