#include "core/server/dispatch/aside/mount_watch.h"

#include <fcntl.h>
#include <poll.h>

#include <utility>

namespace server {

void MountWatch::start() {
    mountinfo_ = base::Fd(::open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC));
    if (mountinfo_.is_open()) {
        // A watch, not a poll: the kernel tells of a change once, to the first who looks
        // (proc_pid_mountinfo(5)), and who is told by epoll does not look a second time.
        loop_.ring().watch(mountinfo_.get(), POLLPRI, changed_);
    }
    look();
}

void MountWatch::stop() {
    is_stopping_ = true;
    loop_.ring().cancel(changed_);
}

void MountWatch::look() {
    auto mounts = base::current_mount_table();
    // Also when the last of them has gone.
    if (std::exchange(has_slow_, mounts->has_slow()) || has_slow_) {
        tell_(mounts);
    }
}

void MountWatch::on_changed(loop::Completion completion) {
    look();
    if (completion.more) {
        return;
    }
    if (is_stopping_ || completion.result < 0) {
        loop_.ring().forget(mountinfo_.get());
        mountinfo_.reset();
        return;
    }
    loop_.ring().watch(mountinfo_.get(), POLLPRI, changed_);
}

}  // namespace server
