// The queue of a thread pool: tasks in their order, whoever leaves from where.
#include "interp/task_queue.h"

#include <gtest/gtest.h>

#include <array>

#include "tests/unit/interp/fake_task.h"

namespace test {
namespace {

using interp::TaskQueue;

TEST(TaskQueue, GivesThemInTheirOrder) {
    TaskQueue queue;
    std::array<FakeTask, 3> tasks;
    for (int round = 0; round < 2; ++round) {
        EXPECT_TRUE(queue.is_empty());
        for (FakeTask& task : tasks) {
            queue.push(task);
        }
        for (FakeTask& task : tasks) {
            EXPECT_FALSE(queue.is_empty());
            EXPECT_EQ(&queue.take(), &task);
        }
    }
    EXPECT_TRUE(queue.is_empty());
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
        EXPECT_TRUE(queue.is_empty());
    }
}

TEST(TaskQueue, IsEmptyWhenItsOnlyOneHasLeft) {
    TaskQueue queue;
    FakeTask first;
    FakeTask second;
    queue.push(first);
    EXPECT_FALSE(queue.remove(second));
    EXPECT_TRUE(queue.remove(first));
    EXPECT_TRUE(queue.is_empty());
    queue.push(second);
    EXPECT_EQ(&queue.take(), &second);
}

}  // namespace
}  // namespace test
