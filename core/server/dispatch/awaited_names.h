// The names that requests of a generation wait for in one event loop (name_resolver.h): who waits,
// and how long. Loop thread only.
#pragma once

#include <functional>
#include <memory>

#include "core/loop/loop.h"
#include "core/server/dispatch/aside/name_resolver.h"
#include "core/server/dispatch/aside/waiting_jobs.h"
#include "core/server/dispatch/loop_parts.h"

namespace server {

class Slot;

class AwaitedNames {
public:
    enum class End : std::uint8_t {
        kAnswered,
        kFailed,  // it could not be found out
        kLate,    // Timeout of its virtual host is over
    };
    using Tell = std::function<void(Slot& slot, ClientName name, End end)>;

    AwaitedNames(const LoopParts& parts, Tell tell);
    ~AwaitedNames();
    AwaitedNames(const AwaitedNames&) = delete;
    AwaitedNames& operator=(const AwaitedNames&) = delete;

    // Its client's name is looked up, and it is told of. False: there is no room for it.
    [[nodiscard]] bool look_up(Slot& slot);
    // Once per turn.
    void take();

private:
    void on_due();

    const LoopParts parts_;
    const Tell tell_;
    const std::shared_ptr<FoundNames> found_;
    FoundNames::Questions taken_;
    WaitingJobs<NameQuestion> waiting_;
    loop::TimerFor<&AwaitedNames::on_due> timer_{*this};
};

}  // namespace server
