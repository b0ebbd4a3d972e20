// What clients have sent behind a request that is not answered yet, and how much of it they may.
#include "core/server/client/http1/pipeline.h"

#include <gtest/gtest.h>

#include <string>

namespace server {
namespace {

std::string some(std::size_t size) { return std::string(size, 'x'); }

class PipelineTest : public testing::Test {
protected:
    base::Budget all_{4 * Pipeline::kMost};
    Pipeline pipeline_{all_};
};

TEST_F(PipelineTest, KeepsTheOrder) {
    pipeline_.add("one");
    pipeline_.add("two");
    pipeline_.remove_prefix(2);
    EXPECT_EQ(pipeline_.bytes(), "etwo");
    pipeline_.remove_prefix(4);
    EXPECT_TRUE(pipeline_.is_empty());
}

TEST_F(PipelineTest, CountsNothingThatAClientHasByRight) {
    pipeline_.add(some(Pipeline::kByRight));
    EXPECT_TRUE(pipeline_.may_grow(false));
    EXPECT_EQ(all_.taken(), 0U);
}

TEST_F(PipelineTest, StopsAClientAtItsMostUntilThereIsLittle) {
    pipeline_.add(some(Pipeline::kMost - 1));
    EXPECT_TRUE(pipeline_.may_grow(false));
    EXPECT_EQ(all_.taken(), Pipeline::kMost - 1);
    pipeline_.add("x");
    EXPECT_FALSE(pipeline_.may_grow(false));
    pipeline_.remove_prefix(Pipeline::kMost - Pipeline::kFew);
    EXPECT_FALSE(pipeline_.may_grow(true)) << "else it would be stopped and started all the time";
    pipeline_.remove_prefix(1);
    EXPECT_TRUE(pipeline_.may_grow(true));
}

TEST_F(PipelineTest, StopsWhereAllTogetherHaveTooMuch) {
    ASSERT_TRUE(all_.take(3 * Pipeline::kMost));
    EXPECT_TRUE(pipeline_.is_full_for_all());
    EXPECT_FALSE(pipeline_.may_grow(false)) << "not even what it has by right";
    all_.give(1);
    EXPECT_TRUE(pipeline_.may_grow(false));
    all_.give(3 * Pipeline::kMost - 1);
}

TEST_F(PipelineTest, GivesItsShareBack) {
    {
        Pipeline leaving(all_);
        leaving.add(some(2 * Pipeline::kByRight));
        EXPECT_TRUE(leaving.may_grow(false));
        EXPECT_EQ(all_.taken(), 2 * Pipeline::kByRight);
        leaving.clear();
        EXPECT_TRUE(leaving.is_empty());
        EXPECT_EQ(all_.taken(), 0U);
        leaving.add(some(2 * Pipeline::kByRight));
        EXPECT_TRUE(leaving.may_grow(false));
        // A client that has little again counts as one that never had more.
        leaving.remove_prefix(Pipeline::kByRight);
        EXPECT_TRUE(leaving.may_grow(false));
        EXPECT_EQ(all_.taken(), 0U);
        leaving.add(some(Pipeline::kByRight));
        EXPECT_TRUE(leaving.may_grow(false));
    }
    EXPECT_EQ(all_.taken(), 0U);
}

}  // namespace
}  // namespace server
