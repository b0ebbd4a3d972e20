// A listening socket as one event loop accepts from it. Loop thread only; lives as long as its
// host.
#pragma once

#include "core/base/system/descriptor_watch.h"
#include "core/base/system/fd.h"
#include "core/loop/loop.h"

namespace server {

struct Endpoint;

class Acceptor {
public:
    // Who gets the connections.
    class Host {
    public:
        virtual ~Host() = default;
        virtual void add(base::Fd socket, const Endpoint& endpoint) = 0;
    };

    // `listener` is a duplicate: the socket stops listening when the last process and loop has
    // closed its own, or as soon as one of them stops with the whole server.
    Acceptor(Host& host, loop::Loop& loop, const Endpoint& endpoint, base::Fd listener);

    void start();
    // Accepts nothing more, and closes its descriptor as soon as the kernel has let go of it.
    void stop();
    [[nodiscard]] bool is_open() const { return listener_.is_open(); }
    // From time to time where an application runs in this process: it may have closed the socket,
    // and its number be another's.
    void look();

private:
    void on_accepted(loop::Completion completion);
    void on_retry();
    void shed_load();
    void on_broken(int error);
    void lose(int error);
    bool listen_again() const;
    [[nodiscard]] bool is_ours() const;
    [[nodiscard]] bool is_listening() const;
    [[nodiscard]] bool has_descriptors() const;
    void close_if_idle();

    Host& host_;
    loop::Loop& loop_;
    const Endpoint& endpoint_;
    base::Fd listener_;
    const base::FileIdentity identity_;
    const int
        highest_;  // descriptor that a connection may have: those above are for everything else
    bool is_full_ = false;
    bool is_lost_ = false;  // it is no listening socket any more, and cannot become one
    bool is_stopping_ = false;
    loop::Op<&Acceptor::on_accepted> accept_{*this};
    loop::TimerFor<&Acceptor::on_retry> retry_{*this};
};

}  // namespace server
