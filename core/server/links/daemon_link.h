// An event loop's end of the socketpair to one daemon process (named after the other end, as
// ServerLink is there). Many requests share it; what a turn of the loop has gathered for it goes
// out in one send. Loop thread only. The daemon is treated as hostile: see ipc/frame.h.
//
//     kOpen ─ kStop ─→ kStopping ─ the last stream ends, or whatever ─→ kEnded ─┐
//       └─ an end, an error, a breach, close() ─→ kLost ────────────────────────┴→ buried
//
// kOpen: takes requests. kStopping: those that it has are answered, it gets no more. kEnded, kLost:
// its streams have been told, what is in flight is being cancelled; the difference is whether the
// process had wanted it to end. When nothing is in flight, Owner::on_link_closed(), and the owner
// destroys it at the end of the turn. is_announced_ and has_answered_ are apart from that: the
// first holds from the first byte for the outbox to flush(), the second from the first frame of the
// process on.
#pragma once

#include <string>
#include <vector>

#include "core/base/system/fd.h"
#include "core/loop/loop.h"
#include "core/server/links/daemon_stream.h"
#include "core/server/links/echo_watch.h"
#include "core/server/links/link_socket.h"
#include "core/server/links/stream_numbers.h"
#include "http/response.h"
#include "ipc/frame.h"
#include "ipc/messages.h"
#include "ipc/setup.h"

namespace server {

class DaemonLink final : private LinkSocket::Host {
public:
    enum class State : std::uint8_t { kOpen, kStopping, kEnded, kLost };

    // What a link tells its owner.
    class Owner {
    public:
        virtual ~Owner() = default;
        // It has something to send: flush() it at the end of the turn.
        virtual void on_link_ready(DaemonLink& link) = 0;
        // The process says that it is about to end: it wants no further request. Once for each
        // link.
        virtual void on_link_stopping(DaemonLink& link) = 0;
        // Nothing is in flight any more; the owner may destroy it.
        virtual void on_link_closed(DaemonLink& link) = 0;
    };

    // `load`: null, or what counts the requests of its process.
    DaemonLink(
        loop::Loop& loop,
        Owner& owner,
        base::Fd socket,
        const ipc::Link& place,
        std::string group_name,
        ProcessLoads::Load* load
    );
    ~DaemonLink() override;
    DaemonLink(const DaemonLink&) = delete;
    DaemonLink& operator=(const DaemonLink&) = delete;

    [[nodiscard]] const ipc::Link& place() const { return place_; }
    [[nodiscard]] State state() const { return state_; }
    [[nodiscard]] bool is_open() const {
        return state_ == State::kOpen || state_ == State::kStopping;
    }
    // Who has which number: streams leave it there, and it counts them.
    [[nodiscard]] StreamNumbers& numbers() { return numbers_; }
    [[nodiscard]] const StreamNumbers& numbers() const { return numbers_; }
    // What the daemon process has not read yet.
    [[nodiscard]] std::size_t bytes_waiting() const { return socket_.bytes_waiting(); }

    // Gives the stream a number and sends its request's head. False: the head is larger than a
    // frame (what the configuration or a dispatch script has added to it knows no end), and nothing
    // has happened.
    [[nodiscard]] bool open(DaemonStream& stream);
    // For streams: the way to the daemon, and what came with the frame that they are told of.
    [[nodiscard]] ipc::Outbox& outbox();
    [[nodiscard]] base::ForeignFd take_descriptor() { return socket_.take_descriptor(); }

    void flush();
    // Once a second while any process has requests, and once after that: whether what is said
    // arrives; where nothing is, memory goes back. May close it.
    void look();
    // The process has requests.
    [[nodiscard]] bool is_awaited() const { return is_open() && !is_at_rest(); }
    void close();
    // Closes it, and says why: it is not we who are done with it.
    void lose(base::LogLevel level, const std::string& why);

private:
    // LinkSocket::Host
    void on_received() override;
    void on_broken() override;
    void on_closed() override { owner_.on_link_closed(*this); }
    [[nodiscard]] bool is_at_rest() const { return numbers_.open_count() == 0; }

    base::Result<> read_frames();

    Owner& owner_;
    const ipc::Link place_;
    const std::string group_name_;
    StreamNumbers numbers_;
    ipc::ToldParts told_;
    EchoWatch echo_;
    std::vector<DaemonStream*> news_;  // while frames are read: who has something to tell
    State state_ = State::kOpen;
    bool is_announced_ = false;  // the owner knows that there is something to send
    bool has_answered_ = false;  // at least one frame came: the daemon did start
    LinkSocket socket_;
};

}  // namespace server
