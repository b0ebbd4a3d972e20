#include "core/server/supervisor/children/lifecycle.h"

#include <algorithm>
#include <utility>

#include "core/base/system/log.h"
#include "ipc/setup.h"
#include "ipc/wire.h"

namespace server {
namespace {

using namespace std::chrono_literals;

// Whoever has not become ready after so long is told of.
constexpr auto kLate = 10s;
// Whoever is stopped more often in that time is not woken again.
constexpr int kStopsMost = 10;
constexpr auto kStopsTime = 10s;

}  // namespace

// --- Running

void Lifecycle::start_what_is_due() {
    if (is_stopping()) {
        return;
    }
    Succession::hand_over(children_, system_.now());
    for (Child& child : children_) {
        if (!is_stopping() && Succession::is_vacant(child) && child.restart.at() <= system_.now()) {
            start(child);
        }
    }
}

void Lifecycle::start(Child& child) {
    const auto started = system_.start(child);
    if (started) {
        child.process.late_at = system_.now() + kLate;
        return;
    }
    child.log->error("{}: {}", child.name(), started.error().what);
    if (child.is_server() && !child.restart.has_settled()) {
        fail_to_start();
    } else {
        back_off(child, false);
    }
}

void Lifecycle::on_frame(Child& child, const ipc::Frame& frame) {
    if (frame.header.type == ipc::FrameType::kReady) {
        on_ready(child);
    } else if (frame.header.type == ipc::FrameType::kStop) {
        // While the server stops it may have the same signal as we, and come later to say so: it
        // still has requests to answer, and ends in its turn.
        if (!is_stopping()) {
            termination_.recycle(child);
        }
    } else if (frame.header.type == ipc::FrameType::kGone && child.is_server()) {
        on_link_lost(frame);
    }
}

void Lifecycle::on_link_lost(const ipc::Frame& frame) {
    const auto link = ipc::decode_link(frame.payload);
    const auto found = std::ranges::find_if(children_, [&link](const Child& other) {
        return link && !other.is_server() && other.group->index == link->group &&
               other.index == link->process;
    });
    // Usually it has died, and we have seen that, or are about to: then it is told who has ended
    // it.
    if (found != children_.end() && found->process.pid != 0 &&
        found->generation == link->generation && !found->process.is_killed) {
        termination_.expect_end(*found, "its link to a server process was broken");
    }
}

// Usually it is about to be reaped. If not, nobody can tell it anything any more.
void Lifecycle::on_closed(Child& child) {
    if (child.process.pid != 0 && !child.process.is_killed) {
        termination_.expect_end(child, "it had closed its way to the supervisor and not ended");
    }
}

void Lifecycle::on_ready(Child& child) {
    child.process.is_ending_python |= child.process.is_ready && child.process.is_told_to_end;
    if (!child.process.is_ready) {
        child.process.is_ready = true;
        child.restart.settle();
        child.process.ready_at = system_.now();
        child.process.late_at.reset();
        shutdown_.on_ready(child);
    }
}

// A link may stay open although its process has died: a program that the application has started
// may hold it.
void Lifecycle::tell_others_of_death(const Child& child) {
    ipc::Link link{0, 0, child.link_number(), 0, 0};
    if (!child.is_server()) {
        link = {child.group->index, child.index, 0, 0, child.generation};
    }
    std::string payload;
    ipc::encode_link(link, payload);
    for (Child& other : children_) {
        if (other.is_server() != child.is_server() && other.process.control.is_open()) {
            other.process.control.outbox().frame(ipc::FrameType::kGone, 0, 0, payload);
        }
    }
}

void Lifecycle::on_died(Child& child, int status) {
    child.log_death(status);
    const ChildProcess ended = std::exchange(child.process, {});
    tell_others_of_death(child);
    if (is_stopping()) {
        tell_servers_of_outage(child);  // nobody takes its place now
    } else if (child.is_reserve) {
        return;  // somebody has taken its place
    } else if (!child.restart.has_settled() && (child.is_server() || gives_up_)) {
        fail_to_start();
    } else if (ended.has_served_for_long(system_.now())) {
        child.restart.at_once(system_.now());
    } else if (child.is_server() && ended.is_ready) {
        child.restart.soon(system_.now());
    } else {
        back_off(child, ended.is_ready);
    }
}

// An application can stop its own process, and whoever has its user: the others in it, or who are
// to be accepted by it, would wait for ever.
void Lifecycle::on_stopped(Child& child, int number) {
    ChildProcess& process = child.process;
    const auto now = system_.now();
    if (now - process.stops_since >= kStopsTime) {
        process.stops = 0;
        process.stops_since = now;
        const std::string served = child.doing();
        child.log->error(
            "{} (pid {}) was stopped by signal {}{}{}; it goes on",
            child.name(),
            process.pid,
            number,
            served.empty() ? "" : " while serving ",
            served
        );
    }
    if (++process.stops > kStopsMost) {
        termination_.kill(child, "it was stopped again and again");
    } else {
        termination_.wake(child);
    }
}

// Nothing was ever served: better to say so than to try for ever.
void Lifecycle::fail_to_start() {
    has_failed_ = true;
    begin_stop();
}

void Lifecycle::back_off(Child& child, bool was_ready) {
    // A request waits as long for a process that will be there.
    constexpr auto kWorthWaiting = 1s;
    const auto wait = child.restart.put_off(system_.now(), was_ready);
    if (wait > 0ms) {
        child.log->error(
            "{} {}; the next attempt follows in {} ms",
            child.name(),
            was_ready ? "has ended soon after its start" : "did not start",
            wait.count()
        );
    }
    if (!was_ready || wait >= kWorthWaiting) {
        tell_servers_of_outage(child);
    }
}

void Lifecycle::tell_servers_of_outage(const Child& child) {
    const bool has_other = std::ranges::any_of(children_, [&child](const Child& other) {
        return other.group == child.group && other.process.is_ready && other.process.pid != 0;
    });
    if (child.is_server() || has_other) {
        return;
    }
    std::string payload;
    ipc::WireWriter(payload).number(child.group->index);
    for (Child& other : children_) {
        if (other.is_server() && other.process.control.is_open()) {
            other.process.control.outbox().frame(ipc::FrameType::kGroupDown, 0, 0, payload);
        }
    }
}

// --- Time

void Lifecycle::enforce() {
    termination_.recycle_what_is_due();
    shutdown_.proceed();
    tell_late_starts();
    if (termination_.enforce(is_stopping())) {
        has_failed_ = true;
    }
}

std::optional<Lifecycle::Clock::time_point> Lifecycle::next() const {
    std::optional<Clock::time_point> next;
    const auto consider = [&next](Clock::time_point at) { next = next ? std::min(*next, at) : at; };
    if (const auto at = shutdown_.next()) {
        consider(*at);
    }
    for (const Child& child : children_) {
        if (Succession::is_vacant(child) && !is_stopping()) {
            consider(child.restart.at());
        }
        if (child.process.late_at && !is_stopping()) {
            consider(*child.process.late_at);
        }
        if (const auto at = Termination::due(child)) {
            consider(*at);
        }
    }
    return next;
}

// What it imports before the first request may hang, and the process says nothing until then.
void Lifecycle::tell_late_starts() {
    for (Child& child : children_) {
        if (child.process.late_at && *child.process.late_at <= system_.now() && !is_stopping()) {
            child.process.late_at.reset();
            child.log->warn(
                "{} (pid {}) is not ready {} s after its start; does what it imports first hang?",
                child.name(),
                child.process.pid,
                std::chrono::seconds(kLate).count()
            );
        }
    }
}

// --- Stopping

void Lifecycle::on_stop_signal() {
    if (is_stopping()) {
        shutdown_.hurry();
    } else {
        begin_stop();
    }
}

void Lifecycle::begin_stop() {
    if (!is_stopping()) {
        system_.on_stopping();
        shutdown_.begin();
    }
}

}  // namespace server
