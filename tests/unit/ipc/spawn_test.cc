// What a new process has of its parent's descriptors.
#include "ipc/spawn.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>

#include "core/base/system/fd.h"

namespace test {
namespace {

// From now on close_range(2) answers `error` in this process, as it does in containers whose filter
// is older than it, and on older kernels.
void refuse_close_range(unsigned error) {
    std::array<sock_filter, 4> filter{{
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_close_range, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    }};
    const sock_fprog program{filter.size(), filter.data()};
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0 ||
        ::syscall(SYS_close_range, 1000U, 1000U, 0) != -1) {
        ::_exit(2);
    }
}

// 0: the new process has what it is to keep, and nothing else.
int look_at_new_process() {
    const base::Fd kept(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    const base::Fd other(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    const int high = ::fcntl(other.get(), F_DUPFD_CLOEXEC, 200);
    const auto is_open = [](int fd) { return ::fcntl(fd, F_GETFD) >= 0; };
    const auto pid = ipc::spawn({kept.get()}, [&] {
        return is_open(kept.get()) && is_open(STDERR_FILENO) && !is_open(other.get()) &&
                       !is_open(high)
                   ? 0
                   : 1;
    });
    int status = -1;
    return pid && ::waitpid(*pid, &status, 0) == *pid && WIFEXITED(status) ? WEXITSTATUS(status)
                                                                           : 3;
}

TEST(Spawn, KeepsWhatIsToBeKeptAlone) { EXPECT_EQ(look_at_new_process(), 0); }

TEST(Spawn, KeepsNothingElseWhereTheSystemCallForThatIsRefused) {
    for (const unsigned error : {EPERM, ENOSYS}) {
        EXPECT_EXIT(
            {
                refuse_close_range(error);
                ::_exit(look_at_new_process());
            },
            testing::ExitedWithCode(0),
            ""
        );
    }
}

}  // namespace
}  // namespace test
