// LoopWatch: whether an application that runs in this process has left its event loop the
// descriptors by which that hears of anything. Nobody is told when a number becomes another's, so
// all of them are looked at once a second. The watch of one loop looks after the process, too. A
// part of its LoopThread. Loop thread only.
#pragma once

#include "core/loop/loop.h"
#include "core/server/client/connection_list.h"
#include "core/server/client/listening/acceptors.h"
#include "core/server/loops/watch/loop_pulse.h"
#include "core/server/loops/watch/process_watch.h"

namespace server {

class LoopWatch {
public:
    // `process`: null where another loop looks after it. All of them outlive it.
    LoopWatch(
        loop::Loop& loop,
        ConnectionList& connections,
        Acceptors& acceptors,
        ProcessWatch* process,
        LoopPulse::Beat& beat
    )
        : loop_(loop),
          connections_(connections),
          acceptors_(acceptors),
          process_(process),
          beat_(beat) {}

    void start();
    void end() { beat_.end(); }  // the loop turns no more

private:
    void look();

    loop::Loop& loop_;
    ConnectionList& connections_;
    Acceptors& acceptors_;
    ProcessWatch* const process_;
    LoopPulse::Beat& beat_;
    loop::TimerFor<&LoopWatch::look> look_{*this};
};

}  // namespace server
