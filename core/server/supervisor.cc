#include "core/server/supervisor.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <utility>

#include "core/base/log.h"
#include "core/server/daemon_process.h"
#include "core/server/sibling.h"
#include "core/server/server_process.h"
#include "ipc/spawn.h"
#include "ipc/wire.h"

namespace server {
namespace {

using namespace std::chrono_literals;

// How long running requests may take once we were told to stop; then Python's own end.
constexpr auto kDrainTime = 30s;
constexpr auto kShutdownTime = 6s;
constexpr auto kBackOffFirst = 250ms;
constexpr auto kBackOffMost = 30s;
constexpr int kLoopsMost = 4;
constexpr rlim_t kDescriptorsWanted = 1024;

int cores() {
    cpu_set_t set;
    CPU_ZERO(&set);
    return ::sched_getaffinity(0, sizeof set, &set) == 0 ? std::max(1, CPU_COUNT(&set)) : 1;
}

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
            "only {} open files are allowed, which is the most connections that can be served; raise LimitNOFILE or "
            "ulimit -n",
            limit.rlim_cur
        );
    }
}

std::string describe_status(int status) {
    if (WIFSIGNALED(status)) {
        const int number = WTERMSIG(status);
        return fmt::format(
            "was killed by signal {} (SIG{}){}", number, ::sigabbrev_np(number),
            WCOREDUMP(status) ? ", core dumped" : ""
        );
    }
    return fmt::format("ended with exit code {}", WEXITSTATUS(status));
}

}  // namespace

void notify_systemd(const std::string& state) {
    const char* const path = ::getenv("NOTIFY_SOCKET");
    if (path == nullptr || (path[0] != '/' && path[0] != '@')) {
        return;
    }
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::size_t size = std::min(std::strlen(path), sizeof address.sun_path - 1);
    std::memcpy(address.sun_path, path, size);
    if (path[0] == '@') {
        address.sun_path[0] = '\0';  // the abstract namespace
    }
    const base::Fd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + size);
    ::sendto(
        socket.get(), state.data(), state.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&address), length
    );
}

Supervisor::Supervisor(const config::Config& config, SupervisorOptions options)
    : config_(config),
      options_(options),
      mount_views_(config),
      loops_(config.server_threads > 0 ? config.server_threads : std::min(cores(), kLoopsMost)) {}

Supervisor::~Supervisor() {
    if (!config_.pid_file.empty() && is_announced_) {
        ::unlink(config_.pid_file.c_str());
    }
}

base::Result<> Supervisor::open() {
    logs_ = TRY(OpenLogs::open(config_));
    raise_descriptor_limit();
    TRY(add_children());
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
        const base::Fd file(::open(config_.pid_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
        const std::string text = std::to_string(::getpid()) + "\n";
        if (!file.is_open() || ::write(file.get(), text.data(), text.size()) < 0) {
            return base::fail_errno("cannot write PidFile " + config_.pid_file, errno);
        }
    }
    return {};
}

base::Result<> Supervisor::add_children() {
    const auto resolve = [](const std::string& user, const std::string& group, const config::Place& place) {
        auto identity = ipc::resolve_identity(user, group);
        if (!identity) {
            identity.error().what = place.text() + ": " + identity.error().what;
        }
        return identity;
    };
    const config::Place& place = config_.user.empty() ? config_.group_place : config_.user_place;
    const ipc::Identity own = TRY(resolve(config_.user, config_.group, place));
    if (::geteuid() == 0 && !own.changes) {
        base::main_log().notice("no User is configured: requests are served as root");
    }
    for (std::uint32_t index = 0; index < static_cast<std::uint32_t>(config_.server_processes); ++index) {
        Child& child = children_.emplace_back();
        child.index = index;
        child.identity = own;
        child.table = TRY(ipc::RequestTable::create(static_cast<std::size_t>(config_.embedded_threads)));
    }
    for (const config::DaemonGroup& group : config_.daemon_groups) {
        const std::string& user = group.user.empty() ? config_.user : group.user;
        const std::string& its_group = group.group.empty() && group.user.empty() ? config_.group : group.group;
        const ipc::Identity identity = TRY(resolve(user, its_group, group.place));
        for (std::uint32_t index = 0; index < static_cast<std::uint32_t>(group.processes); ++index) {
            Child& child = children_.emplace_back();
            child.group = &group;
            child.index = index;
            child.identity = identity;
            child.table = TRY(ipc::RequestTable::create(static_cast<std::size_t>(group.threads)));
        }
    }
    return {};
}

// --- Starting ---------------------------------------------------------------------------------------------------------

base::Result<> Supervisor::start(Child& child) {
    ipc::SocketPair pair = TRY(ipc::make_socket_pair());
    // The main log as well: the object that owns it lives on in the child, and closes its descriptor one day.
    std::vector<int> kept{pair.second.get(), base::main_log().fd()};
    if (child.is_server()) {
        kept.push_back(child.table.fd());
        for (const base::Fd& socket : endpoints_.sockets) {
            kept.push_back(socket.get());
        }
        const std::vector<int> logs = logs_.fds();
        kept.insert(kept.end(), logs.begin(), logs.end());
    }
    child.table.clear();
    child.is_ready = false;
    ++child.generation;
    child.pid = TRY(ipc::spawn(kept, [&] { return run_child(child, std::move(pair.second), child.table); }));
    child.control = ipc::Channel(std::move(pair.first));
    if (!child.is_server()) {
        send_setup(child);
    }
    connect_to_others(child);
    return {};
}

int Supervisor::run_child(const Child& child, base::Fd control, ipc::RequestTable& table) const {
    if (child.is_server()) {
        return run_server_process(
            {config_, logs_, endpoints_.endpoints, child.identity, loops_, child.index}, std::move(control), table
        );
    }
    const std::string home = child.group->python_home.empty() ? config_.python_home : child.group->python_home;
    if (const auto sibling = sibling_for(home)) {
        const base::Error error =
            ipc::exec_sibling(*sibling, display_name_of(*child.group), control.release());
        log_of(child).write(base::LogLevel::kCrit, {}, error.what);
        return EXIT_FAILURE;
    }
    return run_daemon_process(std::move(control));
}

void Supervisor::send_setup(Child& daemon) {
    const config::DaemonGroup& group = *daemon.group;
    ipc::DaemonSetup setup;
    setup.process_group = group.name;
    setup.process_index = daemon.index;
    setup.identity = daemon.identity;
    setup.display_name = display_name_of(group);
    setup.home = group.home;
    setup.python_home = group.python_home.empty() ? config_.python_home : group.python_home;
    setup.python_path = group.python_path;
    setup.threads = static_cast<std::uint32_t>(group.threads);
    setup.stack_size = group.stack_size;
    setup.processes = static_cast<std::uint32_t>(group.processes);
    setup.is_multiprocess = group.processes_given;
    setup.server_software = server_software();

    std::vector<base::Fd> descriptors;
    const auto pass = [&descriptors](int fd) {
        descriptors.emplace_back(::fcntl(fd, F_DUPFD_CLOEXEC, 3));
    };
    pass(daemon.table.fd());
    std::vector<const base::Log*> logs;
    // Only the logs of hosts that may send requests here: a tenant's process never holds another tenant's descriptors.
    const auto log_number = [&](std::uint32_t host) {
        const base::Log* const log = logs_.error_log(host).get();
        const auto found = std::ranges::find(logs, log);
        if (found != logs.end()) {
            return static_cast<std::uint32_t>(found - logs.begin());
        }
        if (descriptors.size() == ipc::kDescriptorsMax) {
            return std::uint32_t{0};
        }
        logs.push_back(log);
        setup.logs.push_back(log->level());
        pass(log->fd());
        return static_cast<std::uint32_t>(logs.size() - 1);
    };
    log_number(group.host);
    const auto& views = mount_views_.all();
    for (std::uint32_t number = 0; number < views.size(); ++number) {
        const MountView& view = views[number];
        if (!may_answer(view, group.name) || !config::may_use(config_, group, view.host)) {
            continue;
        }
        const config::Mount& mount = config_.mounts[view.mount];
        setup.mounts.push_back({number, mount.is_module, log_number(view.host), constant_environ(config_, view)});
        if (view.preloads) {
            setup.preloads.push_back({mount.target, plain_group_name(view.application_group)});
        }
    }
    std::string payload;
    ipc::encode_setup(setup, payload);
    daemon.control.outbox().frame_with(ipc::FrameType::kSetup, 0, std::move(descriptors), payload);
}

void Supervisor::connect_to_others(Child& child) {
    for (Child& other : children_) {
        if (other.pid != 0 && other.is_server() != child.is_server()) {
            connect(child.is_server() ? child : other, child.is_server() ? other : child);
        }
    }
}

void Supervisor::connect(Child& server, Child& daemon) {
    const config::DaemonGroup& group = *daemon.group;
    for (int loop = 0; loop < loops_; ++loop) {
        auto pair = ipc::make_socket_pair({group.send_buffer_size, group.receive_buffer_size});
        if (!pair) {
            log_of(daemon).error("group '{}': {}", group.name, pair.error().what);
            return;
        }
        const ipc::BufferSizes granted = ipc::granted_buffer_sizes(pair->first.get());
        if (loop == 0 && daemon.failures == 0 && (group.send_buffer_size > 0 || group.receive_buffer_size > 0)) {
            log_of(daemon).info(
                "group '{}': send-buffer-size={} receive-buffer-size={}: the kernel granted {} and {} bytes", group.name,
                group.send_buffer_size, group.receive_buffer_size, granted.send, granted.receive
            );
        }
        std::string payload;
        ipc::encode_link({group.index, daemon.index, server.index, static_cast<std::uint32_t>(loop), daemon.generation}, payload);
        for (auto& [child, end] : {std::pair{&server, &pair->first}, std::pair{&daemon, &pair->second}}) {
            std::vector<base::Fd> descriptors;
            descriptors.push_back(std::move(*end));
            child->control.outbox().frame_with(ipc::FrameType::kLink, 0, std::move(descriptors), payload);
        }
    }
}

void Supervisor::start_what_is_due() {
    if (stopping_ != Stopping::kNo) {
        return;
    }
    const auto now = Clock::now();
    for (Child& child : children_) {
        if (child.pid == 0 && child.start_at <= now) {
            if (const auto started = start(child); !started) {
                log_of(child).error("{}: {}", name_of(child), started.error().what);
                back_off(child);
            }
        }
    }
}

// --- Running ----------------------------------------------------------------------------------------------------------

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
            // What fits is sent at once; the rest when there is room. A child that never reads costs memory of its own
            // setup only.
            const auto sent = child.control.flush();
            const bool waits = sent && !*sent;
            fds.push_back({child.control.fd(), static_cast<short>(waits ? POLLIN | POLLOUT : POLLIN), 0});
            owners.push_back(&child);
        }
    }
    const auto longest = time_to_next();
    const int ready = ::poll(fds.data(), fds.size(), longest ? static_cast<int>(longest->count()) : -1);
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
            log_of(child).error("{}: {}; it is replaced", name_of(child), frame.error().what);
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
            return link && !other.is_server() && other.group->index == link->group && other.index == link->process;
        });
        // Usually it has died, and we have seen that, or are about to.
        if (found != children_.end() && found->pid != 0 && found->generation == link->generation) {
            ::kill(found->pid, SIGKILL);
        }
    }
}

// A link may stay open although its process has died: a program that the application has started may hold it.
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
                base::main_log().warn("a running server cannot take a changed configuration yet; restart it");
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
    log_death(child, status);
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
    child.has_settled = true;
    auto wait = std::chrono::duration_cast<std::chrono::milliseconds>(kBackOffMost);
    constexpr int kDoublingsMost = 7;
    if (child.failures < kDoublingsMost) {
        wait = kBackOffFirst * (1 << child.failures);
    }
    ++child.failures;
    child.start_at = Clock::now() + wait;
    log_of(child).error("{} did not start; the next attempt follows in {} ms", name_of(child), wait.count());
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

void Supervisor::log_death(const Child& child, int status) const {
    const bool is_expected = WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS;
    std::string doing;
    for (const ipc::RequestTable::Running& running : child.table.running()) {
        doing += fmt::format(
            "{} {} (thread {}, {} ms)", doing.empty() ? " while serving" : ",", running.request, running.thread,
            running.for_time.count()
        );
    }
    const base::LogLevel level = is_expected && doing.empty() ? base::LogLevel::kInfo : base::LogLevel::kError;
    log_of(child).write(
        level, {}, fmt::format("{} (pid {}) {}{}", name_of(child), child.pid, describe_status(status), doing)
    );
}

std::string Supervisor::name_of(const Child& child) const {
    return child.is_server() ? fmt::format("server process {}", child.index)
                             : fmt::format("process {} of group '{}'", child.index, child.group->name);
}

const base::Log& Supervisor::log_of(const Child& child) const {
    return *logs_.error_log(child.is_server() ? 0 : child.group->host);
}

// --- Readiness --------------------------------------------------------------------------------------------------------

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
            std::printf("Serving on http://%s (press Ctrl-C to stop)\n", text_of(endpoint).c_str());
        }
        std::fflush(stdout);
    }
    notify_systemd("READY=1");
    base::main_log().notice("{} is serving, pid {}", server_software(), ::getpid());
}

// --- Stopping ---------------------------------------------------------------------------------------------------------

void Supervisor::begin_stop() {
    if (stopping_ != Stopping::kNo) {
        kill_all();  // asked twice: at once
        return;
    }
    stopping_ = Stopping::kServers;
    stop_deadline_ = Clock::now() + kDrainTime;
    notify_systemd("STOPPING=1");
    // The sockets close with the last server process: what waits in the backlog is refused, not left hanging.
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
