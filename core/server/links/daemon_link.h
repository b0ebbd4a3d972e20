// An event loop's end of the socketpair to one daemon process (named after the other end, as
// ServerLink is there). Many requests share it; what a turn of the loop has gathered for it goes
// out in one send. Loop thread only. The daemon is treated as hostile: see ipc/frame.h.
//
//     open ─ kStop ─→ stopping ─ the last stream ends ─→ closed ─ nothing in flight ─→ buried
//       └────────────────┴─ lost: an end, an error, a breach, overdue ─→ │
//
// Open (is_open_): takes requests. Stopping (is_stopping_ too): those that it has are answered, it
// gets no more. Closed (!is_open_): its streams have been told, what is in flight is being
// cancelled; is_stopping_ still says that the process wanted it so. Then Owner::on_link_closed(),
// and the owner destroys it at the end of the turn. is_announced_ and has_answered_ are apart from
// that: the first holds from the first byte for the outbox to flush(), the second from the first
// frame of the process on.
#pragma once

#include <string>
#include <vector>

#include "core/base/system/fd.h"
#include "core/loop/loop.h"
#include "core/server/links/daemon_stream.h"
#include "core/server/links/link_socket.h"
#include "core/server/links/stream_numbers.h"
#include "http/response.h"
#include "ipc/frame.h"
#include "ipc/messages.h"
#include "ipc/setup.h"

namespace server {

class DaemonLink final : private LinkSocket::Host {
public:
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

    // Where what the processes of a group have sent is closed.
    static base::DisposalLane disposal_of(const std::string& group);

    [[nodiscard]] const ipc::Link& place() const { return place_; }
    [[nodiscard]] bool is_open() const { return is_open_; }
    // False: it is closed, or the daemon process finishes what it has and wants nothing more.
    [[nodiscard]] bool takes_requests() const { return is_open_ && !is_stopping_; }
    // After its end: it was not the daemon process that wanted it.
    [[nodiscard]] bool was_lost() const { return !is_open_ && !is_stopping_; }
    // Those that were abandoned too, until the daemon process has let go of them.
    [[nodiscard]] std::size_t streams_open() const { return numbers_.open_count(); }
    // Those of the process's links to other event loops, too.
    [[nodiscard]] std::size_t load() const { return numbers_.load(); }
    // What the daemon process has not read yet.
    [[nodiscard]] std::size_t bytes_waiting() const { return socket_.bytes_waiting(); }

    // Gives the stream a number and sends its request's head. False: the head is larger than a
    // frame (what the configuration or a dispatch script has added to it knows no end), and nothing
    // has happened.
    [[nodiscard]] bool open(DaemonStream& stream);
    // For streams: the way to the daemon, and the end.
    [[nodiscard]] ipc::Outbox& outbox();
    [[nodiscard]] base::ForeignFd take_descriptor() { return socket_.take_descriptor(); }
    void close_stream(std::uint32_t number) { numbers_.close(number); }
    // Nobody wants to hear of it any more: what the daemon process still says is dropped, until its
    // last word. `said`: as in StreamNumbers.
    void abandon_stream(std::uint32_t number, const AnswerOrder& said) {
        numbers_.abandon(number, said);
    }

    void flush();
    void close();
    // The process has said that it is about to end, and has not.
    void lose_overdue();

private:
    // LinkSocket::Host
    void on_received() override;
    void on_broken() override;
    void on_closed() override { owner_.on_link_closed(*this); }
    [[nodiscard]] bool is_at_rest() const override { return numbers_.open_count() == 0; }

    base::Result<> read_frames();
    void lose(base::LogLevel level, const std::string& why);

    Owner& owner_;
    const ipc::Link place_;
    const std::string group_name_;
    StreamNumbers numbers_;
    std::vector<DaemonStream*> news_;  // while frames are read: who has something to tell
    bool is_open_ = true;
    bool is_stopping_ = false;
    bool is_announced_ = false;  // the owner knows that there is something to send
    bool has_answered_ = false;  // at least one frame came: the daemon did start
    LinkSocket socket_;
};

}  // namespace server
