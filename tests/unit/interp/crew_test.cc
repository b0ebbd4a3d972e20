// What the threads of a pool do, and whether one more is to join them.
#include "interp/crew.h"

#include <gtest/gtest.h>

namespace test {
namespace {

using interp::Crew;

TEST(Crew, NeedsARunnerWhereNobodyRuns) {
    Crew crew;
    EXPECT_FALSE(crew.has_runners());
    EXPECT_TRUE(crew.needs_runner(false));
    crew.add_runner();
    EXPECT_TRUE(crew.has_runners());
    EXPECT_FALSE(crew.needs_runner(false)) << "it comes by in a moment";
    crew.remove_runner();
    EXPECT_TRUE(crew.needs_runner(false));
}

TEST(Crew, NeedsAnotherRunnerWhereRequestsAreLong) {
    Crew crew;
    crew.add_runner();
    EXPECT_TRUE(crew.needs_runner(true));
}

TEST(Crew, NeedsNobodyWhileOneWaitsForTheGil) {
    Crew crew;
    crew.add_runner();
    crew.begin_acquiring();
    EXPECT_TRUE(crew.is_one_coming());
    EXPECT_FALSE(crew.needs_runner(true));
    crew.remove_runner();
    EXPECT_FALSE(crew.needs_runner(false));
    crew.end_acquiring();
    EXPECT_FALSE(crew.is_one_coming());
    EXPECT_TRUE(crew.needs_runner(false));
}

TEST(Crew, DoesNotCountARunnerWhileItLeads) {
    Crew crew;
    crew.add_runner();
    crew.begin_leading();
    EXPECT_TRUE(crew.has_leader());
    EXPECT_TRUE(crew.is_leader_free());
    EXPECT_FALSE(crew.has_runners());
    crew.end_leading();
    EXPECT_FALSE(crew.has_leader());
    EXPECT_FALSE(crew.is_leader_free());
    EXPECT_TRUE(crew.has_runners());
}

// It has given up the GIL in its request, and is not counted before it goes on there.
TEST(Crew, HasALeaderThatIsNotFreeWhereOneLeadsInsideItsRequest) {
    Crew crew;
    crew.add_runner();
    crew.remove_runner();
    crew.begin_leading_in_request();
    EXPECT_TRUE(crew.has_leader());
    EXPECT_FALSE(crew.is_leader_free());
    crew.end_leading();
    EXPECT_FALSE(crew.has_leader());
    EXPECT_FALSE(crew.has_runners());
}

}  // namespace
}  // namespace test
