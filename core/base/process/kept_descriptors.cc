#include "core/base/process/kept_descriptors.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>

#include "core/base/system/own_descriptors.h"

// The thread sanitizer has functions of its own in the place of the C library's, by which it
// follows descriptors: ours stand before those.
#if defined(__SANITIZE_THREAD__)
extern "C" {
int __interceptor_close(int fd);
int __interceptor_dup3(int old_fd, int new_fd, int flags);
}
#endif

namespace base {
namespace {

int close_for_real(int fd) {
#if defined(__SANITIZE_THREAD__)
    return ::__interceptor_close(fd);
#else
    return static_cast<int>(::syscall(SYS_close, fd));
#endif
}

int dup_for_real(int old_fd, int new_fd, int flags) {
#if defined(__SANITIZE_THREAD__)
    return ::__interceptor_dup3(old_fd, new_fd, flags);
#else
    return static_cast<int>(::syscall(SYS_dup3, old_fd, new_fd, flags));
#endif
}

std::atomic<pid_t> keeper{0};  // 0: nothing is kept here

// Standard input and what programs write to are whoever's: they may be redirected.
bool is_kept(int fd) {
    return fd > STDERR_FILENO && keeper.load(std::memory_order_relaxed) != 0 &&
           is_own_descriptor(fd) &&
           // A child has a table of its own, also one that is forked past the C library.
           keeper.load(std::memory_order_relaxed) == ::getpid();
}

int refuse(int error) {
    errno = error;
    return -1;
}

int close_range(unsigned first, unsigned last, int flags) {
    return static_cast<int>(::syscall(SYS_close_range, first, last, flags));
}

// All but those that are kept.
int close_others(unsigned first, unsigned last, int flags) {
    if (first > last || (static_cast<unsigned>(flags) & CLOSE_RANGE_UNSHARE) != 0) {
        return close_range(first, last, flags);
    }
    unsigned next = first;
    while (next <= last) {
        const int kept =
            next > INT_MAX ? -1 : first_own_descriptor(std::max<int>(static_cast<int>(next), 3));
        if (kept < 0 || static_cast<unsigned>(kept) > last || !is_kept(kept)) {
            return close_range(next, last, flags);
        }
        if (static_cast<unsigned>(kept) > next &&
            close_range(next, static_cast<unsigned>(kept) - 1, flags) != 0) {
            return -1;
        }
        next = static_cast<unsigned>(kept) + 1;
    }
    return 0;
}

}  // namespace

void keep_own_descriptors() { keeper = ::getpid(); }

}  // namespace base

// In the place of the C library's, whose own callers keep theirs.
extern "C" {

int close(int fd) { return base::is_kept(fd) ? base::refuse(EBADF) : base::close_for_real(fd); }

int dup3(int old_fd, int new_fd, int flags) noexcept {
    return base::is_kept(new_fd) ? base::refuse(EBUSY) : base::dup_for_real(old_fd, new_fd, flags);
}

int dup2(int old_fd, int new_fd) noexcept {
    if (old_fd != new_fd) {
        return dup3(old_fd, new_fd, 0);
    }
    return ::syscall(SYS_fcntl, old_fd, F_GETFD) < 0 ? -1 : new_fd;
}

int close_range(unsigned first, unsigned last, int flags) noexcept {
    return base::close_others(first, last, flags);
}

void closefrom(int lowest) noexcept {
    base::close_others(static_cast<unsigned>(std::max(lowest, 0)), UINT_MAX, 0);
}
}
