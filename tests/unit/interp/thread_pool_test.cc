// The thread pool with real Python: everything that is submitted runs, threads are woken as rarely as can be, and
// nobody waits for what only he could bring. Applications block where a test opens a gate; nothing here sleeps.
#include "interp/thread_pool.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

#include "core/base/fd.h"
#include "tests/support/deadline.h"
#include "tests/unit/interp/python_test.h"

namespace test {
namespace {

using interp::PoolHost;
using interp::ThreadPool;
using Lock = std::unique_lock<std::mutex>;

// An application that a test stops and lets go: it reports on one pipe and waits for a byte on another, in Python, so
// that the pool does not hear of it.
class Gate {
public:
    Gate() {
        int fds[2];
        EXPECT_EQ(::pipe2(fds, O_CLOEXEC), 0);
        out_ = base::Fd(fds[0]);
        in_ = base::Fd(fds[1]);
        EXPECT_EQ(::pipe2(fds, O_CLOEXEC), 0);
        arrived_out_ = base::Fd(fds[0]);
        arrived_in_ = base::Fd(fds[1]);
    }
    void open() const { EXPECT_EQ(::write(in_.get(), "x", 1), 1); }
    // Blocks until an application stands at the gate.
    void await() const {
        char byte = 0;
        EXPECT_EQ(::read(arrived_out_.get(), &byte, 1), 1);
    }
    [[nodiscard]] std::string source() const {
        return "import os\n"
               "def application(environ, start_response):\n"
               "    os.write(" + std::to_string(arrived_in_.get()) + ", b'x')\n"
               "    os.read(" + std::to_string(out_.get()) + ", 1)\n"
               "    start_response('200 OK', [])\n"
               "    return [b'gate']\n";
    }

private:
    base::Fd out_;
    base::Fd in_;
    base::Fd arrived_out_;
    base::Fd arrived_in_;
};

// Counts what it is told.
class CountingHost : public PoolHost {
public:
    void flush() noexcept override { ++flushes; }
    void on_started(int thread, const interp::Task&, std::chrono::steady_clock::time_point) noexcept override {
        const Lock lock(mutex_);
        ++tasks_by_thread_[thread];
    }
    void on_finished(int) noexcept override {
        const Lock lock(mutex_);
        ++finished_;
        changed_.notify_all();
    }
    void on_watch_needed() noexcept override {
        const Lock lock(mutex_);
        is_watch_wanted_ = true;
        changed_.notify_all();
    }

    void await_finished(int count) {
        Lock lock(mutex_);
        changed_.wait(lock, [&] { return finished_ >= count; });
    }
    void forget_watch() {
        const Lock lock(mutex_);
        is_watch_wanted_ = false;
    }
    // Until so many have finished, looks after the pool as a daemon's main thread does: when it is asked to, and then
    // for as long as needs_watch() says. False: nobody asked, or it was of no use, before patience ended.
    bool look_after(ThreadPool& pool, int count) {
        const auto patience = std::chrono::steady_clock::now() + kPatience;
        Lock lock(mutex_);
        while (finished_ < count) {
            const bool is_awake = changed_.wait_until(
                lock, patience, [&] { return finished_ >= count || is_watch_wanted_; }
            );
            if (!is_awake) {
                return false;
            }
            is_watch_wanted_ = false;
            lock.unlock();
            while (pool.needs_watch() && std::chrono::steady_clock::now() < patience) {
                pool.tick();
                std::this_thread::yield();
            }
            lock.lock();
        }
        return true;
    }
    std::map<int, int> tasks_by_thread() {
        const Lock lock(mutex_);
        return tasks_by_thread_;
    }

    std::atomic<int> flushes{0};

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    int finished_ = 0;
    bool is_watch_wanted_ = false;
    std::map<int, int> tasks_by_thread_;
};

class ThreadPoolTest : public PythonTest {
protected:
    ThreadPoolTest() : hello_(script(
        "def application(environ, start_response):\n"
        "    start_response('200 OK', [])\n"
        "    return [b'hello']\n")) {}

    void prepare(FakeTask& task, const std::string& path) {
        task.route.script_filename = path;
        task.log = log_.get();
    }
    // Tasks that answer at once.
    std::deque<FakeTask>& hellos(int count) {
        for (int i = 0; i < count; ++i) {
            prepare(tasks_.emplace_back(), hello_);
        }
        return tasks_;
    }

    std::string hello_;
    std::deque<FakeTask> tasks_;
};

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

// The next request may come before the thread of the last one is idle, and requests may be long on a busy machine: then
// another thread may take it. But whoever was idle last is woken first, so one of the four does most of it.
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
    prepare(reader, script(
        "def application(environ, start_response):\n"
        "    body = environ['wsgi.input'].read()\n"
        "    start_response('200 OK', [])\n"
        "    return [body]\n"));
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
    prepare(reader, script(
        "def application(environ, start_response):\n"
        "    body = environ['wsgi.input'].read()\n"
        "    start_response('200 OK', [])\n"
        "    return [body]\n"));
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

// PoolHost's watch: whoever looks when he is asked to, and for as long as needs_watch() says, has to see everything.
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
    EXPECT_TRUE(pool.needs_watch()) << "the answer of the quick one may lie about behind the second";
    gate.open();
    second_gate.await();
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

// --- Leader and followers ---------------------------------------------------------------------------------------------

// A daemon process in small: whoever leads waits for what the test delivers, which is done on the leader's thread. Its
// main thread looks after the pool when it is asked to, and only then: a counted eventfd stands for time.
class LeadingHost : public CountingHost {
public:
    LeadingHost() : doorbell_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

    [[nodiscard]] bool can_lead() const override { return true; }
    void lead() noexcept override {
        ++leaders_;
        EXPECT_EQ(leaders_, 1) << "one at a time";
        pollfd door{doorbell_.get(), POLLIN, 0};
        while (::poll(&door, 1, -1) < 0) {
        }
        eventfd_t rings = 0;
        ::eventfd_read(doorbell_.get(), &rings);
        std::deque<std::function<void()>> arrived;
        {
            const Lock lock(mutex_);
            arrived.swap(arrived_);
        }
        --leaders_;
        for (const auto& delivery : arrived) {
            delivery();
        }
    }
    void interrupt_leader() noexcept override { ::eventfd_write(doorbell_.get(), 1); }

    // What the next leader finds at the door.
    void deliver(std::function<void()> delivery) {
        {
            const Lock lock(mutex_);
            arrived_.push_back(std::move(delivery));
        }
        interrupt_leader();
    }

private:
    base::Fd doorbell_;
    std::atomic<int> leaders_{0};
    std::mutex mutex_;
    std::deque<std::function<void()>> arrived_;
};

// A task that waits in the pool, as those of daemon mode do.
class PoolTask : public FakeTask {
public:
    void use(ThreadPool& pool) { pool_ = &pool; }
    void bring(const std::string& bytes) {
        arrive(bytes);
        end_body();
        has_body_ = true;
        pool_->notify(*this);
    }
    base::Result<> wait_for_body() override {
        is_waiting_ = true;
        is_waiting_.notify_all();
        pool_->wait(*this, [this] { return has_body_.load(); });
        return {};
    }
    // Blocks until the request is about to wait in the pool, or does.
    void await_waiting() const { is_waiting_.wait(false); }

private:
    ThreadPool* pool_ = nullptr;
    std::atomic<bool> is_waiting_{false};
    std::atomic<bool> has_body_{false};
};

class LeadingTest : public ThreadPoolTest {
protected:
    LeadingTest() : echo_(script(
        "def application(environ, start_response):\n"
        "    body = environ['wsgi.input'].read()\n"
        "    start_response('200 OK', [])\n"
        "    return [body]\n")) {}

    void prepare_echo(PoolTask& task, ThreadPool& pool) {
        prepare(task, echo_);
        task.request.content_length = 4;
        task.use(pool);
    }
    std::string echo_;
};

TEST_F(LeadingTest, TheFirstThreadLeads) {
    LeadingHost host;
    ThreadPool pool(python(), host, {1, 0});
    ASSERT_TRUE(pool.start());
    FakeTask& task = hellos(1)[0];
    host.deliver([&] { pool.submit(task); });
    host.await_finished(1);
    pool.stop();
    EXPECT_EQ(task.body, "hello");
}

TEST_F(LeadingTest, TheOnlyThreadLeadsInsideItsRequest) {
    LeadingHost host;
    ThreadPool pool(python(), host, {1, 0});
    ASSERT_TRUE(pool.start());
    PoolTask task;
    prepare_echo(task, pool);
    host.deliver([&] { pool.submit(task); });
    task.await_waiting();
    host.deliver([&] { task.bring("body"); });
    host.await_finished(1);
    pool.stop();
    EXPECT_EQ(task.body, "body");
}

TEST_F(LeadingTest, EveryoneWhoWaitsHearsOfItsOwn) {
    LeadingHost host;
    ThreadPool pool(python(), host, {3, 0});
    ASSERT_TRUE(pool.start());
    std::deque<PoolTask> readers;
    for (int i = 0; i < 3; ++i) {
        prepare_echo(readers.emplace_back(), pool);
        host.deliver([&pool, &reader = readers.back()] { pool.submit(reader); });
        readers.back().await_waiting();
    }
    host.deliver([&] { readers[1].bring("two2"); });
    host.await_finished(1);
    EXPECT_EQ(readers[1].body, "two2");
    host.deliver([&] { readers[2].bring("tre3"); });
    host.await_finished(2);
    host.deliver([&] { readers[0].bring("one1"); });
    host.await_finished(3);
    pool.stop();
    EXPECT_EQ(readers[0].body, "one1");
    EXPECT_EQ(readers[2].body, "tre3");
}

TEST_F(LeadingTest, AThreadOfTheApplicationMayWaitToo) {
    LeadingHost host;
    ThreadPool pool(python(), host, {1, 0});
    ASSERT_TRUE(pool.start());
    PoolTask task;
    prepare_echo(task, pool);
    prepare(task, script(
        "import threading\n"
        "def application(environ, start_response):\n"
        "    read = []\n"
        "    reader = threading.Thread(target=lambda: read.append(environ['wsgi.input'].read()))\n"
        "    reader.start()\n"
        "    reader.join()\n"
        "    start_response('200 OK', [])\n"
        "    return read\n"));
    host.deliver([&] { pool.submit(task); });
    task.await_waiting();
    host.deliver([&] { task.bring("body"); });
    host.await_finished(1);
    pool.stop();
    EXPECT_EQ(task.body, "body");
}

TEST_F(LeadingTest, SomebodyLeadsWhileARequestTakesLong) {
    LeadingHost host;
    ThreadPool pool(python(), host, {2, 0});
    ASSERT_TRUE(pool.start());
    const Gate gate;
    FakeTask slow;
    prepare(slow, script(gate.source()));
    host.deliver([&] { pool.submit(slow); });
    gate.await();
    host.deliver([&] { pool.submit(hellos(1)[0]); });
    EXPECT_TRUE(host.look_after(pool, 1));
    gate.open();
    pool.stop();
    EXPECT_EQ(tasks_[0].body, "hello");
}

TEST_F(LeadingTest, SomebodyLeadsAfterARequestThatHasLedTakesLong) {
    LeadingHost host;
    ThreadPool pool(python(), host, {2, 0});
    ASSERT_TRUE(pool.start());
    const Gate gate;
    PoolTask task;
    prepare_echo(task, pool);
    prepare(task, script(
        gate.source() +
        "gated = application\n"
        "def application(environ, start_response):\n"
        "    environ['wsgi.input'].read()\n"
        "    return gated(environ, start_response)\n"));
    host.deliver([&] { pool.submit(task); });
    task.await_waiting();
    host.forget_watch();  // it leads: nobody needs to look, and the main thread has gone to sleep
    host.deliver([&] { task.bring("body"); });
    gate.await();
    host.deliver([&] { pool.submit(hellos(1)[0]); });
    EXPECT_TRUE(host.look_after(pool, 1)) << "nobody leads, and nobody says so";
    gate.open();
    pool.stop();
}

TEST_F(LeadingTest, WhatAWaitingLeaderBringsDoesNotWaitForALongRequest) {
    LeadingHost host;
    ThreadPool pool(python(), host, {3, 0});
    ASSERT_TRUE(pool.start());
    PoolTask upload;
    prepare_echo(upload, pool);
    host.deliver([&] { pool.submit(upload); });
    upload.await_waiting();  // from here on it leads
    const Gate gate;
    FakeTask slow;
    prepare(slow, script(gate.source()));
    host.deliver([&] { pool.submit(slow); });
    gate.await();
    host.forget_watch();
    host.deliver([&] { pool.submit(hellos(1)[0]); });
    EXPECT_TRUE(host.look_after(pool, 1)) << "a thread is free, and a request waits";
    host.deliver([&] { upload.bring("body"); });
    gate.open();
    host.await_finished(3);
    pool.stop();
    EXPECT_EQ(upload.body, "body");
}

// Two submitters, four threads, every third request waits for a body that only a leader brings.
TEST_F(LeadingTest, NeverWaitsForItself) {
    for (const int threads : {1, 4}) {
        LeadingHost host;
        ThreadPool pool(python(), host, {threads, 0});
        ASSERT_TRUE(pool.start());
        constexpr int kTasks = 2000;
        std::deque<PoolTask> tasks(kTasks);
        for (int i = 0; i < kTasks; ++i) {
            prepare_echo(tasks[static_cast<std::size_t>(i)], pool);
            if (i % 3 != 0) {
                prepare(tasks[static_cast<std::size_t>(i)], hello_);
            }
        }
        const auto submit_every_second = [&](std::size_t first) {
            for (std::size_t i = first; i < kTasks; i += 2) {
                host.deliver([&pool, &task = tasks[i]] { pool.submit(task); });
                if (i % 3 == 0) {
                    host.deliver([&task = tasks[i]] { task.bring("body"); });
                }
            }
        };
        std::thread even(submit_every_second, 0);
        std::thread odd(submit_every_second, 1);
        even.join();
        odd.join();
        EXPECT_TRUE(host.look_after(pool, kTasks));
        pool.stop();
        for (int i = 0; i < kTasks; ++i) {
            EXPECT_EQ(tasks[static_cast<std::size_t>(i)].body, i % 3 == 0 ? "body" : "hello") << i;
        }
    }
}

}  // namespace
}  // namespace test
