// What the tests of the thread pool share: applications that a test stops and lets go, a host that
// counts what it is told, and tasks that answer at once.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "core/base/system/fd.h"
#include "interp/thread_pool.h"
#include "tests/support/deadline.h"
#include "tests/unit/interp/python_test.h"

namespace test {

using interp::PoolHost;
using interp::ThreadPool;
using Lock = std::unique_lock<std::mutex>;

// An application that a test stops and lets go: it reports on one pipe and waits for a byte on
// another, in Python, so that the pool does not hear of it.
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
               "    os.write(" +
               std::to_string(arrived_in_.get()) +
               ", b'x')\n"
               "    os.read(" +
               std::to_string(out_.get()) +
               ", 1)\n"
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
    void on_started(
        int thread, const interp::Task&, std::chrono::steady_clock::time_point
    ) noexcept override {
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
    [[nodiscard]] bool is_watch_wanted() {
        const Lock lock(mutex_);
        return is_watch_wanted_;
    }
    void forget_watch() {
        const Lock lock(mutex_);
        is_watch_wanted_ = false;
    }
    // Until so many have finished, looks after the pool as a daemon's main thread does: when it is
    // asked to, and then for as long as needs_watch() says. False: nobody asked, or it was of no
    // use, before patience ended.
    bool look_after(ThreadPool& pool, int count) {
        const auto patience = std::chrono::steady_clock::now() + kPatience;
        Lock lock(mutex_);
        while (finished_ < count) {
            const bool is_awake = changed_.wait_until(lock, patience, [&] {
                return finished_ >= count || is_watch_wanted_;
            });
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
    ThreadPoolTest()
        : hello_(script("def application(environ, start_response):\n"
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

}  // namespace test
