// What becomes of a limit that somebody else has lowered.
#include "core/server/logs/file_size_limit.h"

#include <gtest/gtest.h>

namespace test {
namespace {

using server::FileSizeLimit;

class FileSizeLimitTest : public testing::Test {
protected:
    FileSizeLimitTest() { ::getrlimit(RLIMIT_FSIZE, &before_); }
    ~FileSizeLimitTest() override { ::setrlimit(RLIMIT_FSIZE, &before_); }

    rlimit before_{};
};

TEST_F(FileSizeLimitTest, IsPutBackWhereItHasBeenLowered) {
    const FileSizeLimit limit;
    const rlimit lower{1 << 30, before_.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &lower), 0);
    EXPECT_EQ(limit.put_back(), FileSizeLimit::Found::kLowered);
    rlimit now{};
    ::getrlimit(RLIMIT_FSIZE, &now);
    EXPECT_EQ(now.rlim_cur, before_.rlim_cur);
    EXPECT_EQ(limit.put_back(), FileSizeLimit::Found::kAsEver);
}

TEST_F(FileSizeLimitTest, IsKeptWhereItWasThereBefore) {
    const rlimit lower{1 << 30, before_.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &lower), 0);
    EXPECT_EQ(FileSizeLimit().put_back(), FileSizeLimit::Found::kAsEver);
}

}  // namespace
}  // namespace test
