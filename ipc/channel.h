// A Channel: frames over one end of a non-blocking socketpair, by direct system calls. Between the
// supervisor and a child, descriptors go to the child only: what the child says comes through a
// pipe, to which the kernel lets nobody attach one. Whoever receives a descriptor has to close it,
// and a socket can be made to take any time to close.
// Not thread-safe; whoever owns it guards it. An error is final: close it.
#pragma once

#include <utility>

#include "core/base/system/fd.h"
#include "ipc/frame.h"

namespace ipc {

// Closes a socket whose other end a hostile process has: it sees the end at once, whatever copies
// there are. What it has attached to bytes that nobody has read is closed with it, and then in
// `lane`.
void close_link(base::Fd socket, const base::DisposalLane& lane);

class Channel {
public:
    Channel() = default;
    explicit Channel(base::Fd socket) : socket_(std::move(socket)) {}
    // A daemon process's end of a link: whose other end is expected to send no descriptors, and
    // every frame.
    static Channel of_link(base::Fd socket);

    [[nodiscard]] bool is_open() const { return socket_.is_open(); }
    // Readable when something has come.
    [[nodiscard]] int fd() const {
        return direction_ == Direction::kParent ? reports_.get() : socket_.get();
    }
    // Writable when there is room for what waits.
    [[nodiscard]] int outgoing_fd() const {
        return direction_ == Direction::kChild ? reports_.get() : socket_.get();
    }
    void close() {
        socket_.reset();
        reports_.reset();
    }
    // The same where descriptors that nobody has looked at may lie in it.
    void close_link() { ipc::close_link(std::move(socket_), base::DisposalLane("links")); }

    // The supervisor's end of a ControlPair.
    static Channel of_parent(base::Fd socket, base::Fd reports);
    // The child's end, made of its socket: from now on it sends through the pipe.
    void report_through(base::Fd reports);

    [[nodiscard]] Outbox& outbox() { return outbox_; }
    // Sends what the socket takes. True: nothing is left; false: wait for POLLOUT and call again.
    base::Result<bool> flush();
    // Sends everything, waiting as long as it takes. For a child's single steps, never in the
    // supervisor.
    base::Result<> flush_all();

    enum class Received { kSome, kNothingYet, kClosed };
    // One recvmsg(2); then next() yields the frames that are complete.
    base::Result<Received> receive();
    base::Result<std::optional<Frame>> next() { return reader_.next(); }
    // Calls take(frame) for each that is complete; an error ends it.
    template <class Take>
    base::Result<> take_each(Take&& take) {
        while (const auto frame = TRY(next())) {
            take(*frame);
        }
        return {};
    }
    // For those who trust the other process with what they close.
    base::Fd take_descriptor() { return reader_.take_descriptor().trust(); }
    // Nobody sends or expects anything for now: gives back large buffers.
    void rest_reader() { reader_.rest(); }
    // The next frame, waiting for it; nothing when the other end has closed.
    base::Result<std::optional<Frame>> wait_next();

private:
    enum class Direction { kBoth, kParent, kChild };
    ssize_t send(Outbox::Message& message);
    base::Result<Received> receive_report();

    base::Fd socket_;
    base::Fd reports_;  // a pipe, from a child to its parent
    Direction direction_ = Direction::kBoth;
    Outbox outbox_;
    FrameReader reader_;
};

// The two ends of a new non-blocking, close-on-exec stream socketpair. Sizes in bytes are those of
// each end's SO_SNDBUF and SO_RCVBUF as seen from `first`; 0 leaves the system's.
struct SocketPair {
    base::Fd first;
    base::Fd second;
};
// What a supervisor and a new child talk over.
struct ControlPair {
    Channel parent;
    base::Fd socket;  // the child's end
    base::Fd
        reports;  // the child's end of the pipe, which it gets with its first message or by fork
};
base::Result<ControlPair> make_control_pair();

struct BufferSizes {
    std::size_t send = 0;
    std::size_t receive = 0;
};
base::Result<SocketPair> make_socket_pair(BufferSizes sizes = {});
// The kernel refuses every descriptor that the other end tries to pass to `socket` (Linux 6.16; no
// effect before): for ends that have no use for one.
void refuse_descriptors(int socket);
// What the kernel granted to `socket` (it doubles what is asked, within its limits); bytes.
BufferSizes granted_buffer_sizes(int socket);

}  // namespace ipc
