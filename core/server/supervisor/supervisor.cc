#include "core/server/supervisor/supervisor.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
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

// How long running requests may take once we were told to stop; then Python's own end.
constexpr auto kDrainTime = 30s;
constexpr auto kShutdownTime = 6s;
constexpr rlim_t kDescriptorsWanted = 1024;

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

Supervisor::~Supervisor() {
    if (!config_.pid_file.empty() && is_announced_) {
        ::unlink(config_.pid_file.c_str());
    }
}

base::Result<> Supervisor::open() {
    logs_ = TRY(OpenLogs::open(config_));
    base::set_main_log(logs_.error_log(0));
    for (const std::string& warning : config_.warnings) {
        base::main_log().warn("{}", warning);
    }
    raise_descriptor_limit();
    children_ = TRY(make_children(config_, logs_));
    endpoints_ = TRY(Endpoints::open(config_.listeners));

    sigset_t watched;
    sigemptyset(&watched);
    for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGCHLD}) {
        sigaddset(&watched, number);
    }
    ::sigprocmask(SIG_BLOCK, &watched, nullptr);
    ::signal(SIGPIPE, SIG_IGN);
    signals_ = base::Fd(::signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!signals_.is_open()) {
        return base::fail_errno("signalfd", errno);
    }
    if (!config_.pid_file.empty()) {
        const base::Fd file(
            ::open(config_.pid_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)
        );
        const std::string text = std::to_string(::getpid()) + "\n";
        if (!file.is_open() || ::write(file.get(), text.data(), text.size()) < 0) {
            return base::fail_errno("cannot write PidFile " + config_.pid_file, errno);
        }
    }
    return {};
}

void Supervisor::start_what_is_due() {
    if (stopping_ != Stopping::kNo) {
        return;
    }
    const auto now = Clock::now();
    for (Child& child : children_) {
        if (child.pid == 0 && child.start_at <= now) {
            if (const auto started = launcher_.start(child, children_); !started) {
                child.log->error("{}: {}", child.name(), started.error().what);
                back_off(child);
            }
        }
    }
}

// --- Running -------------------------------------------------------------------------------------

int Supervisor::run() {
    while (stopping_ == Stopping::kNo || has_running(true) || has_running(false)) {
        start_what_is_due();
        announce_when_ready();
        wait_for_events();
        continue_stop();
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
            fds.push_back(
                {child.control.fd(), static_cast<short>(waits ? POLLIN | POLLOUT : POLLIN), 0}
            );
            owners.push_back(&child);
        }
    }
    const auto longest = time_to_next();
    const int ready =
        ::poll(fds.data(), fds.size(), longest ? static_cast<int>(longest->count()) : -1);
    if (ready <= 0) {
        return;
    }
    for (std::size_t i = 1; i < fds.size(); ++i) {
        if ((fds[i].revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
            on_control(*owners[i]);
        }
    }
    if (fds[0].revents != 0) {
        on_signals();
    }
}

std::optional<std::chrono::milliseconds> Supervisor::time_to_next() const {
    std::optional<Clock::time_point> next;
    if (stopping_ != Stopping::kNo) {
        next = stop_deadline_;
    } else {
        for (const Child& child : children_) {
            if (child.pid == 0 && (!next || child.start_at < *next)) {
                next = child.start_at;
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
    for (;;) {
        const auto frame = child.control.next();
        if (!frame) {
            child.log->error("{}: {}; it is replaced", child.name(), frame.error().what);
            child.control.close();
            ::kill(child.pid, SIGKILL);
            return;
        }
        if (!*frame) {
            return;
        }
        on_frame(child, **frame);
    }
}

void Supervisor::on_frame(Child& child, const ipc::Frame& frame) {
    if (frame.header.type == ipc::FrameType::kReady) {
        child.is_ready = child.has_settled = true;
        child.failures = 0;
    } else if (frame.header.type == ipc::FrameType::kGone && child.is_server()) {
        const auto link = ipc::decode_link(frame.payload);
        const auto found = std::ranges::find_if(children_, [&link](const Child& other) {
            return link && !other.is_server() && other.group->index == link->group &&
                   other.index == link->process;
        });
        // Usually it has died, and we have seen that, or are about to.
        if (found != children_.end() && found->pid != 0 && found->generation == link->generation) {
            ::kill(found->pid, SIGKILL);
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

void Supervisor::on_signals() {
    signalfd_siginfo info;
    while (::read(signals_.get(), &info, sizeof info) == sizeof info) {
        switch (info.ssi_signo) {
            case SIGTERM:
            case SIGINT:
                begin_stop();
                break;
            case SIGHUP:
                base::main_log().warn(
                    "a running server cannot take a changed configuration yet; restart it"
                );
                break;
            default:
                break;
        }
    }
    reap();
}

void Supervisor::reap() {
    int status = 0;
    for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
        const auto found = std::ranges::find(children_, pid, &Child::pid);
        if (found != children_.end()) {
            on_died(*found, status);
        }
    }
}

void Supervisor::on_died(Child& child, int status) {
    child.log_death(status);
    child.pid = 0;
    child.control.close();
    child.control = ipc::Channel();
    tell_others_of_death(child);
    if (stopping_ != Stopping::kNo) {
        return;
    }
    if (child.is_ready) {
        child.start_at = Clock::now();
        return;
    }
    if (child.is_server() && !child.has_settled) {
        has_failed_ = true;  // nothing was ever served: better to say so than to try for ever
        begin_stop();
        return;
    }
    back_off(child);
}

void Supervisor::back_off(Child& child) {
    const auto wait = child.put_off();
    child.log->error(
        "{} did not start; the next attempt follows in {} ms", child.name(), wait.count()
    );
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

void Supervisor::announce_when_ready() {
    const bool all_settled = std::ranges::all_of(children_, &Child::has_settled);
    if (is_announced_ || !all_settled || stopping_ != Stopping::kNo) {
        return;
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
            fmt::print(stdout, "Serving on http://{} (press Ctrl-C to stop)\n", text_of(endpoint));
        }
        std::fflush(stdout);
    }
    notify_systemd("READY=1");
    base::release_program_pages();  // from here on we wait
    base::main_log().notice("{} is serving, pid {}", server_software(), ::getpid());
}

// --- Stopping ------------------------------------------------------------------------------------

void Supervisor::begin_stop() {
    if (stopping_ != Stopping::kNo) {
        kill_all();  // asked twice: at once
        return;
    }
    stopping_ = Stopping::kServers;
    stop_deadline_ = Clock::now() + kDrainTime;
    notify_systemd("STOPPING=1");
    // The sockets close with the last server process: what waits in the backlog is refused, not
    // left hanging.
    endpoints_.sockets.clear();
    for (Child& child : children_) {
        if (child.is_server() && child.control.is_open()) {
            child.control.outbox().frame(ipc::FrameType::kStop, 0, 0, {});
        }
    }
}

void Supervisor::continue_stop() {
    if (stopping_ == Stopping::kServers && !has_running(true)) {
        stopping_ = Stopping::kDaemons;
        stop_deadline_ = Clock::now() + kShutdownTime;
        for (Child& child : children_) {
            if (child.control.is_open()) {
                child.control.outbox().frame(ipc::FrameType::kStop, 0, 0, {});
            }
        }
    }
    if (stopping_ != Stopping::kNo && Clock::now() >= stop_deadline_) {
        base::main_log().warn("stopping takes too long; what still runs is killed");
        kill_all();
    }
}

void Supervisor::kill_all() {
    for (const Child& child : children_) {
        if (child.pid != 0) {
            ::kill(child.pid, SIGKILL);
        }
    }
    stop_deadline_ = Clock::now() + kShutdownTime;
}

bool Supervisor::has_running(bool servers) const {
    return std::ranges::any_of(children_, [servers](const Child& child) {
        return child.pid != 0 && child.is_server() == servers;
    });
}

}  // namespace server
