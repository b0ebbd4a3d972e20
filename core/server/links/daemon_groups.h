// The daemon process groups of a generation as an event loop sees them: its links to their
// processes, and the requests that wait for one. Loop thread only.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "core/base/system/fd.h"
#include "core/loop/loop.h"
#include "core/loop/timer.h"
#include "core/server/links/daemon_link.h"
#include "core/server/served/served.h"
#include "ipc/setup.h"

namespace server {

class DaemonGroups final : public DaemonLink::Owner {
public:
    // What they are part of.
    class Host {
    public:
        virtual ~Host() = default;
        // No further requests will come, and no further process: whoever waits for one waits in
        // vain.
        [[nodiscard]] virtual bool is_draining() const = 0;
        // There is a link less.
        virtual void on_link_ended() = 0;
        // A link has broken, or its process is overdue: the supervisor is to replace it.
        virtual void on_link_lost(const ipc::Link& link) = 0;
    };

    // How long a process may take to end that has said so; the supervisor gives it less. Then it is
    // reported as lost: any application can say so in its process's name.
    static constexpr std::chrono::milliseconds kEnding{10'000};

    // All outlive it.
    DaemonGroups(
        Host& host,
        loop::Loop& loop,
        const Served& served,
        std::chrono::milliseconds ending = kEnding
    );

    // What the supervisor says.
    void add_link(base::Fd socket, const ipc::Link& link);
    void close_links(const ipc::Link& gone);
    void refuse(std::uint32_t group);

    // Sends the request of `exchange` to the least busy process of the group, or lets it wait for
    // one. False: there is none to wait for, or the group has as much as it may have.
    [[nodiscard]] bool dispatch(DaemonStream& stream, std::uint32_t group);
    // A stream that waits will not be answered.
    void forget(DaemonStream& stream);
    // At the end of a turn: sends what it has gathered, and destroys the links that have closed.
    void flush();
    // The end. False: on_link_closed() will call Host::on_link_ended().
    [[nodiscard]] bool close_all();

    // DaemonLink::Owner
    void on_link_ready(DaemonLink& link) override;
    void on_link_stopping(DaemonLink& link) override;
    void on_link_closed(DaemonLink& link) override;

private:
    struct Group {
        std::vector<std::unique_ptr<DaemonLink>> links;
        std::deque<DaemonStream*> waiting;     // no process is there yet
        bool is_refused = false;               // the supervisor cannot start any
        loop::Clock::time_point tells_from{};  // in the log that it has too many
    };

    static DaemonLink* least_busy(const Group& group);
    [[nodiscard]] bool admit(Exchange& exchange, std::uint32_t index, const DaemonLink* link);
    void open_or_wait(DaemonStream& stream, Group& group);
    static void fail_waiting(Group& group);
    [[nodiscard]] DaemonLink* find(const ipc::Link& place) const;
    void on_overdue();
    void look_at_links();

    // A process that has said that it ends.
    struct Leaving {
        ipc::Link place;
        loop::Clock::time_point until;
    };

    Host& host_;
    loop::Loop& loop_;
    const Served& served_;
    const std::chrono::milliseconds ending_time_;
    std::vector<Group> groups_;  // as config::Config::daemon_groups
    std::vector<DaemonLink*> ready_links_;
    std::vector<DaemonStream*> too_large_;  // they wait for the turn's end, and then for nobody
    std::vector<std::unique_ptr<DaemonLink>> closed_links_;
    std::deque<Leaving> leaving_;
    loop::TimerFor<&DaemonGroups::on_overdue> overdue_{*this};  // the first of them
    loop::TimerFor<&DaemonGroups::look_at_links> look_{*this};  // while processes have requests
};

}  // namespace server
