// A listening socket as one event loop accepts from it. Loop thread only; lives as long as its
// host, or until it has ended.
//
//     accepting ─ retire() ─→ retired ─ nobody waits in it any more ─┐
//         └────────────────────── stop() ────────────────────────────┴→ stopping ─→ ended
#pragma once

#include "core/base/system/descriptor_watch.h"
#include "core/base/system/fd.h"
#include "core/loop/loop.h"
#include "core/server/client/listening/listener_state.h"

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
    [[nodiscard]] bool is_open() const { return listener_.is_open(); }
    // It may be destroyed.
    [[nodiscard]] bool has_ended() const { return is_stopping_ && !is_open(); }
    // From time to time where an application runs in this process: it may have closed the socket,
    // and its number be another's.
    void look();
    // Whether the socket, which all processes and loops share, is what it was.
    void compare();

private:
    void on_accepted(loop::Completion completion);
    void on_retry();
    void shed_load();
    void on_broken(int error);
    void lose(int error);
    [[nodiscard]] bool is_ours() const;
    [[nodiscard]] bool has_descriptors() const;
    void close_if_idle();

    Host& host_;
    loop::Loop& loop_;
    const Endpoint& endpoint_;
    base::Fd listener_;
    const ListenerState state_;
    const base::FileIdentity identity_;
    const int
        highest_;  // descriptor that a connection may have: those above are for everything else
    bool is_full_ = false;
    bool is_lost_ = false;  // its descriptor is another's
    bool is_retired_ = false;
    bool is_stopping_ = false;
    loop::Op<&Acceptor::on_accepted> accept_{*this};
    loop::TimerFor<&Acceptor::on_retry> retry_{*this};
    loop::TimerFor<&Acceptor::stop> end_{*this};  // of one that is retired
};

}  // namespace server
