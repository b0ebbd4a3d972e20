#include "core/loop/ring/uring/kernel_queues.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "core/base/check.h"
#include "core/base/system/forked_child.h"

namespace loop {
namespace {

// Linux 6.3; newer than some headers: IORING_FEAT_REG_REG_RING,
// IORING_REGISTER_USE_REGISTERED_RING.
constexpr unsigned kCanRegisterByPlace = 1U << 13U;
constexpr unsigned kByPlace = 1U << 31U;

// The kernel is short of memory, or has no room for completions, and took nothing.
bool is_refusal(int result) { return result == -EAGAIN || result == -EBUSY || result == -ENOMEM; }

// The kernel neither took nor lost anything: the next call goes on where this one stopped.
bool is_passing(int result) {
    return result >= 0 || result == -EINTR || result == -ETIME || is_refusal(result);
}

__kernel_timespec timespec_of(std::chrono::nanoseconds time) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time);
    return {.tv_sec = seconds.count(), .tv_nsec = (time - seconds).count()};
}

}  // namespace

base::Result<> KernelQueues::open(unsigned submissions, unsigned completions) {
    // Disabled until the first enable(): SINGLE_ISSUER binds the ring to the thread that enables
    // it.
    constexpr unsigned kAlways = IORING_SETUP_CLAMP | IORING_SETUP_CQSIZE |
                                 IORING_SETUP_SUBMIT_ALL | IORING_SETUP_R_DISABLED |
                                 IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_TASKRUN_FLAG;
    // DEFER_TASKRUN is 6.1. SINGLE_ISSUER came with multishot receive (6.0): a kernel without it
    // cannot serve us.
    constexpr std::array kChoices = {IORING_SETUP_DEFER_TASKRUN, IORING_SETUP_COOP_TASKRUN};
    int result = -EINVAL;
    for (std::size_t i = 0; i < kChoices.size() && result == -EINVAL; ++i) {
        io_uring_params parameters{};
        parameters.flags = kAlways | kChoices.at(i);
        parameters.cq_entries = completions;
        result = io_uring_queue_init_params(submissions, &ring_, &parameters);
    }
    if (result == -EINVAL) {
        return base::fail(base::Fault::kSystem, "the kernel is older than 6.0");
    }
    if (result == -EPERM) {
        return base::fail(
            base::Fault::kSystem,
            "io_uring is forbidden here (a seccomp profile or kernel.io_uring_disabled)"
        );
    }
    if (result == -ENOMEM) {  // its queues count as locked where the rights to lock are lacking
        return base::fail(
            base::Fault::kSystem,
            "io_uring gets no memory (the limit may be RLIMIT_MEMLOCK: ulimit -l, LimitMEMLOCK=)"
        );
    }
    if (result < 0) {
        return base::fail_errno("io_uring_setup", -result);
    }
    is_open_ = true;
    base::note_own_descriptor(ring_.ring_fd);
    return {};
}

KernelQueues::~KernelQueues() {
    if (is_hidden_ && owner_ == std::this_thread::get_id()) {  // else it went with its thread
        io_uring_rsrc_update place{};
        place.offset = static_cast<unsigned>(ring_.enter_ring_fd);
        ::syscall(
            SYS_io_uring_register,
            ring_.enter_ring_fd,
            IORING_UNREGISTER_RING_FDS | kByPlace,
            &place,
            1
        );
    } else if (is_open_ && !is_hidden_) {
        base::forget_own_descriptor(ring_.ring_fd);
    }
    if (is_open_) {
        io_uring_queue_exit(&ring_);
    }
}

void KernelQueues::bind_to_this_thread() {
    is_enabled_ = true;
    CHECK(io_uring_enable_rings(&ring_) == 0);
    // Spares the kernel a look-up per call. Only a speed-up, so a refusal is no error.
    if (io_uring_register_ring_fd(&ring_) == 1 && (ring_.features & kCanRegisterByPlace) != 0) {
        hide();
    }
}

// This thread has the queues without a descriptor, and nobody else has them: a child that was
// forked past the C library would keep them, and what they wait for, beyond the end of this
// process. Each connection would wake them, and no process that is there.
void KernelQueues::hide() {
    if (io_uring_ring_dontfork(&ring_) != 0) {
        return;
    }
    base::forget_own_descriptor(ring_.ring_fd);
    ::close(ring_.ring_fd);
    ring_.ring_fd = -1;
    is_hidden_ = true;
    owner_ = std::this_thread::get_id();
}

io_uring_sqe* KernelQueues::next_of_full_queue() {
    enable();
    CHECK(is_passing(io_uring_submit(&ring_)));
    return io_uring_get_sqe(&ring_);
}

bool KernelQueues::has_task_work() const {
    return (IO_URING_READ_ONCE(*ring_.sq.kflags) & (IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW)) !=
           0;
}

void KernelQueues::submit() {
    if (has_asked() || has_task_work()) {
        CHECK(is_passing(io_uring_submit_and_get_events(&ring_)));
    }
}

void KernelQueues::submit_and_wait(std::optional<std::chrono::nanoseconds> longest) {
    __kernel_timespec limit = timespec_of(longest.value_or(kMoment));
    io_uring_cqe* first = nullptr;
    const int result =
        io_uring_submit_and_wait_timeout(&ring_, &first, 1, longest ? &limit : nullptr, nullptr);
    CHECK(is_passing(result));
    if (is_refusal(result)) {
        wait_a_moment();
    }
}

// Submits nothing, so that nothing can be refused: what is under way goes on meanwhile, and asking
// again and again would take the core from whoever frees memory.
void KernelQueues::wait_a_moment() {
    __kernel_timespec limit = timespec_of(kMoment);
    io_uring_cqe* first = nullptr;
    CHECK(is_passing(io_uring_wait_cqe_timeout(&ring_, &first, &limit)));
}

}  // namespace loop
