// The scripts that are being loaded, and since when, and the requests that wait for one. One that
// hangs says nothing by itself, while it holds its thread and all who ask for it: the process's
// main thread, which never waits for Python, tells of it, and so does whoever looks after requests.
#pragma once

#include <chrono>
#include <list>
#include <mutex>
#include <string>

#include "core/base/result.h"
#include "core/base/system/fd.h"
#include "core/base/system/log.h"

namespace interp {

class Task;

class ImportWatch {
public:
    using Clock = std::chrono::steady_clock;

    // After so long it is told, and again each time that so much more has passed.
    static constexpr std::chrono::seconds kLate{10};
    static constexpr std::chrono::seconds kAgain{60};

private:
    struct Import {
        const base::Log& log;
        std::string what;
        Clock::time_point began;
        Clock::time_point tell_at;
    };
    struct Waiter {
        const Task* task;
        const std::string& script;
        const std::string& into;
    };

public:
    base::Result<> open();
    // Readable when tell_late() has something to say.
    [[nodiscard]] int fd() const { return timer_.get(); }
    void tell_late(Clock::time_point now = Clock::now());

    // Any thread, as long as something is loaded: `what` is "script '/a.wsgi' into …".
    class Loading {
    public:
        Loading(
            ImportWatch& watch,
            const base::Log& log,
            std::string what,
            Clock::time_point now = Clock::now()
        );
        ~Loading();
        Loading(const Loading&) = delete;
        Loading& operator=(const Loading&) = delete;

    private:
        ImportWatch& watch_;
        std::list<Import>::iterator import_;
    };

    // A request is not answered before its script is there, which it loads itself or waits for, or
    // an interpreter for it. Any thread; all of them live as long.
    class Waiting {
    public:
        Waiting(
            ImportWatch& watch,
            const Task* task,  // null: nobody's
            const std::string& script,
            const std::string& into
        );
        ~Waiting();
        Waiting(const Waiting&) = delete;
        Waiting& operator=(const Waiting&) = delete;

    private:
        ImportWatch& watch_;
        std::list<Waiter>::iterator waiter_;
    };
    // Somebody else has held Python's import lock when that import ended; "" of one behind it:
    // nobody has. Up to Python 3.11 all interpreters share that lock. Any thread.
    void note_lock(std::string what);
    // What that request waits for, and what has been loaded for longest, for people; "": it waits
    // for nothing here. Any thread.
    [[nodiscard]] std::string awaited_by(const Task& task, Clock::time_point now = Clock::now());

private:
    void set_timer() const;  // with the mutex

    base::Fd timer_;  // timerfd
    std::mutex mutex_;
    std::list<Import> imports_;  // guarded by mutex_; those that began first stand first
    std::list<Waiter> waiters_;  // guarded by mutex_
    std::string locked_by_;      // guarded by mutex_
};

}  // namespace interp
