// The queue of a thread pool: tasks in their order, whoever leaves from where, and virtual hosts in
// turn.
#include "interp/task_queue.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>

#include "tests/unit/interp/fake_task.h"

namespace test {
namespace {

using interp::TaskQueue;

TEST(TaskQueue, GivesThemInTheirOrder) {
    TaskQueue queue;
    std::array<FakeTask, 3> tasks;
    for (int round = 0; round < 2; ++round) {
        EXPECT_FALSE(queue.has_next());
        for (FakeTask& task : tasks) {
            queue.push(task);
        }
        for (FakeTask& task : tasks) {
            EXPECT_TRUE(queue.has_next());
            EXPECT_EQ(&queue.take(), &task);
        }
    }
    EXPECT_FALSE(queue.has_next());
}

TEST(TaskQueue, KeepsTheOrderOfTheOthersWhenOneLeaves) {
    for (std::size_t gone = 0; gone < 4; ++gone) {
        SCOPED_TRACE(gone);
        TaskQueue queue;
        std::array<FakeTask, 4> tasks;
        FakeTask late;
        for (FakeTask& task : tasks) {
            queue.push(task);
        }
        EXPECT_TRUE(queue.remove(tasks.at(gone)));
        EXPECT_FALSE(queue.remove(tasks.at(gone)));
        queue.push(late);
        for (std::size_t i = 0; i < tasks.size(); ++i) {
            if (i != gone) {
                EXPECT_EQ(&queue.take(), &tasks.at(i));
            }
        }
        EXPECT_EQ(&queue.take(), &late);
        EXPECT_FALSE(queue.has_next());
    }
}

TEST(TaskQueue, IsEmptyWhenItsOnlyOneHasLeft) {
    TaskQueue queue;
    FakeTask first;
    FakeTask second;
    queue.push(first);
    EXPECT_FALSE(queue.remove(second));
    EXPECT_TRUE(queue.remove(first));
    EXPECT_FALSE(queue.has_next());
    queue.push(second);
    EXPECT_EQ(&queue.take(), &second);
}

struct HostTask : FakeTask {
    explicit HostTask(std::uint32_t host) { route.host = host; }
};

TEST(TaskQueue, LetsVirtualHostsTakeTurns) {
    TaskQueue queue(3, 100);
    std::array<HostTask, 6> tasks{
        HostTask(0), HostTask(0), HostTask(0), HostTask(2), HostTask(2), HostTask(1)};
    for (HostTask& task : tasks) {
        queue.push(task);
    }
    for (const std::size_t next : {0, 3, 5, 1, 4, 2}) {
        ASSERT_TRUE(queue.has_next());
        EXPECT_EQ(&queue.take(), &tasks.at(next));
    }
    EXPECT_FALSE(queue.has_next());
}

TEST(TaskQueue, KeepsTheTurnsOfTheOthersWhenAHostHasNoneLeft) {
    for (std::uint32_t gone = 0; gone < 3; ++gone) {
        SCOPED_TRACE(gone);
        TaskQueue queue(3, 100);
        std::array<HostTask, 3> tasks{HostTask(0), HostTask(1), HostTask(2)};
        HostTask late(gone);
        for (HostTask& task : tasks) {
            queue.push(task);
        }
        EXPECT_TRUE(queue.remove(tasks.at(gone)));
        queue.push(late);
        for (std::uint32_t i = 0; i < 3; ++i) {
            if (i != gone) {
                EXPECT_EQ(&queue.take(), &tasks.at(i));
            }
        }
        EXPECT_EQ(&queue.take(), &late);
        EXPECT_FALSE(queue.has_next());
    }
}

TEST(TaskQueue, KeepsAThreadForVirtualHostsThatHaveNone) {
    TaskQueue queue(2, 3);
    std::array<HostTask, 4> tasks{HostTask(0), HostTask(0), HostTask(0), HostTask(1)};
    HostTask second_of_other(1);
    for (HostTask* const task : {&tasks[0], &tasks[1], &tasks[2]}) {
        queue.push(*task);
    }
    EXPECT_EQ(&queue.take(), &tasks[0]);
    EXPECT_EQ(&queue.take(), &tasks[1]);
    EXPECT_FALSE(queue.has_next()) << "it has two of three";
    queue.push(tasks[3]);
    queue.push(second_of_other);
    ASSERT_TRUE(queue.has_next());
    EXPECT_EQ(&queue.take(), &tasks[3]) << "behind one that has to wait";
    EXPECT_FALSE(queue.has_next());
    queue.end(queue.lane_of(tasks[3]));
    EXPECT_EQ(&queue.take(), &second_of_other);
    queue.end(queue.lane_of(second_of_other));
    EXPECT_FALSE(queue.has_next());
    queue.end(queue.lane_of(tasks[0]));
    EXPECT_EQ(&queue.take(), &tasks[2]);
}

TEST(TaskQueue, HasOneForEachVirtualHostThatHasNoneThoughTheOthersHaveAll) {
    TaskQueue queue(5, 3);
    std::array<HostTask, 7> tasks{
        HostTask(0), HostTask(0), HostTask(0), HostTask(1), HostTask(1), HostTask(2), HostTask(3)};
    for (HostTask& task : tasks) {
        queue.push(task);
    }
    for (const std::size_t next : {0, 3, 5, 6}) {
        ASSERT_TRUE(queue.has_next());
        EXPECT_EQ(&queue.take(), &tasks.at(next));
    }
    EXPECT_FALSE(queue.has_next()) << "more than all have begun";
}

// The pool has so many: hosts, threads, and how many more.
TEST(TaskQueue, WantsSpareThreadsForThoseWhomTheKeptOnesLeaveOut) {
    EXPECT_EQ(TaskQueue::spare_threads(1, 15), 0U);
    EXPECT_EQ(TaskQueue::spare_threads(2, 15), 0U) << "one is kept for the other";
    EXPECT_EQ(TaskQueue::spare_threads(3, 15), 1U);
    EXPECT_EQ(TaskQueue::spare_threads(9, 64), 0U) << "an eighth is";
    EXPECT_EQ(TaskQueue::spare_threads(10, 64), 1U);
    EXPECT_EQ(TaskQueue::spare_threads(1000, 15), 15U);
    EXPECT_EQ(TaskQueue::spare_threads(1000, 1), 0U) << "it is meant to be the only one";
}

TEST(TaskQueue, GivesAllThreadsToOneVirtualHostAlone) {
    TaskQueue queue(1, 2);
    std::array<HostTask, 2> tasks{HostTask(0), HostTask(7)};
    for (HostTask& task : tasks) {
        queue.push(task);
    }
    EXPECT_EQ(&queue.take(), &tasks[0]);
    EXPECT_EQ(&queue.take(), &tasks[1]);
}

}  // namespace
}  // namespace test
