// Everything that we ask of the kernel, as operations that complete later. Two back-ends: io_uring
// and epoll. Loop thread only. No function here blocks but wait(), and none calls a handler but
// deliver().
//
// Sockets are non-blocking. The process ignores SIGPIPE: sendfile(2) has no MSG_NOSIGNAL. One
// descriptor has at most one operation that reads and one that writes at a time, and any number of
// polls. -EINTR, -EAGAIN and a lack of receive buffers never reach a handler.
#pragma once

#include <sys/socket.h>
#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/loop/ring/operation.h"

namespace loop {

// What comes of a stream at once, at most; bytes.
inline constexpr std::size_t kReceiveBytes = 8 * 1024;

class Ring {
public:
    virtual ~Ring() = default;
    Ring(const Ring&) = delete;
    Ring& operator=(const Ring&) = delete;

    // Multishot: one completion per connection, result = the new descriptor (non-blocking,
    // close-on-exec; the handler owns it) or -errno; Completion::more tells whether it is still
    // armed (after an error it is not).
    virtual void accept(int listener, Operation& operation) = 0;
    // Multishot, stream sockets only: completion.data are the received bytes, valid during the
    // handler; result 0 is end of stream. Ends (more = false) with 0 or -errno, and only so.
    virtual void receive(int socket, Operation& operation) = 0;
    // The same, and ends with the first bytes: no more comes than that. A multishot one brings all
    // that the socket holds, be it that the handler of its first bytes has cancelled it.
    virtual void receive_once(int socket, Operation& operation) = 0;
    // One recvmsg(2) into the caller's buffers, which live until it completes; may carry
    // descriptors (they arrive close-on-exec).
    virtual void receive_message(int socket, msghdr& message, Operation& operation) = 0;
    // One send; result = bytes sent, may be short. `bytes` live until it completes. Never raises
    // SIGPIPE.
    virtual void send(int socket, base::Bytes bytes, Operation& operation) = 0;
    virtual void send_message(int socket, const msghdr& message, Operation& operation) = 0;
    // sendfile(2): result = bytes sent, may be short; 0 is the end of the file. What a turn sends
    // is bounded, and the tenants of the operations in the queue share it. -ENODATA: what is next
    // of the file is not in memory, and the operation may not wait for a disk.
    virtual void send_file(
        int socket, int file, off_t offset, std::size_t count, Operation& operation
    ) = 0;
    // One poll(2) for `events`; result = the events that are ready.
    virtual void poll(int fd, short events, Operation& operation) = 0;
    // Multishot and edge-triggered: a completion, result = the events, when `fd` is or becomes
    // ready. Several edges may arrive as one completion.
    virtual void watch(int fd, short events, Operation& operation) = 0;
    // The operation completes with -ECANCELED soon, or with its result if that came first. A
    // multishot one may deliver what had arrived before that. No effect when it is idle.
    virtual void cancel(Operation& operation) = 0;
    // To be called before `fd` is closed, when no operation on it is in flight: its number may come
    // back as another file.
    virtual void forget(int fd) = 0;

    // Of one that is watched: what tells us of it is what it was.
    [[nodiscard]] virtual bool is_watching(int fd) = 0;

    // Submits what was asked, and waits until something completes or `longest` has passed (none:
    // until something completes). May return early.
    virtual void wait(std::optional<std::chrono::nanoseconds> longest) = 0;
    // Calls the handlers of all that has completed. A handler may call any function of the ring but
    // wait() and deliver(), and may destroy an operation that is not in flight.
    virtual void deliver() = 0;
    // Something can be delivered already, or will be after wait(0)? Cheap; for spinning. Submits
    // what was asked.
    [[nodiscard]] virtual bool is_ready() = 0;

    void run_once(std::optional<std::chrono::nanoseconds> longest) {
        wait(longest);
        deliver();
    }

    [[nodiscard]] virtual std::string_view name() const = 0;  // "io_uring" or "epoll"

protected:
    Ring() = default;
};

enum class Backend { kAutomatic, kIoUring, kEpoll };

struct ChosenRing {
    std::unique_ptr<Ring> ring;
    // One clause for the log; empty when it is io_uring, or epoll was asked for.
    std::string why_not_io_uring;
};

// kAutomatic takes io_uring and falls back to epoll; kIoUring fails where the kernel refuses. Any
// thread may create a ring and ask its first operations; it belongs to the thread that waits first.
base::Result<ChosenRing> create_ring(Backend backend);
// HOOPSNAKE_IO=io_uring|epoll; another value is an error that says so.
base::Result<Backend> backend_from_environment();

}  // namespace loop
