// What happens when the system has no more memory.
#include "core/base/memory.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <new>

#include "tests/support/deadline.h"

namespace {

TEST(MemoryReserve, TurnsARefusedAllocationIntoSomethingToCatch) {
    if (test::is_sanitized()) {
        GTEST_SKIP() << "a sanitizer ends the process by itself";
    }
    const std::new_handler before = std::get_new_handler();
    ASSERT_TRUE(base::keep_memory_reserve());
    EXPECT_FALSE(base::is_memory_short());
    for (int i = 0; i < 3; ++i) {
        // More than any machine has, and less than is refused before the system is asked.
        volatile std::size_t size = std::size_t{1} << 46U;
        EXPECT_THROW(::operator delete(::operator new(size)), std::bad_alloc);
        EXPECT_FALSE(base::is_memory_short()) << "the reserve could be had back";
    }
    std::set_new_handler(before);
}

}  // namespace
