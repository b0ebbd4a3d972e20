// A listening socket as one event loop accepts from it. Loop thread only; lives as long as its
// host, or until it has ended.
//
//     kAccepting ─ retire() ─→ kRetired ─ nobody waits in it any more ─┐
//         │ its number is another's │                                  │
//         └───────→ kLost ←─────────┘                                  │
//     from any of them ───────────────── stop() ───────────────────────┴→ kStopping ─→ ended
#pragma once

#include <cstdint>

#include "core/base/system/fd.h"
#include "core/loop/loop.h"
#include "core/server/client/listening/descriptor_room.h"
#include "core/server/client/listening/listening_socket.h"

namespace server {

struct Endpoint;

class Acceptor {
public:
    // Who gets the connections.
    class Host {
    public:
        virtual ~Host() = default;
        virtual void add(base::Fd socket, const Endpoint& endpoint) = 0;
        // A listening socket is not what it was: the supervisor is to make another one, which comes
        // to all processes. Said again until that has happened.
        virtual void on_listener_spoilt() = 0;
        // There is no descriptor for whoever waits: connections that are idle may be given up. Said
        // again for as long as somebody waits.
        virtual void on_no_descriptor() = 0;
    };

    // `listener` is a duplicate: the socket stops listening when the last process and loop has
    // closed its own, or as soon as one of them stops with the whole server. `state` is what the
    // socket was like when it was made.
    Acceptor(
        Host& host,
        loop::Loop& loop,
        const Endpoint& endpoint,
        base::Fd listener,
        const ListenerState& state
    );

    [[nodiscard]] const Endpoint& endpoint() const { return endpoint_; }
    void start();
    // Another one takes its place: who waits in it is accepted, then it stops.
    void retire();
    // Accepts nothing more, and closes its descriptor as soon as the kernel has let go of it.
    void stop();
    [[nodiscard]] bool is_open() const { return socket_.is_open(); }
    // It may be destroyed.
    [[nodiscard]] bool has_ended() const { return state_ == State::kStopping && !is_open(); }
    // From time to time where an application runs in this process, which may have closed the
    // socket.
    void look();
    // Whether the socket, which all processes and loops share, is what it was.
    void compare();

private:
    enum class State : std::uint8_t {
        kAccepting,
        kRetired,   // another one has its place; who waits in it is accepted
        kLost,      // its number is another's, and the process is to be replaced
        kStopping,  // until the kernel has let go of it
    };

    void on_accepted(loop::Completion completion);
    void on_retry();
    void take(base::Fd connection);
    void shed_load();
    void on_broken(int error);
    void lose(int error);
    [[nodiscard]] bool is_in_use() const;
    void close_if_idle();

    Host& host_;
    loop::Loop& loop_;
    const Endpoint& endpoint_;
    ListeningSocket socket_;
    DescriptorRoom room_;
    State state_ = State::kAccepting;
    loop::Op<&Acceptor::on_accepted> accept_{*this};
    loop::TimerFor<&Acceptor::on_retry> retry_{*this};
    loop::TimerFor<&Acceptor::stop> end_{*this};  // of one that is retired
};

}  // namespace server
