#include "core/server/supervisor/children/shutdown.h"

#include <algorithm>

#include "core/base/system/log.h"
#include "core/server/process/signals.h"

namespace server {

void Shutdown::begin() {
    step_ = Step::kServers;
    began_ = system_.now();
    tell_at_ = began_ + kTellOfStopAfter;
    for (Child& child : children_) {
        child.process.recycle_at.reset();
        if (child.process.pid != 0 && child.is_server()) {
            termination_.order(
                child, child.process.is_ready ? Termination::kDrainTime : Termination::kShutdownTime
            );
        } else if (child.process.pid != 0) {
            termination_.wake(child);
            if (!child.process.is_ready) {
                child.process.deadline = began_ + Termination::kShutdownTime;
            }
        }
    }
}

void Shutdown::hurry() {
    if (system_.now() - began_ < kSameSignal) {
        return;
    }
    base::main_log().warn("told to stop a second time; what still runs is killed");
    for (Child& child : children_) {
        if (child.process.pid != 0) {
            termination_.kill(child, "the server was told to stop a second time");
        }
    }
}

// It may serve what waits for it, while others finish what they have.
void Shutdown::on_ready(Child& child) const {
    if (step_ == Step::kServers && !child.is_server() && !child.process.is_killed) {
        child.process.deadline.reset();
    }
}

void Shutdown::proceed() {
    if (step_ == Step::kServers && !has_running(true)) {
        step_ = Step::kDaemons;
        for (Child& child : children_) {
            if (child.process.pid != 0) {
                termination_.order(child, Termination::kShutdownTime);
            }
        }
    }
    if (is_on() && system_.now() >= tell_at_) {
        tell_at_ = system_.now() + kTellOfStopEvery;
        tell_what_holds_up();
    }
}

std::optional<Shutdown::Clock::time_point> Shutdown::next() const {
    return is_on() ? std::optional(tell_at_) : std::nullopt;
}

bool Shutdown::is_over() const { return is_on() && !has_running(true) && !has_running(false); }

void Shutdown::tell_what_holds_up() const {
    for (const Child& child : children_) {
        const std::string doing = child.process.pid != 0 ? child.doing() : std::string();
        if (!doing.empty()) {
            child.log->warn(
                "stopping waits for {} (pid {}), which serves {}",
                child.name(),
                child.process.pid,
                doing
            );
        } else if (child.process.pid != 0 && child.process.deadline) {
            child.log->warn(
                "stopping waits for {} (pid {}){}",
                child.name(),
                child.process.pid,
                !child.process.is_ready ? ", which is not ready yet"
                : child.is_server() && !child.process.is_ending_python
                    ? ", which has clients to answer"
                    : ", which ends its Python"
            );
        }
    }
}

bool Shutdown::has_running(bool servers) const {
    return std::ranges::any_of(children_, [servers](const Child& child) {
        return child.process.pid != 0 && child.is_server() == servers;
    });
}

}  // namespace server
