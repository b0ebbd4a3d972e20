// PoolPatience: how long requests of a generation may wait for the thread pool of their process,
// and how long the application may then have nothing to say: as long as Timeout of their virtual
// host says. No thread tells that it has begun with one, so that whoever is late may be at work.
// Loop thread only.
#pragma once

#include <functional>
#include <string>

#include "core/loop/loop.h"
#include "core/server/dispatch/loop_parts.h"
#include "core/server/dispatch/slot.h"
#include "core/server/served/served.h"

namespace server {

class PoolPatience {
public:
    // Told each second of each whose time is over while its client is there. `says_nothing`: the
    // application has come by in that second, and had nothing to say.
    using Tell = std::function<void(Slot& slot, bool says_nothing)>;

    PoolPatience(const LoopParts& parts, const Served& served, Tell tell)
        : parts_(parts), served_(served), tell_(std::move(tell)) {}

    // It has been submitted. Costs a look at the clock of the turn: there is one timer for all.
    void begin(Slot& slot);
    // The application has said something.
    void renew(Slot& slot) { slot.submitted = parts_.loop.now(); }

    // Who has most of the threads, for people.
    [[nodiscard]] std::string describe_busiest() const;

private:
    void on_due();
    [[nodiscard]] bool is_over(const Slot& slot, loop::Clock::time_point now) const;

    const LoopParts parts_;
    const Served& served_;
    const Tell tell_;
    loop::TimerFor<&PoolPatience::on_due> timer_{*this};
};

}  // namespace server
