#include "core/server/loops/watch/process_watch.h"

#include <signal.h>
#include <unistd.h>

#include "core/base/system/log.h"
#include "core/base/system/lost_descriptor.h"
#include "core/server/served/descriptors.h"

namespace server {
namespace {

// A crowd of short-lived files is no reason.
constexpr int kLooks = 3;

}  // namespace

void ProcessWatch::look(int any_descriptor) {
    look_at_limits();
    look_at_descriptors();
    look_for_room(any_descriptor);
}

void ProcessWatch::look_at_descriptors() const {
    if (!descriptors_.is_whole()) {
        base::end_for_lost_descriptor();
    }
}

// Requests that run cannot get on either, and a new process has what this one has lost.
void ProcessWatch::look_at_limits() const {
    for (const base::LimitWatch::Lowered& lowered : limits_.put_back()) {
        base::main_log().error(
            "{}, by an application in it or another process of its user; {}",
            lowered.what,
            lowered.is_put_back ? "it is put back" : "the process ends"
        );
        if (!lowered.is_put_back) {
            ::_exit(base::kLoweredLimitCode);
        }
    }
}

void ProcessWatch::look_for_room(int any_descriptor) {
    const auto table = full_table(any_descriptor);
    full_ = table && table->foreign > table->all / 2 ? full_ + 1 : 0;
    if (full_ == kLooks) {
        base::main_log().error(
            "no descriptor is free: applications in this process hold {} of {} and nothing can be "
            "opened; the process asks to be replaced",
            table->foreign,
            table->all
        );
        ::kill(::getpid(), SIGTERM);
    }
}

}  // namespace server
