// What of a generation's requests is mapped beside its event loop (side_mapper.h): who has to, who
// waits for it and how long. Loop thread only.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "core/loop/loop.h"
#include "core/server/dispatch/aside/host_costs.h"
#include "core/server/dispatch/aside/side_mapper.h"
#include "core/server/dispatch/aside/waiting_jobs.h"
#include "core/server/dispatch/loop_parts.h"
#include "core/server/served/served.h"

namespace server {

class Slot;

class Aside {
public:
    struct Tell {
        std::function<void(Slot& slot)> mapped;      // its `aside` says what it meets
        std::function<void(Slot& slot)> not_mapped;  // its host's Timeout is over
    };

    // `mappers`: of the generation that serves `served`.
    Aside(
        const LoopParts& parts,
        const Served& served,
        std::shared_ptr<SideMappers> mappers,
        Tell tell
    );
    ~Aside();
    Aside(const Aside&) = delete;
    Aside& operator=(const Aside&) = delete;

    [[nodiscard]] HostCosts& costs() { return costs_; }
    // False: the system has no thread for it.
    [[nodiscard]] bool can_compute() const { return parts_.side_mapper.can_compute(); }
    // It waits from now on, and is told of. False: too many do.
    [[nodiscard]] bool compute(Slot& slot);
    [[nodiscard]] bool wait(Slot& slot, const std::string& mounted_at);
    // Once per turn.
    void take();

private:
    std::shared_ptr<SideJob> job_of(Slot& slot);
    bool note(bool is_submitted, Slot& slot, std::shared_ptr<SideJob> job);
    void on_due();

    const LoopParts parts_;
    const std::shared_ptr<SideMappers> mappers_;
    const Tell tell_;
    HostCosts costs_;
    const std::shared_ptr<SideResults> results_;
    SideResults::Jobs taken_;
    WaitingJobs<SideJob> waiting_;
    loop::TimerFor<&Aside::on_due> timer_{*this};
};

}  // namespace server
