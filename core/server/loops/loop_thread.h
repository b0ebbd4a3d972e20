// One event loop of a server process and everything that belongs to it: the connections that it has
// accepted, their exchanges, and its part of the generations by which they are served. Made by the
// server process's main thread; run() and all below it happen on the loop's own thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/loop/loop.h"
#include "core/server/client/connection.h"
#include "core/server/client/connection_list.h"
#include "core/server/client/listening/acceptors.h"
#include "core/server/dispatch/aside/mount_watch.h"
#include "core/server/links/daemon_groups.h"
#include "core/server/loops/loop_drain.h"
#include "core/server/loops/service.h"
#include "core/server/loops/watch/loop_watch.h"
#include "core/server/served/served.h"

namespace server {

class LoopThread final : public Acceptor::Host,
                         public Connection::Host,
                         public LoopGeneration::Host,
                         public loop::TurnEnd {
public:
    using TellGroups = std::function<void(DaemonGroups& groups)>;

    // The endpoints outlive it, but for their descriptors: it listens on duplicates of its own.
    static base::Result<std::unique_ptr<LoopThread>> create(
        const Service::Process& process, const std::vector<Endpoint>& endpoints
    );

    // The loop's own thread.
    void run();

    // Any thread. Accepts nothing more, lets running requests finish, and ends run() after that.
    void drain();
    // Any thread. What begins from now on is served by this; what has begun is not, and the
    // generation that it holds ends with it.
    void adopt(std::shared_ptr<const Served> served);
    // Any thread: what the supervisor says of the groups of `served`, to its loop's part of that
    // generation. Nobody is told where it has ended.
    void tell_groups(std::shared_ptr<const Served> served, TellGroups tell);
    // Any thread. One of its endpoints has another socket.
    void add_listener(NewListener listener, std::shared_ptr<base::Fd> socket);
    [[nodiscard]] Inbox& inbox() { return service_.inbox(); }
    // Which back-end serves, and why it is not io_uring; for the log.
    [[nodiscard]] const std::string& io() const { return io_; }

    [[nodiscard]] Service& service() { return service_; }

    // Acceptor::Host
    void add(base::Fd socket, const Endpoint& endpoint) override;
    void on_listener_spoilt() override { report_listener_(); }
    void on_no_descriptor() override { connections_.give_up_idle(); }

    // Connection::Host; is_draining() for generations, too.
    [[nodiscard]] RequestHost& requests() override { return service_; }
    [[nodiscard]] bool is_draining() const override { return drain_.has_begun(); }
    [[nodiscard]] std::unique_ptr<Protocol> begin(Connection& connection) override;
    void remove(Connection& connection) override { connections_.remove(connection); }
    void on_pipelining_full() override { connections_.on_pipelining_full(); }

    // LoopGeneration::Host
    void on_link_ended() override { drain_.look(); }
    void on_link_lost(const ipc::Link& link) override { report_lost_(link); }

    // loop::TurnEnd
    std::optional<std::chrono::nanoseconds> on_turn_end() override;

private:
    LoopThread(const Service::Process& process, std::unique_ptr<loop::Loop> loop);

    // Fixed at construction.
    const std::function<void(const ipc::Link& link)> report_lost_;
    const std::function<void()> report_listener_;
    const bool has_applications_;  // run in this process, and may close what is ours
    const std::unique_ptr<loop::Loop> loop_;
    std::string io_;

    // Loop thread.
    Service service_;
    MountWatch mounts_;
    ConnectionList connections_;
    Acceptors acceptors_;
    LoopDrain drain_;
    LoopWatch watch_;
};

}  // namespace server
