#include "core/server/loops/server_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <utility>

#include "core/base/memory.h"
#include "core/base/system/forked_child.h"
#include "core/base/system/log.h"
#include "core/base/system/lost_descriptor.h"
#include "core/server/loops/watch/rounds.h"
#include "core/server/process/host_environ.h"
#include "core/server/process/reach.h"
#include "core/server/served/descriptors.h"
#include "ipc/setup.h"
#include "ipc/spawn.h"
#include "ipc/wire.h"

namespace server {
namespace {

base::Result<> serve_clients(
    const ServerSetup& setup, ipc::Channel& control, ipc::RequestTable& table
) {
    StopSignal stop_signal = TRY(StopSignal::install());
    base::set_main_log(setup.logs.error_log(0));
    const pid_t supervisor = ::getppid();
    TRY(ipc::become(setup.identity));
    ipc::die_with_parent(supervisor);  // changing the user has undone it
    ServerProcess process(setup, control, table);
    return process.run(stop_signal);
}

}  // namespace

int run_server_process(const ServerSetup& setup, ipc::Channel control, ipc::RequestTable& table) {
    if (const auto served = serve_clients(setup, control, table); !served) {
        base::main_log().write(
            base::LogLevel::kCrit, {}, "server process cannot serve: " + served.error().what
        );
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}

ServerProcess::ServerProcess(
    const ServerSetup& setup, ipc::Channel& control, ipc::RequestTable& table
)
    : setup_(setup),
      control_(control),
      table_(table),
      served_(std::make_shared<const Served>(setup.config, setup.logs)),
      supervisor_(::getppid()),
      losses_(setup.logs.pipe()),
      loops_({served_, reports_, watch_, pulse_}) {}

base::Result<> ServerProcess::start_python() {
    const config::Config& config = setup_.config;
    const Reach reach(config);
    const std::vector<std::uint32_t> hosts = reach.embedded_hosts();
    if (hosts.empty()) {
        return {};  // a process that never runs Python stays small
    }
    interp::Settings settings;
    settings.python_home = config.python_home;
    settings.python_path = config.python_path;
    settings.threads = config.embedded_threads;
    settings.processes = config.server_processes;
    settings.is_multiprocess = config.server_processes > 1;
    settings.server_software = served_->server_software;
    for (const std::uint32_t host : hosts) {
        settings.hosts.push_back({host, constant_environ(config, host)});
    }
    // A module is all that such a server is for (`hoopsnake serve`), and says now what is
    // wrong with it. Files are loaded when everybody else is served.
    const std::vector<Reach::Preload> imports = reach.preloads_of("");
    const auto is_file = [](const Reach::Preload& preload) {
        return preload.script_filename.starts_with('/');
    };
    for (const Reach::Preload& preload : imports) {
        if (is_file(preload)) {
            settings.early_imports.push_back({preload.script_filename, preload.application_group});
        }
    }
    settings.import_patience = served_->hosts.front().timeout;
    pool_ = TRY(EmbeddedPool::create(std::move(settings), table_));
    for (const Reach::Preload& preload : imports) {
        if (!is_file(preload) &&
            !pool_->runtime().preload(preload.script_filename, preload.application_group, false)) {
            return base::fail(
                base::Fault::kApplication, preload.script_filename + " cannot be served"
            );
        }
    }
    return pool_->pool().start();  // a first thread now: without any, requests would wait for ever
}

base::Result<> ServerProcess::start_loops(const StopSignal& stop_signal) {
    TRY(reports_.open());
    watch_descriptors(stop_signal);
    TRY(loops_.make(setup_.loops, setup_.endpoints, pool_.get()));
    // The loops have duplicates, which they close when they drain: what still waits in the backlog
    // is refused then. The owner of the originals has stayed behind in the supervisor's copy of
    // this process.
    for (const Endpoint& endpoint : setup_.endpoints) {
        base::forget_own_descriptor(endpoint.fd);
        ::close(endpoint.fd);
    }
    if (setup_.index == 0) {
        base::main_log().notice("{} event loop(s) on {}", setup_.loops, loops_.io());
    }
    TRY(check_descriptors());
    return loops_.start();
}

// What the main thread, the supervisor's word and the logs depend on; each loop has its own.
void ServerProcess::watch_descriptors(const StopSignal& stop_signal) {
    for (const int fd : {control_.fd(), control_.outgoing_fd(), setup_.logs.pipe().fd()}) {
        watch_.add(fd);
    }
    watch_.add(stop_signal.bell());
    watch_.add(reports_.bell());
    if (losses_.bell() != nullptr) {
        watch_.add(*losses_.bell());
    }
}

// A listener that takes no connection for want of descriptors would leave its clients hanging.
base::Result<> ServerProcess::check_descriptors() const {
    constexpr int kConnectionsMin = 4;
    const base::Fd probe(::fcntl(reports_.fd(), F_DUPFD_CLOEXEC, 0));
    if (!probe.is_open()) {
        return base::fail_errno("no descriptor is left for connections", errno);
    }
    if (probe.get() + kConnectionsMin > highest_for_connections()) {
        return base::fail_errno("too few descriptors are left for connections", EMFILE);
    }
    return {};
}

base::Result<> ServerProcess::run(StopSignal& stop_signal) {
    base::bound_libc_memory();
    if (!base::keep_memory_reserve()) {
        return base::fail_errno("there is no room for what a server process needs", ENOMEM);
    }
    TRY(start_python());
    TRY(start_loops(stop_signal));
    control_.outbox().frame(ipc::FrameType::kReady, 0, 0, {});
    // Before anything of an application runs: its death is not to be taken for that of a server
    // that cannot start.
    if (const auto told = control_.flush_all(); told && pool_) {
        pool_->begin_imports(setup_.left_out);
    }
    base::release_free_memory();
    base::release_program_pages();
    listen_to_supervisor(stop_signal);
    // Every request has been answered. What is left may be an application's thread that never
    // returns; whoever waits for us is to know that it is no client.
    control_.outbox().frame(ipc::FrameType::kReady, 0, 0, {});
    [[maybe_unused]] const auto told = control_.flush();
    end_within(kShutdownSeconds);
    loops_.join();
    if (pool_) {
        pool_->stop();
    }
    return {};
}

void ServerProcess::listen_to_supervisor(StopSignal& stop_signal) {
    enum { kControl, kRoom, kSignal, kReports, kLosses, kImports, kCount };
    std::array<pollfd, kCount> fds{{
        {control_.fd(), POLLIN, 0},
        {-1, POLLOUT, 0},
        {stop_signal.fd(), POLLIN, 0},
        {reports_.fd(), POLLIN, 0},
        {-1, 0, 0},
        {pool_ ? pool_->runtime().late_imports_fd() : -1, POLLIN, 0},
    }};
    // Who runs no applications has nobody in it who could hold up a loop.
    constexpr int kMilliseconds = std::chrono::milliseconds(Rounds::kEvery).count();
    const int longest = pool_ ? kMilliseconds : -1;
    Rounds rounds(pulse_, Rounds::Clock::now());
    while (reports_.has_loops()) {
        const auto sent = control_.flush();
        fds[kRoom].fd = sent && !*sent ? control_.outgoing_fd() : -1;
        fds[kLosses] = losses_.wanted();
        const int ready = ::poll(fds.data(), fds.size(), longest);
        if (pool_ && !rounds.make_if_due(Rounds::Clock::now())) {
            // The supervisor says why; a line of our own might need what the loop waits for.
            ::_exit(base::kStoppedLoopCode);
        }
        if (pool_) {
            pool_->tidy();
        }
        if (ready < 0) {
            continue;
        }
        if (fds[kControl].revents != 0) {
            const auto received = control_.receive();
            if (!received || *received == ipc::Channel::Received::kClosed || !on_control()) {
                look_for_supervisor();
                fds[kControl].fd = -1;  // the supervisor has gone; so shall we
                loops_.drain();
            }
        }
        if (fds[kSignal].revents != 0 && stop_signal.take()) {
            control_.outbox().frame(ipc::FrameType::kStop, 0, 0, {});
        }
        if (fds[kReports].revents != 0) {
            tell_supervisor();
        }
        if (fds[kLosses].revents != 0) {
            losses_.on_ready();
        }
        if (fds[kImports].revents != 0) {
            pool_->runtime().tell_late_imports();
        }
    }
}

// Nobody but an application in this process cuts it off from a supervisor that lives.
void ServerProcess::look_for_supervisor() const {
    watch_.look_at_descriptors();
    if (::getppid() == supervisor_) {
        base::end_for_lost_descriptor();
    }
}

bool ServerProcess::on_control() {
    const auto read = control_.take_each([this](const ipc::Frame& frame) { on_frame(frame); });
    if (!read) {
        base::main_log().error("leaving: {}", read.error().what);
    }
    return read.has_value();
}

void ServerProcess::on_frame(const ipc::Frame& frame) {
    switch (frame.header.type) {
        case ipc::FrameType::kLink:
            on_link(frame);
            break;
        case ipc::FrameType::kGone:
            if (const auto link = ipc::decode_link(frame.payload)) {
                loops_.tell_groups([link = *link](DaemonGroups& groups) {
                    groups.close_links(link);
                });
            }
            break;
        case ipc::FrameType::kGroupDown: {
            ipc::WireReader reader(frame.payload);
            const auto group = reader.number<std::uint32_t>();
            if (ipc::finished(reader, "the supervisor")) {
                loops_.tell_groups([group](DaemonGroups& groups) { groups.refuse(group); });
            }
            break;
        }
        case ipc::FrameType::kListener:
            on_listener(frame);
            break;
        case ipc::FrameType::kStop:
            loops_.drain();
            break;
        default:
            break;
    }
}

void ServerProcess::on_link(const ipc::Frame& frame) {
    base::Fd socket = control_.take_descriptor();
    const auto link = ipc::decode_link(frame.payload);
    if (link && !socket.is_open()) {
        // There was no place for it in our table: a link that nobody has would keep its group
        // waiting for good. As lost it is replaced.
        base::main_log().error("no descriptor was free for a link to a daemon process");
        reports_.add_lost(*link);
        return;
    }
    if (link) {
        loops_.add_link(*link, std::move(socket));
    }
}

void ServerProcess::on_listener(const ipc::Frame& frame) {
    const base::Fd socket = control_.take_descriptor();
    ipc::WireReader reader(frame.payload);
    NewListener listener;
    listener.endpoint = reader.number<std::uint32_t>();
    listener.is_retired = reader.boolean();
    listener.state = ListenerState(std::string(reader.text()));
    if (const auto read = ipc::finished(reader, "the supervisor"); !read) {
        base::main_log().error("{}, about a new listening socket", read.error().what);
        return;
    }
    if (!loops_.add_listener(listener, socket)) {
        base::main_log().error(
            "no descriptor was free for a new listening socket; the process asks to be replaced"
        );
        ::kill(::getpid(), SIGTERM);
    }
}

void ServerProcess::tell_supervisor() {
    if (reports_.take_spoilt_listener()) {
        control_.outbox().frame(ipc::FrameType::kListener, 0, 0, {});
    }
    for (const ipc::Link& link : reports_.take_lost()) {
        std::string payload;
        ipc::encode_link(link, payload);
        control_.outbox().frame(ipc::FrameType::kGone, 0, 0, payload);
    }
}

}  // namespace server
