// EventLoops: the event loops of a server process, each on a thread of its own, and what they have
// in common. Main thread only; lives as long as the process serves.
#pragma once

#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/base/result.h"
#include "core/base/system/fd.h"
#include "core/server/client/listening/endpoint.h"
#include "core/server/embedded/embedded_pool.h"
#include "core/server/loops/loop_reports.h"
#include "core/server/loops/loop_thread.h"
#include "core/server/loops/watch/loop_pulse.h"
#include "core/server/loops/watch/process_watch.h"
#include "core/server/served/served.h"
#include "ipc/setup.h"

namespace server {

class EventLoops {
public:
    // What the loops have of their process; all of it outlives them.
    struct Process {
        std::shared_ptr<const Served> served;  // to begin with
        LoopReports& reports;                  // open before make()
        ProcessWatch& watch;
        LoopPulse& pulse;
    };
    explicit EventLoops(Process process) : process_(std::move(process)) {}

    // So many, which listen on duplicates of the endpoints' descriptors. `pool` outlives them; null
    // where nothing runs in embedded mode.
    base::Result<> make(int count, const std::vector<Endpoint>& endpoints, EmbeddedPool* pool);
    // From here on they serve. Where that fails none does.
    base::Result<> start();
    // Which back-end serves; for the log.
    [[nodiscard]] const std::string& io() const { return loops_.front()->io(); }

    // Of the loop that the link names.
    void add_link(const ipc::Link& link, base::Fd socket);
    void tell_groups(const LoopThread::TellGroups& tell);
    // False: no descriptor was free for one that all that comes is to come to.
    [[nodiscard]] bool add_listener(const NewListener& listener, const base::Fd& socket);
    void drain();
    // Waits until the last one has ended, and with it what it has asked others for.
    void join();

private:
    const Process process_;
    Budgets budgets_;
    SideMapper side_mapper_;
    NameResolver names_;
    std::vector<std::unique_ptr<LoopThread>> loops_;
    std::vector<std::thread> threads_;
};

}  // namespace server
