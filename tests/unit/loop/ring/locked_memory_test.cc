// Where a process may lock no memory, io_uring has none for its queues.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "core/loop/ring/ring.h"

namespace {

constexpr uid_t kNobody = 65534;

// Root is not bound by the limit.
[[noreturn]] void make_ring_without_locked_memory() {
    const rlimit none{0, 0};
    const bool is_bound = ::setrlimit(RLIMIT_MEMLOCK, &none) == 0 &&
                          (::geteuid() != 0 || ::setresuid(kNobody, kNobody, kNobody) == 0);
    const auto chosen = loop::create_ring(loop::Backend::kIoUring);
    std::fputs(chosen ? "made" : chosen.error().what.c_str(), stderr);
    std::_Exit(is_bound ? EXIT_SUCCESS : EXIT_FAILURE);
}

TEST(LockedMemory, IsNamedWhereItsLimitRefusesIoUring) {
    if (!loop::create_ring(loop::Backend::kIoUring)) {
        GTEST_SKIP() << "no io_uring here";
    }
    EXPECT_EXIT(
        make_ring_without_locked_memory(),
        testing::ExitedWithCode(EXIT_SUCCESS),
        "RLIMIT_MEMLOCK: ulimit -l, LimitMEMLOCK="
    );
}

}  // namespace
