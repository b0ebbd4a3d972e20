// Leader and followers: the threads of a pool bring their own requests, one at a time, and nobody
// waits for what only he could bring.
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/eventfd.h>

#include <chrono>
#include <functional>

#include "interp/thread_pool.h"
#include "tests/support/deadline.h"
#include "tests/unit/interp/pool_test.h"

namespace test {
namespace {

// A daemon process in small: whoever leads waits for what the test delivers, which is done on the
// leader's thread. Its main thread looks after the pool when it is asked to, and only then: a
// counted eventfd stands for time.
class LeadingHost : public CountingHost {
public:
    LeadingHost() : doorbell_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

    [[nodiscard]] bool can_lead() const override { return true; }
    void lead() noexcept override { open_door(-1); }
    void look() noexcept override { open_door(0); }
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
    void open_door(int milliseconds) {
        ++leaders_;
        EXPECT_EQ(leaders_, 1) << "one at a time";
        pollfd door{doorbell_.get(), POLLIN, 0};
        while (::poll(&door, 1, milliseconds) < 0) {
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
    LeadingTest()
        : echo_(script("def application(environ, start_response):\n"
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
    prepare(
        task,
        script("import threading\n"
               "def application(environ, start_response):\n"
               "    read = []\n"
               "    reader = threading.Thread(target=lambda: "
               "read.append(environ['wsgi.input'].read()))\n"
               "    reader.start()\n"
               "    reader.join()\n"
               "    start_response('200 OK', [])\n"
               "    return read\n")
    );
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

TEST_F(LeadingTest, WhatArrivesIsHeardThoughAllThreadsAreInRequests) {
    LeadingHost host;
    ThreadPool pool(python(), host, {1, 0});
    ASSERT_TRUE(pool.start());
    const Gate gate;
    FakeTask slow;
    prepare(slow, script(gate.source()));
    FakeTask& abandoned = hellos(1)[0];
    host.deliver([&] {
        pool.submit(slow);
        pool.submit(abandoned);
    });
    gate.await();
    bool is_withdrawn = false;
    host.deliver([&] { is_withdrawn = pool.withdraw(abandoned); });
    pool.tick();
    pool.tick();  // nothing has moved since
    EXPECT_TRUE(is_withdrawn);
    gate.open();
    pool.stop();
    EXPECT_EQ(abandoned.body, "");
}

TEST_F(LeadingTest, ARequestIsTakenBackThoughNobodyHasLookedWhileAnotherRan) {
    using Clock = std::chrono::steady_clock;
    LeadingHost host;
    ThreadPool pool(python(), host, {1, 0});
    ASSERT_TRUE(pool.start());
    const Gate gate;
    FakeTask slow;
    prepare(slow, script(gate.source()));
    FakeTask& abandoned = hellos(1)[0];
    host.deliver([&] {
        pool.submit(slow);
        pool.submit(abandoned);
    });
    gate.await();
    const auto begun = Clock::now();
    bool is_withdrawn = false;
    host.deliver([&] { is_withdrawn = pool.withdraw(abandoned); });
    ASSERT_TRUE(eventually([&] { return Clock::now() - begun > std::chrono::milliseconds(10); }));
    gate.open();
    host.await_finished(1);
    pool.stop();
    EXPECT_TRUE(is_withdrawn);
    EXPECT_EQ(abandoned.body, "");
}

TEST_F(LeadingTest, SomebodyLeadsAfterARequestThatHasLedTakesLong) {
    LeadingHost host;
    ThreadPool pool(python(), host, {2, 0});
    ASSERT_TRUE(pool.start());
    const Gate gate;
    PoolTask task;
    prepare_echo(task, pool);
    prepare(
        task,
        script(
            gate.source() + "gated = application\n"
                            "def application(environ, start_response):\n"
                            "    environ['wsgi.input'].read()\n"
                            "    return gated(environ, start_response)\n"
        )
    );
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
