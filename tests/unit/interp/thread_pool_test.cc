// The thread pool with real Python: everything that is submitted runs, threads are woken as rarely
// as can be, and nothing lies about unnoticed. Applications block where a test opens a gate;
// nothing here sleeps.
#include "interp/thread_pool.h"

#include <gtest/gtest.h>

#include "interp/wsgi/loans_out.h"
#include "tests/unit/interp/pool_test.h"

namespace test {
namespace {

TEST_F(ThreadPoolTest, RunsEverythingThatWasSubmitted) {
    CountingHost host;
    ThreadPool pool(python(), host, {4, 0});
    for (FakeTask& task : hellos(100)) {
        pool.submit(task);
    }
    pool.wake();
    pool.stop();
    for (const FakeTask& task : tasks_) {
        EXPECT_TRUE(task.is_finished);
        EXPECT_EQ(task.body, "hello");
    }
    EXPECT_GE(host.flushes, 1);
}

// The next request may come before the thread of the last one is idle, and requests may be long on
// a busy machine: then another thread may take it. But whoever was idle last is woken first, so one
// of the four does most of it.
TEST_F(ThreadPoolTest, WakesTheThreadThatWasIdleLast) {
    CountingHost host;
    ThreadPool pool(python(), host, {4, 0});
    int done = 0;
    for (FakeTask& task : hellos(60)) {
        pool.submit(task);
        pool.wake();
        host.await_finished(++done);
    }
    pool.stop();
    int most = 0;
    for (const auto& [thread, tasks] : host.tasks_by_thread()) {
        most = std::max(most, tasks);
    }
    EXPECT_GE(most, 20);
}

// Clients may take their time: nobody may have the GIL when what has been lent to them comes back.
TEST_F(ThreadPoolTest, LetsGoOfWhatHasBeenLentWhenItIsTidied) {
    CountingHost host;
    ThreadPool pool(python(), host, {4, 0});
    FakeTask task;
    prepare(
        task,
        script("BODY = b'x' * 100000\n"
               "def application(environ, start_response):\n"
               "    start_response('200 OK', [])\n"
               "    return [BODY]\n")
    );
    task.loan_max = 100'000;
    pool.submit(task);
    pool.wake();
    host.await_finished(1);
    ASSERT_TRUE(task.loan.is_open());
    task.loan = {};
    EXPECT_EQ(interp::LoansOut::held(), 100'000U);
    EXPECT_TRUE(eventually([&] {
        pool.tidy();  // a thread that is about to become idle is not woken
        return interp::LoansOut::held() == 0;
    }));
    EXPECT_FALSE(interp::LoansOut::has_returned());
    pool.stop();
}

TEST_F(ThreadPoolTest, RunsABatchOnOneThreadAndHandsItOverInOne) {
    CountingHost host;
    ThreadPool pool(python(), host, {4, 0});
    for (FakeTask& task : hellos(2)) {
        pool.submit(task);
    }
    pool.wake();
    host.await_finished(2);
    pool.stop();
    EXPECT_EQ(host.tasks_by_thread().size(), 1U);
}

TEST_F(ThreadPoolTest, LetsAnotherThreadFollowWhileARequestWaitsForItsBody) {
    CountingHost host;
    ThreadPool pool(python(), host, {2, 0});
    FakeTask reader;
    prepare(
        reader,
        script("def application(environ, start_response):\n"
               "    body = environ['wsgi.input'].read()\n"
               "    start_response('200 OK', [])\n"
               "    return [body]\n")
    );
    reader.request.content_length = 4;
    pool.submit(reader);
    pool.wake();
    reader.await_reader();
    pool.submit(hellos(1)[0]);
    pool.wake();
    host.await_finished(1);
    EXPECT_TRUE(tasks_[0].is_finished);
    reader.arrive("body");
    reader.end_body();
    pool.stop();
    EXPECT_EQ(reader.body, "body");
}

TEST_F(ThreadPoolTest, GivesWhatWaitsToAnotherThreadWhenTheRunningOneBlocks) {
    CountingHost host;
    ThreadPool pool(python(), host, {2, 0});
    FakeTask reader;
    prepare(
        reader,
        script("def application(environ, start_response):\n"
               "    body = environ['wsgi.input'].read()\n"
               "    start_response('200 OK', [])\n"
               "    return [body]\n")
    );
    reader.request.content_length = 4;
    pool.submit(reader);
    pool.submit(hellos(1)[0]);  // behind it, and nobody wakes or looks again
    pool.wake();
    host.await_finished(1);
    EXPECT_TRUE(tasks_[0].is_finished);
    reader.arrive("body");
    reader.end_body();
    pool.stop();
    EXPECT_TRUE(reader.is_finished);
}

TEST_F(ThreadPoolTest, LetsAnotherThreadFollowAfterTwoLooksAtALongRequest) {
    CountingHost host;
    ThreadPool pool(python(), host, {2, 0});
    const Gate gate;
    FakeTask slow;
    prepare(slow, script(gate.source()));
    pool.submit(slow);
    pool.wake();
    gate.await();
    EXPECT_FALSE(pool.needs_watch()) << "nothing waits";
    pool.submit(hellos(1)[0]);
    pool.wake();
    EXPECT_TRUE(pool.needs_watch());
    pool.tick();
    pool.tick();
    host.await_finished(1);
    EXPECT_TRUE(tasks_[0].is_finished);
    gate.open();
    pool.stop();
    EXPECT_TRUE(slow.is_finished);
}

// PoolHost's watch: whoever looks when he is asked to, and for as long as needs_watch() says, has
// to see everything.
TEST_F(ThreadPoolTest, AsksToBeWatchedWhileAnAnswerLiesAbout) {
    CountingHost host;
    ThreadPool pool(python(), host, {1, 0});
    const Gate gate;
    FakeTask slow;
    prepare(slow, script(gate.source()));
    FakeTask& quick = hellos(1)[0];
    pool.submit(slow);
    pool.wake();
    gate.await();
    // Both are taken by the one thread that there is, under one hold of the GIL.
    FakeTask second;
    const Gate second_gate;
    prepare(second, script(second_gate.source()));
    pool.submit(quick);
    pool.submit(second);
    pool.wake();
    const bool is_watched = pool.needs_watch();
    gate.open();
    second_gate.await();
    EXPECT_TRUE(is_watched || host.is_watch_wanted())
        << "the answer of the quick one lies about behind the second";
    for (int look = 0; look < 2; ++look) {
        pool.tick();
    }
    EXPECT_FALSE(pool.needs_watch());
    second_gate.open();
    pool.stop();
    EXPECT_TRUE(quick.is_finished);
    EXPECT_TRUE(second.is_finished);
}

TEST_F(ThreadPoolTest, StopsWithNoThreadAtAll) {
    CountingHost host;
    ThreadPool pool(python(), host, {4, 0});
    pool.stop();
    EXPECT_TRUE(host.tasks_by_thread().empty());
}

TEST_F(ThreadPoolTest, RunsWhatWaitsBeforeItStops) {
    CountingHost host;
    ThreadPool pool(python(), host, {1, 0});
    const Gate gate;
    FakeTask slow;
    prepare(slow, script(gate.source()));
    pool.submit(slow);
    pool.wake();
    gate.await();
    for (FakeTask& task : hellos(10)) {
        pool.submit(task);
    }
    std::thread stopping([&] { pool.stop(); });
    gate.open();
    stopping.join();
    for (const FakeTask& task : tasks_) {
        EXPECT_TRUE(task.is_finished);
    }
}

TEST_F(ThreadPoolTest, TellsThatAStackIsTooLarge) {
    CountingHost host;
    ThreadPool pool(python(), host, {1, std::size_t{1} << 46U});
    EXPECT_FALSE(pool.start().has_value());
    pool.stop();
}

}  // namespace
}  // namespace test
