// A daemon process's links to all event loops of all server processes, and what the leader waits
// for. The main thread adds to them and ends them; the leader reads them; every thread sends.
#pragma once

#include <sys/epoll.h>

#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <span>

#include "core/base/result.h"
#include "core/base/system/bell.h"
#include "core/base/system/fd.h"
#include "core/server/daemon/pool_watch.h"
#include "core/server/daemon/server_link.h"

namespace server {

class ServerLinks final : public ServerLink::Watcher {
public:
    // Both outlive it; `watch` is asked for where a socket is full.
    ServerLinks(ServerLink::Host& host, PoolWatch& watch) : host_(host), watch_(watch) {}

    base::Result<> open();

    // Main thread: a new link.
    void attach(base::Fd socket, std::uint32_t server);
    // Ends those to that server process, which has died.
    void shut_down(std::uint32_t server);
    // No more is to be asked here.
    void announce_stop();
    [[nodiscard]] bool has_any();

    // Any thread: sends what waits.
    void flush() noexcept;
    // The same, if a socket was full since the last time.
    void flush_where_full() noexcept;
    [[nodiscard]] bool is_full() const { return wants_room_; }

    // Leader: waits until something has come, and reads it. Any thread makes it return.
    void lead() noexcept;
    // The same for what has come already: does not wait. Whoever is the leader meanwhile.
    void look() noexcept;
    // Readable when there is something for the leader.
    [[nodiscard]] int fd() const { return epoll_.get(); }
    void interrupt() noexcept;

    // ServerLink::Watcher
    void watch_for_room(ServerLink& link) override;
    void stop_watching(ServerLink& link) override;

private:
    int wait(std::span<epoll_event> events);
    void hear(std::span<const epoll_event> events);
    void on_event(ServerLink& link, std::uint32_t what);

    ServerLink::Host& host_;
    PoolWatch& watch_;
    base::Fd epoll_;
    std::optional<base::Bell> interrupt_;  // the leader is to return
    std::mutex mutex_;                     // a link's may be taken under it; never under the pool's
    std::deque<ServerLink> links_;         // guarded by mutex_; elements stay where they are
    std::atomic<bool> wants_room_{false};  // a link's socket was full
};

}  // namespace server
