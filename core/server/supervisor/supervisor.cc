#include "core/server/supervisor/supervisor.h"

#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <string>

#include "core/base/memory.h"
#include "core/base/system/log.h"
#include "core/server/process/signals.h"
#include "core/server/process/systemd.h"
#include "core/server/supervisor/descriptor_need.h"

namespace server {
namespace {

using namespace std::chrono_literals;

constexpr rlim_t kDescriptorsWanted = 1024;

// Every connection is a descriptor: we take as many as we are allowed to.
void raise_descriptor_limit(const config::Config& config) {
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
    if (const auto missing = DescriptorNeed::of(config).beyond(limit.rlim_cur); !missing.empty()) {
        base::main_log().warn("{}", missing);
    }
}

// Docker's --cap-drop and systemd's CapabilityBoundingSet= take it from root.
bool has_capability(unsigned capability) {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> sets{};
    return ::syscall(SYS_capget, &header, sets.data()) != 0 ||
           (sets[CAP_TO_INDEX(capability)].effective & CAP_TO_MASK(capability)) != 0;
}

void warn_of_whom_nobody_can_end(const std::vector<Child>& children) {
    const bool become_others = std::ranges::any_of(children, [](const Child& child) {
        return child.identity.changes && child.identity.uid != 0;
    });
    if (become_others && !has_capability(CAP_KILL)) {
        base::main_log().warn(
            "root may not send signals to processes of other users here (CAP_KILL is missing): one "
            "of the server's that hangs cannot be ended, and is left behind at a stop"
        );
    }
}

// poll(2). Where somebody has lowered RLIMIT_NOFILE of this process below the number of those that
// it waits for, that is refused; then the first is waited for alone, and all are looked at.
int wait_for(std::vector<pollfd>& fds, int milliseconds) {
    constexpr int kBetweenLooks = 100;
    const int ready = ::poll(fds.data(), fds.size(), milliseconds);
    if (ready >= 0 || errno != EINVAL) {
        return ready;
    }
    ::poll(fds.data(), 1, milliseconds < 0 ? kBetweenLooks : std::min(milliseconds, kBetweenLooks));
    for (pollfd& fd : fds) {
        fd.revents = fd.events;
    }
    return static_cast<int>(fds.size());
}

// An error says where its directive stands.
base::Result<> placed(const config::Place& place, base::Result<> done) {
    if (!done) {
        done.error().what = place.text() + ": " + done.error().what;
    }
    return done;
}

}  // namespace

Supervisor::Supervisor(const config::Config& config, SupervisorOptions options)
    : config_(config),
      listening_(children_),
      imports_(config),
      launcher_(config, logs_, listening_.endpoints(), imports_),
      linker_(children_, *this),
      lifecycle_(children_, *this, options.announces),
      announcement_(options) {}

base::Result<> Supervisor::open() {
    // First: whoever is told to stop from here on removes what it has made.
    TRY(watch_signals());
    if (!config_.pid_file.empty()) {
        TRY(placed(config_.pid_file_place, pid_file_.claim(config_, served_groups(config_))));
    }
    TRY(open_logs());
    for (const std::string& warning : config_.warnings) {
        base::main_log().warn("{}", warning);
    }
    TRY(listening_.open(config_.listeners));
    return placed(config_.pid_file_place, pid_file_.write());
}

// The process that writes the logs is the first, so that the others have somebody to tell.
base::Result<> Supervisor::open_logs() {
    raise_descriptor_limit(config_);
    logs_ = TRY(OpenLogs::open(config_, served_groups(config_)));
    TRY(log_keeper_.open(logs_));
    base::set_main_log(logs_.error_log(0));
    children_ = TRY(make_children(config_, logs_));
    warn_of_whom_nobody_can_end(children_);
    for (const Child& child : children_) {
        TRY(log_keeper_.add(launcher_.log_numbers_of(child)));
    }
    TRY(log_keeper_.start(children_.front().identity));
    for (std::size_t i = 0; i < children_.size(); ++i) {
        children_[i].log_ends = log_keeper_.ends(i);
    }
    return {};
}

// --- Running -------------------------------------------------------------------------------------

int Supervisor::run() {
    announcement_.begin(now());
    on_signals();  // before anybody is started for nothing
    while (!lifecycle_.is_over()) {
        log_keeper_.start_if_due();
        if (!lifecycle_.is_stopping()) {
            listening_.renew(now());
        }
        lifecycle_.start_what_is_due();
        linker_.proceed(now());
        announce_if_due();
        if (lifecycle_.is_over()) {
            break;  // the first could not even be forked
        }
        wait_for_events();
        lifecycle_.enforce();
    }
    notify_systemd("STOPPING=1");
    return lifecycle_.has_failed() ? EXIT_FAILURE : EXIT_SUCCESS;
}

base::Result<> Supervisor::start(Child& child) {
    TRY(launcher_.start(child));
    linker_.want(child);
    linker_.proceed(now());
    if (child.is_server()) {
        listening_.hand_retired(child);
    }
    return {};
}

int Supervisor::signal(const Child& child, int number) {
    return ::kill(child.process.pid, number) == 0 ? 0 : errno;
}

void Supervisor::on_stopping() {
    notify_systemd("STOPPING=1");
    listening_.announce_end();
}

void Supervisor::wait_for_events() {
    std::vector<pollfd> fds{{signals_.get(), POLLIN, 0}};
    std::vector<Child*> owners{nullptr};
    for (Child& child : children_) {
        if (child.process.control.is_open()) {
            // What fits is sent at once; the rest when there is room. A child that never reads
            // costs memory of its own setup only.
            const auto sent = child.process.control.flush();
            const bool waits = sent && !*sent;
            fds.push_back({child.process.control.fd(), POLLIN, 0});
            owners.push_back(&child);
            if (waits) {
                fds.push_back({child.process.control.outgoing_fd(), POLLOUT, 0});
                owners.push_back(&child);
            }
        }
    }
    const auto longest = time_to_next();
    const int ready = wait_for(fds, longest ? static_cast<int>(longest->count()) : -1);
    if (ready <= 0) {
        return;
    }
    for (std::size_t i = 1; i < fds.size(); ++i) {
        if (fds[i].events == POLLIN && fds[i].revents != 0 &&
            owners[i]->process.control.is_open()) {
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
    if (const auto at = lifecycle_.next()) {
        consider(*at);
    }
    if (const auto at = linker_.next()) {
        consider(*at);
    }
    if (const auto at = listening_.next(); at && !lifecycle_.is_stopping()) {
        consider(*at);
    }
    if (const auto at = announcement_.next(now()); at && !lifecycle_.is_stopping()) {
        consider(*at);
    }
    if (!next) {
        return std::nullopt;
    }
    return std::max(0ms, std::chrono::ceil<std::chrono::milliseconds>(*next - Clock::now()));
}

void Supervisor::on_control(Child& child) {
    const auto received = child.process.control.receive();
    if (!received || *received == ipc::Channel::Received::kClosed) {
        child.process.control.close();
        lifecycle_.on_closed(child);
        return;
    }
    const auto read =
        child.process.control.take_each([&](const ipc::Frame& frame) { hear(child, frame); });
    if (!read) {
        child.log->error("{}: {}; it is replaced", child.name(), read.error().what);
        lifecycle_.on_broken(child);  // first: seeing it closed, the process would end by itself
        child.process.control.close();
    }
}

void Supervisor::hear(Child& child, const ipc::Frame& frame) {
    if (frame.header.type == ipc::FrameType::kListener && child.is_server()) {
        listening_.ask();
    } else {
        lifecycle_.on_frame(child, frame);
    }
}

void Supervisor::on_died(Child& child, int status) {
    // What it has said before counts: that it was ready, above all. Nothing is to be done to it any
    // more, whatever else it has said, and how.
    if (const auto received = child.process.control.receive();
        received && *received == ipc::Channel::Received::kSome) {
        [[maybe_unused]] const auto read =
            child.process.control.take_each([&](const ipc::Frame& frame) { hear(child, frame); });
    }
    if (child.is_server()) {
        listening_.ask();  // it may have ended before it could say so
    }
    linker_.forget(child);
    const bool is_own_doing = child.is_server() && !lifecycle_.is_stopping();
    const bool has_served_for_long = child.process.has_served_for_long(now());
    lifecycle_.on_died(child, status);
    if (is_own_doing) {
        imports_.on_died(child.table, has_served_for_long, now());
    }
}

void Supervisor::reap() {
    int status = 0;
    for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0;) {
        const auto found =
            std::ranges::find(children_, pid, [](const Child& child) { return child.process.pid; });
        if (WIFSTOPPED(status) && found != children_.end()) {
            lifecycle_.on_stopped(*found, WSTOPSIG(status));
        } else if (WIFSTOPPED(status)) {
            log_keeper_.on_stopped(pid);
        } else if (found != children_.end()) {
            on_died(*found, status);
        } else {
            log_keeper_.on_died(pid, status);
        }
    }
    listening_.end_if_nobody_serves();
}

void Supervisor::announce_if_due() {
    if (!lifecycle_.is_stopping() && announcement_.is_due(children_, now())) {
        announcement_.make(listening_.endpoints().endpoints);
        base::release_program_pages();  // from here on we wait
    }
}

// --- Signals

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
            lifecycle_.on_stop_signal();
        } else if (number != SIGCHLD) {
            base::main_log().warn("{}", without_effect(number, Receiver::kSupervisor));
        }
    }
    reap();
}

}  // namespace server
