// How everything ends: server processes first, which let their requests finish, then daemon
// processes, which have none any more; each with a deadline.
#include <fmt/format.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "core/base/log.h"
#include "core/server/process/signals.h"
#include "core/server/process/systemd.h"
#include "core/server/supervisor/supervisor.h"
#include "ipc/frame.h"

namespace server {
namespace {

using namespace std::chrono_literals;

// How long running requests may take once we were told to stop.
constexpr auto kDrainTime = 30s;
// How long a process may take that serves nobody: Python's own end, and a little more than it gives
// itself. Also whoever was not even ready.
constexpr auto kShutdownTime = 6s;
// What a killed process needs to be gone; longer only where the kernel holds it.
constexpr auto kKillTime = 6s;
// Two signals within this time are one: timeout(1) and others send theirs to a process and to its
// group.
constexpr auto kSameSignal = 1s;
// After so long, and again, the log names what holds up a stop.
constexpr auto kTellAfter = 3s;
constexpr auto kTellEvery = 5s;

}  // namespace

// Everything but faults and job control: what is not watched would end us, and everybody with us.
base::Result<> Supervisor::watch_signals() {
    sigset_t watched;
    sigemptyset(&watched);
    for (int number = 1; number <= SIGRTMAX; ++number) {
        if (is_without_effect(number) && number != SIGXFSZ) {
            sigaddset(&watched, number);
        }
    }
    for (const int number : {SIGTERM, SIGINT, SIGCHLD}) {
        sigaddset(&watched, number);
    }
    ::sigprocmask(SIG_BLOCK, &watched, nullptr);
    ::signal(SIGPIPE, SIG_IGN);
    ::signal(SIGXFSZ, SIG_IGN);  // a file that has reached its limit is that file's trouble
    ::signal(SIGCHLD, SIG_DFL);  // whoever started us may have ignored it, which would reap for us
    signals_ = base::Fd(::signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!signals_.is_open()) {
        return base::fail_errno("signalfd", errno);
    }
    return {};
}

void Supervisor::on_signals() {
    signalfd_siginfo info;
    while (::read(signals_.get(), &info, sizeof info) == sizeof info) {
        const auto number = static_cast<int>(info.ssi_signo);
        if (number == SIGTERM || number == SIGINT) {
            on_stop_signal();
        } else if (number != SIGCHLD) {
            base::main_log().warn("{}", without_effect(number, Receiver::kSupervisor));
        }
    }
    reap();
}

void Supervisor::on_stop_signal() {
    if (stopping_ == Stopping::kNo) {
        begin_stop();
    } else if (Clock::now() - stop_began_ >= kSameSignal) {
        base::main_log().warn("told to stop a second time; what still runs is killed");
        for (Child& child : children_) {
            if (child.pid != 0) {
                kill(child);
            }
        }
    }
}

void Supervisor::begin_stop() {
    if (stopping_ != Stopping::kNo) {
        return;
    }
    stopping_ = Stopping::kServers;
    stop_began_ = Clock::now();
    tell_at_ = stop_began_ + kTellAfter;
    notify_systemd("STOPPING=1");
    // The sockets close with the last server process: what waits in the backlog is refused, not
    // left hanging.
    endpoints_.sockets.clear();
    for (Child& child : children_) {
        child.recycle_at.reset();
        if (child.pid != 0 && child.is_server()) {
            order_stop(child, child.is_ready ? kDrainTime : kShutdownTime);
        } else if (child.pid != 0) {
            ::kill(child.pid, SIGCONT);
            if (!child.is_ready) {
                child.deadline = stop_began_ + kShutdownTime;
            }
        }
    }
}

void Supervisor::continue_stop() {
    if (stopping_ == Stopping::kServers && !has_running(true)) {
        stopping_ = Stopping::kDaemons;
        for (Child& child : children_) {
            if (child.pid != 0) {
                order_stop(child, kShutdownTime);
            }
        }
    }
    if (stopping_ != Stopping::kNo && Clock::now() >= tell_at_) {
        tell_at_ = Clock::now() + kTellEvery;
        tell_what_holds_up();
    }
}

// Of a child that was told to stop by somebody else, and we were not.
void Supervisor::recycle_what_is_due() {
    for (Child& child : children_) {
        if (child.recycle_at && Clock::now() >= *child.recycle_at) {
            child.recycle_at.reset();
            base::main_log().info("{} (pid {}) is told to stop", child.name(), child.pid);
            order_stop(child, child.is_server() ? kDrainTime : kShutdownTime);
        }
    }
}

// One that somebody has stopped with SIGSTOP would hear nothing.
void Supervisor::order_stop(Child& child, std::chrono::milliseconds time) {
    ::kill(child.pid, SIGCONT);
    if (child.control.is_open()) {
        child.control.outbox().frame(ipc::FrameType::kStop, 0, 0, {});
    }
    const auto deadline = Clock::now() + time;
    child.deadline = child.deadline ? std::min(*child.deadline, deadline) : deadline;
}

void Supervisor::enforce_deadlines() {
    const auto now = Clock::now();
    for (Child& child : children_) {
        if (!child.deadline || now < *child.deadline) {
            continue;
        }
        if (!child.is_killed) {
            const std::string doing = child.doing();
            child.log->warn(
                "{} (pid {}) has not ended in time and is killed{}{}",
                child.name(),
                child.pid,
                doing.empty() ? "" : "; it serves ",
                doing
            );
            kill(child);
        } else if (stopping_ != Stopping::kNo) {
            child.log->error(
                "{} (pid {}) cannot be killed, as the kernel holds it; it is left behind",
                child.name(),
                child.pid
            );
            has_failed_ = true;
            child.pid = 0;
            child.deadline.reset();
        } else {
            child.deadline.reset();
        }
    }
}

void Supervisor::tell_what_holds_up() {
    for (const Child& child : children_) {
        const std::string doing = child.pid != 0 ? child.doing() : std::string();
        if (!doing.empty()) {
            child.log->warn(
                "stopping waits for {} (pid {}), which serves {}", child.name(), child.pid, doing
            );
        } else if (child.pid != 0 && child.deadline) {
            child.log->warn(
                "stopping waits for {} (pid {}){}",
                child.name(),
                child.pid,
                !child.is_ready     ? ", which is not ready yet"
                : child.is_server() ? ", which has clients to answer"
                                    : ", which ends its Python"
            );
        }
    }
}

void Supervisor::kill(Child& child) {
    ::kill(child.pid, SIGKILL);
    child.is_killed = true;
    child.deadline = Clock::now() + kKillTime;
}

bool Supervisor::has_running(bool servers) const {
    return std::ranges::any_of(children_, [servers](const Child& child) {
        return child.pid != 0 && child.is_server() == servers;
    });
}

}  // namespace server
