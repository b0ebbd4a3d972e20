#include "core/server/supervisor/supervisor.h"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/server/process/systemd.h"
#include "ipc/setup.h"
#include "ipc/wire.h"

namespace server {
namespace {

using namespace std::chrono_literals;

constexpr rlim_t kDescriptorsWanted = 1024;
// A signal to many processes reaches one after the other. A child that has one waits so long for
// the supervisor's own.
constexpr auto kWhoElse = 500ms;
// How long the announcement that the server serves waits for daemon processes.
constexpr auto kSettleTime = 10s;

// Every connection is a descriptor: we take as many as we are allowed to.
void raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return;
    }
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur < kDescriptorsWanted) {
        base::main_log().warn(
            "only {} open files are allowed, which is the most connections that can be served; "
            "raise LimitNOFILE or ulimit -n",
            limit.rlim_cur
        );
    }
}

}  // namespace

Supervisor::Supervisor(const config::Config& config, SupervisorOptions options)
    : config_(config), options_(options), launcher_(config, logs_, endpoints_) {}

base::Result<> Supervisor::open() {
    if (!config_.pid_file.empty()) {
        const auto claimed = pid_file_.claim(config_.pid_file, served_groups(config_));
        if (!claimed) {
            return base::fail(
                claimed.error().fault, config_.pid_file_place.text() + ": " + claimed.error().what
            );
        }
    }
    TRY(open_logs());
    for (const std::string& warning : config_.warnings) {
        base::main_log().warn("{}", warning);
    }
    endpoints_ = TRY(Endpoints::open(config_.listeners));

    TRY(watch_signals());
    return pid_file_.write();
}

// The process that writes the logs is the first, so that the others have somebody to tell.
base::Result<> Supervisor::open_logs() {
    raise_descriptor_limit();
    logs_ = TRY(OpenLogs::open(config_, served_groups(config_)));
    TRY(log_keeper_.open(logs_));
    base::set_main_log(logs_.error_log(0));
    children_ = TRY(make_children(config_, logs_));
    for (const Child& child : children_) {
        TRY(log_keeper_.add(launcher_.log_numbers_of(child)));
    }
    TRY(log_keeper_.start(children_.front().identity));
    for (std::size_t i = 0; i < children_.size(); ++i) {
        children_[i].log_ends = log_keeper_.ends(i);
    }
    return {};
}

void Supervisor::start_what_is_due() {
    log_keeper_.start_if_due();
    if (stopping_ != Stopping::kNo) {
        return;
    }
    const auto now = Clock::now();
    for (Child& child : children_) {
        if (child.pid == 0 && child.start_at <= now) {
            if (const auto started = launcher_.start(child, children_); !started) {
                child.log->error("{}: {}", child.name(), started.error().what);
                if (child.is_server() && !child.has_settled) {
                    fail_to_start();
                    return;
                }
                back_off(child);
            }
        }
    }
}

// --- Running -------------------------------------------------------------------------------------

int Supervisor::run() {
    started_at_ = Clock::now();
    while (stopping_ == Stopping::kNo || has_running(true) || has_running(false)) {
        start_what_is_due();
        announce_when_ready();
        if (has_failed_ && !has_running(true) && !has_running(false)) {
            break;  // the first could not even be forked
        }
        wait_for_events();
        recycle_what_is_due();
        continue_stop();
        enforce_deadlines();
    }
    notify_systemd("STOPPING=1");
    return has_failed_ ? EXIT_FAILURE : EXIT_SUCCESS;
}

void Supervisor::wait_for_events() {
    std::vector<pollfd> fds{{signals_.get(), POLLIN, 0}};
    std::vector<Child*> owners{nullptr};
    for (Child& child : children_) {
        if (child.control.is_open()) {
            // What fits is sent at once; the rest when there is room. A child that never reads
            // costs memory of its own setup only.
            const auto sent = child.control.flush();
            const bool waits = sent && !*sent;
            fds.push_back({child.control.fd(), POLLIN, 0});
            owners.push_back(&child);
            if (waits) {
                fds.push_back({child.control.outgoing_fd(), POLLOUT, 0});
                owners.push_back(&child);
            }
        }
    }
    const auto longest = time_to_next();
    const int ready =
        ::poll(fds.data(), fds.size(), longest ? static_cast<int>(longest->count()) : -1);
    if (ready <= 0) {
        return;
    }
    for (std::size_t i = 1; i < fds.size(); ++i) {
        if (fds[i].events == POLLIN && fds[i].revents != 0 && owners[i]->control.is_open()) {
            on_control(*owners[i]);
        }
    }
    if (fds[0].revents != 0) {
        on_signals();
    }
}

std::optional<std::chrono::milliseconds> Supervisor::time_to_next() const {
    std::optional<Clock::time_point> next;
    const auto consider = [&next](Clock::time_point at) { next = next ? std::min(*next, at) : at; };
    if (const auto at = log_keeper_.due()) {
        consider(*at);
    }
    if (stopping_ != Stopping::kNo) {
        consider(tell_at_);
    } else if (!is_announced_ && !is_settling_over()) {
        consider(started_at_ + kSettleTime);  // later on, whoever is waited for wakes us
    }
    for (const Child& child : children_) {
        if (child.pid == 0 && stopping_ == Stopping::kNo) {
            consider(child.start_at);
        }
        for (const auto& at : {child.recycle_at, child.deadline}) {
            if (at) {
                consider(*at);
            }
        }
    }
    if (!next) {
        return std::nullopt;
    }
    return std::max(0ms, std::chrono::ceil<std::chrono::milliseconds>(*next - Clock::now()));
}

void Supervisor::on_control(Child& child) {
    const auto received = child.control.receive();
    if (!received || *received == ipc::Channel::Received::kClosed) {
        child.control.close();  // it is about to be reaped
        return;
    }
    const auto read =
        child.control.take_each([&](const ipc::Frame& frame) { on_frame(child, frame); });
    if (!read) {
        child.log->error("{}: {}; it is replaced", child.name(), read.error().what);
        child.control.close();
        kill(child);
    }
}

void Supervisor::on_frame(Child& child, const ipc::Frame& frame) {
    if (frame.header.type == ipc::FrameType::kReady) {
        on_ready(child);
    } else if (frame.header.type == ipc::FrameType::kStop && !child.recycle_at) {
        child.recycle_at = Clock::now() + kWhoElse;
    } else if (frame.header.type == ipc::FrameType::kGone && child.is_server()) {
        const auto link = ipc::decode_link(frame.payload);
        const auto found = std::ranges::find_if(children_, [&link](const Child& other) {
            return link && !other.is_server() && other.group->index == link->group &&
                   other.index == link->process;
        });
        // Usually it has died, and we have seen that, or are about to.
        if (found != children_.end() && found->pid != 0 && found->generation == link->generation) {
            kill(*found);
        }
    }
}

void Supervisor::on_ready(Child& child) {
    if (!child.is_ready) {
        child.is_ready = child.has_settled = true;
        child.ready_at = Clock::now();
        // It may serve what waits for it, while others finish what they have.
        if (stopping_ == Stopping::kServers && !child.is_server() && !child.is_killed) {
            child.deadline.reset();
        }
    }
}

// A link may stay open although its process has died: a program that the application has started
// may hold it.
void Supervisor::tell_others_of_death(const Child& child) {
    ipc::Link link{0, 0, child.index, 0, 0};
    if (!child.is_server()) {
        link = {child.group->index, child.index, 0, 0, child.generation};
    }
    std::string payload;
    ipc::encode_link(link, payload);
    for (Child& other : children_) {
        if (other.is_server() != child.is_server() && other.control.is_open()) {
            other.control.outbox().frame(ipc::FrameType::kGone, 0, 0, payload);
        }
    }
}

void Supervisor::reap() {
    int status = 0;
    for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
        const auto found = std::ranges::find(children_, pid, &Child::pid);
        if (found != children_.end()) {
            on_died(*found, status);
        } else {
            log_keeper_.on_died(pid);
        }
    }
}

void Supervisor::on_died(Child& child, int status) {
    child.log_death(status);
    child.pid = 0;
    child.control = ipc::Channel();
    child.recycle_at.reset();
    child.deadline.reset();
    child.is_killed = false;
    tell_others_of_death(child);
    if (stopping_ != Stopping::kNo) {
        tell_servers_of_outage(child);  // nobody takes its place now
    } else if (!child.has_settled && (child.is_server() || options_.announces)) {
        fail_to_start();
    } else if (child.has_served_for_long()) {
        child.start_again_at_once();
    } else {
        back_off(child);
    }
}

// Nothing was ever served: better to say so than to try for ever.
void Supervisor::fail_to_start() {
    has_failed_ = true;
    begin_stop();
}

void Supervisor::back_off(Child& child) {
    // A request waits as long for a process that will be there.
    constexpr auto kWorthWaiting = 1s;
    const auto wait = child.put_off();
    if (wait > 0ms) {
        child.log->error(
            "{} {}; the next attempt follows in {} ms",
            child.name(),
            child.is_ready ? "has ended soon after its start" : "did not start",
            wait.count()
        );
    }
    if (!child.is_ready || wait >= kWorthWaiting) {
        tell_servers_of_outage(child);
    }
}

void Supervisor::tell_servers_of_outage(const Child& child) {
    const bool has_other = std::ranges::any_of(children_, [&child](const Child& other) {
        return other.group == child.group && other.is_ready && other.pid != 0;
    });
    if (child.is_server() || has_other) {
        return;
    }
    std::string payload;
    ipc::WireWriter(payload).number(child.group->index);
    for (Child& other : children_) {
        if (other.is_server() && other.control.is_open()) {
            other.control.outbox().frame(ipc::FrameType::kGroupDown, 0, 0, payload);
        }
    }
}

// --- Readiness -----------------------------------------------------------------------------------

bool Supervisor::is_settling_over() const { return Clock::now() >= started_at_ + kSettleTime; }

void Supervisor::announce_when_ready() {
    if (is_announced_ || stopping_ != Stopping::kNo) {
        return;
    }
    // An application that takes long to load holds up its own group, and not what systemd thinks of
    // the whole server.
    const bool is_over = is_settling_over();
    for (const Child& child : children_) {
        if (!child.has_settled && (child.is_server() || !is_over)) {
            return;
        }
    }
    for (const Child& child : children_) {
        if (!child.has_settled) {
            child.log->warn("{} is not ready yet; the others serve", child.name());
        }
    }
    is_announced_ = true;
    announce();
}

void Supervisor::announce() {
    std::string lines;
    for (const Endpoint& endpoint : endpoints_.endpoints) {
        lines += text_of(endpoint) + "\n";
    }
    if (options_.ready_fd >= 0) {
        const base::Fd fd(options_.ready_fd);
        [[maybe_unused]] const auto written = ::write(fd.get(), lines.data(), lines.size());
    }
    if (options_.announces) {
        for (const Endpoint& endpoint : endpoints_.endpoints) {
            const std::string line =
                fmt::format("Serving on http://{} (press Ctrl-C to stop)\n", text_of(endpoint));
            std::fwrite(line.data(), 1, line.size(), stdout);
        }
        std::fflush(stdout);
    }
    notify_systemd("READY=1");
    base::release_program_pages();  // from here on we wait
    base::main_log().notice("{} is serving, pid {}", server_software(), ::getpid());
}

}  // namespace server
