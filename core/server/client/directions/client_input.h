// What a client sends: received as long as somebody wants it. While nobody does (somebody may work
// for this client for long), only a watch tells that the client has gone. Knows nothing of what the
// bytes mean. A part of its Connection. Loop thread only.
//
//     kReceiving ⇄ kPaused → kStopped: what is in flight has been cancelled, and nothing is heard
//
// In the first two the client may have shut down sending (is_at_end()): it may still want its
// answers, and is watched.
//
// What the kernel has handed over by the time of a pause still comes, and is given to the host: for
// one client that is what its socket holds, and for a crowd much more than all the bounds of those
// who keep it. So it is counted; while it is much, nothing is received but piece by piece, each
// when the one before has been looked at, and there is never more of it than one piece of each
// client. Nobody is refused for it: what has come is there, and the others have not brought it.
#pragma once

#include <cstdint>

#include "core/base/bytes.h"
#include "core/loop/loop.h"
#include "core/loop/transport.h"
#include "core/server/client/directions/unwanted_bytes.h"

namespace server {

class ClientInput {
public:
    using Time = loop::Clock::time_point;
    // How often a client that has shut down sending is looked after: it may have gone.
    static constexpr std::chrono::seconds kLookAgain{1};

    // Any of these may stop it.
    class Host {
    public:
        virtual ~Host() = default;
        virtual void on_bytes(base::Bytes bytes) = 0;
        virtual void on_end_of_stream() = 0;
        // A while later, and again: it may be there, and may have gone. What it is sent would tell.
        virtual void on_still_at_end() = 0;
        // The client has gone, and reads nothing: what is not closed yet is to close.
        virtual void close() = 0;
        // due() has changed.
        virtual void set_timer() = 0;
        // Behind stop(): one of its operations has ended.
        virtual void on_stopped() = 0;
    };

    // `unwanted`: what all clients have brought while they were paused.
    ClientInput(loop::Loop& loop, loop::Transport& transport, base::Budget& unwanted, Host& host)
        : loop_(loop), transport_(transport), host_(host), unwanted_(unwanted) {}

    // Also to begin with.
    void resume();
    void pause();
    // There is too much that is not wanted: what was asked of the transport before that may bring
    // more than a piece.
    void bound();
    // The transport is not asked for anything any more.
    void stop();

    [[nodiscard]] bool is_paused() const { return state_ == State::kPaused; }
    // The client sends nothing more.
    [[nodiscard]] bool is_at_end() const { return is_at_end_; }
    [[nodiscard]] bool is_in_flight() const {
        return receive_.is_in_flight() || watch_.is_in_flight();
    }
    // That have come so far.
    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
    // When on_due() is to be called; Time::max(): never.
    [[nodiscard]] Time due() const { return look_again_at_; }
    void on_due();

private:
    enum class State : std::uint8_t { kReceiving, kPaused, kStopped };

    void on_received(loop::Completion completion);
    void on_watched(loop::Completion completion);
    void receive();

    loop::Loop& loop_;
    loop::Transport& transport_;  // until stop()
    Host& host_;
    State state_ = State::kPaused;
    bool is_at_end_ = false;
    std::uint64_t bytes_ = 0;
    UnwantedBytes unwanted_;   // of them, since it has been paused
    bool is_bounded_ = false;  // receive_ ends with the first piece
    loop::Op<&ClientInput::on_received> receive_{*this};
    loop::Op<&ClientInput::on_watched> watch_{*this};  // while nothing is received
    Time look_again_at_ = Time::max();  // whether a client that sends nothing more is still there
};

}  // namespace server
