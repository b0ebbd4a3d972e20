// A listening socket as one event loop accepts from it. Loop thread only; lives as long as its
// LoopThread.
#pragma once

#include "core/base/fd.h"
#include "core/loop/loop.h"

namespace server {

class LoopThread;
struct Endpoint;

// The highest descriptor that a connection may be: the others are for logs, links and Python.
int highest_for_connections();

class Acceptor {
public:
    // `listener` is a duplicate: the socket stops listening when the last process and loop has
    // closed its own.
    Acceptor(LoopThread& thread, const Endpoint& endpoint, base::Fd listener);

    void start();
    // Accepts nothing more, and closes its descriptor as soon as the kernel has let go of it.
    void stop();
    [[nodiscard]] bool is_open() const { return listener_.is_open(); }

private:
    void on_accepted(loop::Completion completion);
    void on_retry();
    void shed_load();
    [[nodiscard]] bool has_descriptors() const;
    void close_if_idle();

    LoopThread& thread_;
    const Endpoint& endpoint_;
    base::Fd listener_;
    const int
        highest_;  // descriptor that a connection may have: those above are for everything else
    bool is_full_ = false;
    bool is_stopping_ = false;
    loop::Op<&Acceptor::on_accepted> accept_{*this};
    loop::TimerFor<&Acceptor::on_retry> retry_{*this};
};

}  // namespace server
