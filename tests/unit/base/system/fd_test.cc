// Fd: one owner, one close(2).
#include "core/base/system/fd.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <utility>

namespace {

using base::Fd;

int open_null() { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); }

bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

TEST(Fd, OwnsNothingAtFirst) {
    const Fd fd;
    EXPECT_FALSE(fd.is_open());
    EXPECT_LT(fd.get(), 0);
}

TEST(Fd, ClosesOnDestruction) {
    const int number = open_null();
    ASSERT_GE(number, 0);
    {
        const Fd fd(number);
        EXPECT_EQ(fd.get(), number);
        EXPECT_TRUE(fd.is_open());
        EXPECT_TRUE(is_open(number));
    }
    EXPECT_FALSE(is_open(number));
}

TEST(Fd, MovingHandsTheDescriptorOver) {
    const int number = open_null();
    Fd first(number);
    Fd second(std::move(first));
    EXPECT_FALSE(first.is_open());  // NOLINT(bugprone-use-after-move): what is left is defined
    EXPECT_EQ(second.get(), number);
    EXPECT_TRUE(is_open(number));
}

TEST(Fd, AssigningClosesTheOldDescriptor) {
    const int old_number = open_null();
    const int new_number = open_null();
    Fd fd(old_number);
    fd = Fd(new_number);
    EXPECT_FALSE(is_open(old_number));
    EXPECT_EQ(fd.get(), new_number);
    EXPECT_TRUE(is_open(new_number));
}

TEST(Fd, AssigningToItselfKeepsTheDescriptor) {
    Fd fd(open_null());
    Fd& same = fd;
    fd = std::move(same);
    EXPECT_TRUE(fd.is_open());
    EXPECT_TRUE(is_open(fd.get()));
}

TEST(Fd, ReleaseGivesTheDescriptorAway) {
    Fd fd(open_null());
    const int number = fd.release();
    EXPECT_FALSE(fd.is_open());
    EXPECT_TRUE(is_open(number));
    const Fd closes_it(number);
}

TEST(Fd, ResetClosesAndTakes) {
    const int number = open_null();
    Fd fd(number);
    fd.reset();
    EXPECT_FALSE(is_open(number));
    EXPECT_FALSE(fd.is_open());
    fd.reset(open_null());
    EXPECT_TRUE(is_open(fd.get()));
}

}  // namespace
