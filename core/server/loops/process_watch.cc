#include "core/server/loops/process_watch.h"

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
    if (!descriptors_.is_whole()) {
        base::end_for_lost_descriptor();
    }
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
