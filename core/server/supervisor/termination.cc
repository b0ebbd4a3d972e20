#include "core/server/supervisor/termination.h"

#include <signal.h>

#include <algorithm>
#include <string>

#include "core/base/system/log.h"
#include "ipc/frame.h"

namespace server {

void Termination::recycle(Child& child) {
    if (!child.recycle_at) {
        child.recycle_at = system_.now() + kWhoElse;
    }
}

void Termination::order(Child& child, std::chrono::milliseconds time) {
    child.is_told_to_end = true;
    wake(child);
    if (child.control.is_open()) {
        child.control.outbox().frame(ipc::FrameType::kStop, 0, 0, {});
    }
    const auto deadline = system_.now() + time;
    child.deadline = child.deadline ? std::min(*child.deadline, deadline) : deadline;
}

void Termination::expect_end(Child& child, std::string_view why) {
    const auto deadline = system_.now() + kCloseTime;
    if (!child.deadline || deadline < *child.deadline) {
        child.deadline = deadline;
        child.why_killed = why;
    }
}

// One that somebody has stopped with SIGSTOP would hear nothing.
void Termination::wake(Child& child) { system_.signal(child, SIGCONT); }

void Termination::kill(Child& child, std::string_view why) {
    if (!child.is_killed) {
        child.why_killed = why;
        child.is_killed = true;
    }
    system_.signal(child, SIGKILL);
    child.deadline = system_.now() + kKillTime;
}

// Of a child that was told to stop by somebody else, and we were not.
void Termination::recycle_what_is_due() {
    for (Child& child : children_) {
        if (child.recycle_at && system_.now() >= *child.recycle_at) {
            child.recycle_at.reset();
            base::main_log().info("{} (pid {}) is told to stop", child.name(), child.pid);
            order(child, child.is_server() ? kDrainTime : kShutdownTime);
        }
    }
}

bool Termination::enforce(bool gives_up) {
    bool has_given_up = false;
    for (Child& child : children_) {
        if (!child.deadline || system_.now() < *child.deadline) {
            continue;
        }
        if (!child.is_killed) {
            kill_late(child);
        } else if (gives_up) {
            child.log->error(
                "{} (pid {}) cannot be killed, as the kernel holds it; it is left behind",
                child.name(),
                child.pid
            );
            has_given_up = true;
            child.pid = 0;
            child.deadline.reset();
        } else {
            child.deadline.reset();
        }
    }
    return has_given_up;
}

void Termination::kill_late(Child& child) {
    const std::string doing = child.doing();
    child.log->warn(
        "{} (pid {}) has not ended in time and is killed{}{}",
        child.name(),
        child.pid,
        doing.empty() ? "" : "; it serves ",
        doing
    );
    kill(
        child, child.why_killed.empty() ? "it had not ended in time" : std::string(child.why_killed)
    );
}

std::optional<Termination::Clock::time_point> Termination::due(const Child& child) {
    if (child.recycle_at && child.deadline) {
        return std::min(*child.recycle_at, *child.deadline);
    }
    return child.recycle_at ? child.recycle_at : child.deadline;
}

}  // namespace server
