// Thread states where there is no memory for them. Each test has a process of its own for that,
// forked from one in which no other thread is at work.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cstdlib>
#include <initializer_list>
#include <new>

#include "interp/python/gil.h"
#include "interp/python/thread_state_room.h"
#include "tests/support/deadline.h"
#include "tests/unit/interp/python_test.h"

namespace test {
namespace {

class ThreadStates : public PythonTest {
protected:
    void SetUp() override {
        if (is_sanitized()) {
            GTEST_SKIP() << "an allocator of its own, which ends the process";
        }
    }
    // All that libc has, and may have.
    static void take_all_memory() {
        rlimit none{};
        ::getrlimit(RLIMIT_AS, &none);
        none.rlim_cur = 0;
        ::setrlimit(RLIMIT_AS, &none);
        void* (*volatile take)(std::size_t, std::size_t) = &std::calloc;
        for (const std::size_t piece : {1U << 20U, 1U << 12U, 1U << 8U, 1U << 4U}) {
            while (take(1, piece) != nullptr) {
            }
        }
    }
    static bool can_make_thread_state() {
        try {
            const interp::ThreadState state(PyInterpreterState_Main());
            return true;
        } catch (const std::bad_alloc&) {
            return false;
        }
    }
};

TEST_F(ThreadStates, AreRefusedWhereThereIsNoMemory) {
    const auto try_it = [] {
        const bool could_before = can_make_thread_state();
        take_all_memory();
        std::_Exit(could_before && !can_make_thread_state() ? 0 : 1);
    };
    EXPECT_EXIT(try_it(), testing::ExitedWithCode(0), "");
}

TEST_F(ThreadStates, AreMadeOfWhatWasSetAside) {
    if (!interp::py::kThreadStatesAreNotChecked) {
        GTEST_SKIP() << "this CPython looks by itself";
    }
    const auto try_it = [] {
        const interp::py::ThreadStateRoom room;
        take_all_memory();
        std::_Exit(PyThreadState_New(PyInterpreterState_Main()) != nullptr ? 0 : 1);
    };
    EXPECT_EXIT(try_it(), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace test
