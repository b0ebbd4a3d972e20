#include "core/server/supervisor/children/termination.h"

#include <signal.h>

#include <algorithm>
#include <string>

#include "core/base/system/log.h"
#include "core/server/supervisor/children/succession.h"
#include "ipc/frame.h"

namespace server {

void Termination::recycle(Child& child) {
    // One that was left behind may have said so before the kernel held it.
    if (!child.process.recycle_at && child.process.pid != 0) {
        child.process.recycle_at = system_.now() + kWhoElse;
    }
}

void Termination::order(Child& child, std::chrono::milliseconds time) {
    child.process.is_told_to_end = true;
    wake(child);
    if (child.process.control.is_open()) {
        child.process.control.outbox().frame(ipc::FrameType::kStop, 0, 0, {});
    }
    const auto deadline = system_.now() + time;
    child.process.deadline =
        child.process.deadline ? std::min(*child.process.deadline, deadline) : deadline;
}

void Termination::expect_end(Child& child, std::string_view why) {
    const auto deadline = system_.now() + kCloseTime;
    if (!child.process.deadline || deadline < *child.process.deadline) {
        child.process.deadline = deadline;
        child.process.why_killed = why;
    }
}

// One that somebody has stopped with SIGSTOP would hear nothing.
void Termination::wake(Child& child) { system_.signal(child, SIGCONT); }

void Termination::kill(Child& child, std::string_view why) {
    if (!child.process.is_killed) {
        child.process.why_killed = why;
        child.process.is_killed = true;
    }
    child.process.why_not_killed = system_.signal(child, SIGKILL);
    child.process.deadline = system_.now() + kKillTime;
}

// Nobody would take its place as long as another one ends in the other seat.
bool Termination::has_to_wait(Child& child) {
    Child* const other = Succession::other_seat(children_, child);
    if (other == nullptr || other->process.pid == 0) {
        return false;
    }
    const auto deadline = system_.now() + kCrowdTime;
    if (!other->process.is_killed && other->process.deadline.value_or(deadline) >= deadline) {
        other->process.deadline = deadline;
        other->process.why_killed = "the process that had followed it had to be replaced, too";
    }
    child.process.recycle_at = system_.now() + kWhoElse;
    return true;
}

// Of a child that was told to stop by somebody else, and we were not.
void Termination::recycle_what_is_due() {
    for (Child& child : children_) {
        if (child.process.recycle_at && system_.now() >= *child.process.recycle_at &&
            !has_to_wait(child)) {
            child.process.recycle_at.reset();
            base::main_log().info("{} (pid {}) is told to stop", child.name(), child.process.pid);
            order(child, child.is_server() ? kDrainTime : kShutdownTime);
        }
    }
}

bool Termination::enforce(bool gives_up) {
    bool has_given_up = false;
    for (Child& child : children_) {
        if (!child.process.deadline || system_.now() < *child.process.deadline) {
            continue;
        }
        if (!child.process.is_killed) {
            kill_late(child);
        } else if (gives_up) {
            const int error = child.process.why_not_killed;
            child.log->error(
                "{} (pid {}) cannot be killed{}; it is left behind",
                child.name(),
                child.process.pid,
                error == 0 ? ", as the kernel holds it" : ": " + base::describe_errno(error)
            );
            has_given_up = true;
            child.process.pid = 0;
            child.process.deadline.reset();
            child.process.recycle_at.reset();  // it is told nothing more: 0 would be ourselves
        } else {
            child.process.deadline.reset();
        }
    }
    return has_given_up;
}

void Termination::kill_late(Child& child) {
    const std::string doing = child.doing();
    child.log->warn(
        "{} (pid {}) has not ended in time and is killed{}{}",
        child.name(),
        child.process.pid,
        doing.empty() ? "" : "; it serves ",
        doing
    );
    kill(
        child,
        child.process.why_killed.empty() ? "it had not ended in time"
                                         : std::string(child.process.why_killed)
    );
}

std::optional<Termination::Clock::time_point> Termination::due(const Child& child) {
    if (child.process.recycle_at && child.process.deadline) {
        return std::min(*child.process.recycle_at, *child.process.deadline);
    }
    return child.process.recycle_at ? child.process.recycle_at : child.process.deadline;
}

}  // namespace server
