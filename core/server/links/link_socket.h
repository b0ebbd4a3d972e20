// The socket of a link: what a turn of the loop has gathered for the daemon process goes out in one
// send, and what comes is read frame by frame. Knows nothing of what frames mean. Loop thread only;
// lives until is_closed().
#pragma once

#include <cstddef>
#include <optional>

#include "core/base/system/fd.h"
#include "core/loop/loop.h"
#include "core/server/links/staged_outbox.h"
#include "ipc/frame.h"
#include "ipc/messages.h"

namespace server {

// Where what the processes of a group have sent is closed.
base::DisposalLane disposal_of_group(const std::string& name);

class LinkSocket {
public:
    // Whose it is.
    class Host {
    public:
        virtual ~Host() = default;
        // Frames may have come: next() has them, now; more than kFramesAtOnce in a later call.
        virtual void on_received() = 0;
        // The other end has closed it, or it is broken.
        virtual void on_broken() = 0;
        // After close(): nothing is in flight any more.
        virtual void on_closed() = 0;
    };

    // Receives at once, and as long as it is open: a process that dies is noticed though nobody
    // asks it anything.
    // `lane`: where what the daemon process has sent is closed.
    LinkSocket(loop::Loop& loop, Host& host, base::Fd socket, const base::DisposalLane& lane);
    LinkSocket(const LinkSocket&) = delete;
    LinkSocket& operator=(const LinkSocket&) = delete;

    [[nodiscard]] ipc::Outbox& outbox() { return outbox_.gathering(); }
    // What the process has not read yet.
    [[nodiscard]] std::size_t bytes_waiting() const { return outbox_.size(); }
    void flush();
    // Nobody is served, and has not been for a while: memory of large answers goes back, also what
    // the kernel would receive into.
    void rest();
    // Somebody at the other end has received all of it.
    [[nodiscard]] bool is_all_taken() const;

    // A process can send as many frames as a loop reads: behind so many, others have their turn.
    static constexpr int kFramesAtOnce = 128;

    base::Result<std::optional<ipc::Frame>> next();
    [[nodiscard]] const base::DisposalLane& lane() const { return lane_; }
    [[nodiscard]] base::ForeignFd take_descriptor() { return reader_.take_descriptor(); }

    // From here on nothing is heard of it but its end, in this call or later.
    void close();

private:
    void receive();
    void on_received(loop::Completion completion);
    void read_frames();
    void read_on();
    void on_sent(loop::Completion completion);
    void finish_closing();

    loop::Loop& loop_;
    Host& host_;
    base::Fd socket_;
    const base::DisposalLane lane_;
    bool is_closing_ = false;
    bool is_in_turn_ = false;  // read_on() will be called: it may not be destroyed
    bool is_resting_ = false;  // receive_ has been cancelled, to begin anew in a smaller block
    int frames_left_ = 0;      // that next() may give
    ipc::FrameReader reader_;
    ipc::FrameReader::Message received_;
    StagedOutbox outbox_;
    loop::Op<&LinkSocket::on_received> receive_{*this};
    loop::Op<&LinkSocket::on_sent> send_{*this};
};

}  // namespace server
