#include "core/server/supervisor/launcher.h"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <string>
#include <utility>

#include "core/base/process/process_environment.h"
#include "core/base/system/forked_child.h"
#include "core/base/system/log.h"
#include "core/server/daemon/daemon_process.h"
#include "core/server/loops/server_process.h"
#include "core/server/process/group_environment.h"
#include "core/server/process/host_environ.h"
#include "core/server/process/sibling.h"
#include "core/server/supervisor/script_owner.h"
#include "ipc/spawn.h"
#include "ipc/wire.h"

namespace server {
namespace {

constexpr int kLoopsMost = 4;

int cores() {
    cpu_set_t set;
    CPU_ZERO(&set);
    return ::sched_getaffinity(0, sizeof set, &set) == 0 ? std::max(1, CPU_COUNT(&set)) : 1;
}

// Of who asks for them.
void tell_buffer_sizes(const Child& daemon, const ipc::SocketPair& link) {
    const config::DaemonGroup& group = *daemon.group;
    if (daemon.restart.has_failed() ||
        (group.send_buffer_size == 0 && group.receive_buffer_size == 0)) {
        return;
    }
    const ipc::BufferSizes granted = ipc::granted_buffer_sizes(link.first.get());
    daemon.log->info(
        "group '{}': send-buffer-size={} receive-buffer-size={}: the kernel granted {} and {} "
        "bytes",
        group.name,
        group.send_buffer_size,
        group.receive_buffer_size,
        granted.send,
        granted.receive
    );
}

}  // namespace

int event_loops(const config::Config& config) {
    return config.server_threads > 0 ? config.server_threads : std::min(cores(), kLoopsMost);
}

Launcher::Launcher(
    const config::Config& config,
    const OpenLogs& logs,
    const Endpoints& endpoints,
    const ImportRecord& imports
)
    : config_(config),
      logs_(logs),
      endpoints_(endpoints),
      imports_(imports),
      reach_(config),
      loops_(event_loops(config)) {}

base::Result<> Launcher::start(Child& child) const {
    ipc::ControlPair pair = TRY(ipc::make_control_pair());
    // The objects that own what is closed here stay in the child's memory for good, so nobody
    // closes a number that means something else there.
    std::vector<int> kept{pair.socket.get(), child.log_ends.words};
    if (child.is_server()) {
        kept.push_back(pair.reports.get());
        kept.push_back(child.table.fd());
        for (const base::Fd& socket : endpoints_.sockets) {
            kept.push_back(socket.get());
        }
        kept.push_back(child.log_ends.lines);
    }
    child.table.clear();
    ++child.generation;
    child.process.pid = TRY(ipc::spawn(kept, [&] { return run(child, pair, child.table); }));
    *child.log_ends.pid = child.process.pid;
    child.process.control = std::move(pair.parent);
    if (!child.is_server()) {
        send_setup(child, std::move(pair.reports));
    }
    return {};
}

base::Error Launcher::become_daemon(const Child& daemon, int control) const {
    const config::DaemonGroup& group = *daemon.group;
    const auto sibling = sibling_for(python_home_of(group));
    if (!sibling) {
        return sibling.error();
    }
    const std::string title = display_name_of(group);
    return ipc::exec_daemon(
        sibling->value_or(ipc::kThisProgram),
        title.empty() ? ipc::program_name() : title,
        environment_of(group, base::process_variables()),
        control
    );
}

int Launcher::run(const Child& child, ipc::ControlPair& pair, ipc::RequestTable& table) const {
    // What C libraries, a dying Python and programs that applications start have to say.
    // Neither may be what the server was started with: an application could empty that file.
    // They block, as programs expect it of theirs; whoever had them last may have changed that.
    ::fcntl(child.log_ends.words, F_SETFL, ::fcntl(child.log_ends.words, F_GETFL) & ~O_NONBLOCK);
    ::dup2(child.log_ends.words, STDOUT_FILENO);
    ::dup2(child.log_ends.words, STDERR_FILENO);
    if (const base::Fd nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC)); nothing.is_open()) {
        ::dup2(nothing.get(), STDIN_FILENO);
    }
    base::forget_own_descriptor(child.log_ends.words);
    ::close(child.log_ends.words);
    if (child.is_server()) {
        logs_.pipe().use(base::Fd(child.log_ends.lines));
        ipc::Channel control(std::move(pair.socket));
        control.report_through(std::move(pair.reports));
        return run_server_process(
            {config_,
             logs_,
             endpoints_.endpoints,
             child.identity,
             loops_,
             child.index,
             imports_.left_out()},
            std::move(control),
            table
        );
    }
    const base::Error why = become_daemon(child, pair.socket.get());
    return run_daemon_process(std::move(pair.socket), tl::unexpected(why));
}

const std::string& Launcher::python_home_of(const config::DaemonGroup& group) const {
    return group.python_home.empty() ? config_.python_home : group.python_home;
}

ipc::DaemonSetup Launcher::setup_for(const Child& daemon) const {
    const config::DaemonGroup& group = *daemon.group;
    ipc::DaemonSetup setup;
    setup.process_group = group.name;
    setup.process_index = daemon.index;
    setup.identity = daemon.identity;
    setup.display_name = display_name_of(group);
    setup.home = group.home;
    setup.python_home = python_home_of(group);
    setup.python_path = group.python_path;
    setup.threads = static_cast<std::uint32_t>(group.threads);
    setup.stack_size = group.stack_size;
    setup.processes = static_cast<std::uint32_t>(group.processes);
    setup.is_multiprocess = group.processes_given;
    setup.server_software = server_software();
    setup.new_privileges = group.new_privileges;
    setup.script_owner = script_owner_of(group);
    return setup;
}

std::vector<const base::Log*> Launcher::logs_of(const config::DaemonGroup& group) const {
    std::vector<const base::Log*> logs{logs_.error_log(group.host).get()};
    for (const std::uint32_t host : reach_.hosts_of(group)) {
        const base::Log* const log = logs_.error_log(host).get();
        if (std::ranges::find(logs, log) == logs.end()) {
            logs.push_back(log);
        }
    }
    return logs;
}

std::vector<std::uint32_t> Launcher::log_numbers_of(const Child& child) const {
    std::vector<std::uint32_t> numbers;
    if (!child.is_server()) {
        std::ranges::transform(
            logs_of(*child.group), std::back_inserter(numbers), &base::Log::number
        );
    }
    return numbers;
}

void Launcher::send_setup(Child& daemon, base::Fd reports) const {
    const config::DaemonGroup& group = *daemon.group;
    ipc::DaemonSetup setup = setup_for(daemon);
    std::vector<base::Fd> descriptors;
    const auto pass = [&descriptors](int fd) {
        descriptors.emplace_back(::fcntl(fd, F_DUPFD_CLOEXEC, 3));
    };
    pass(daemon.table.fd());
    descriptors.push_back(std::move(reports));
    pass(daemon.log_ends.lines);
    const std::vector<const base::Log*> logs = logs_of(group);
    for (const base::Log* const log : logs) {
        setup.logs.push_back(log->level());
    }
    for (const std::uint32_t host : reach_.hosts_of(group)) {
        const auto found = std::ranges::find(logs, logs_.error_log(host).get());
        setup.hosts.push_back(
            {host,
             static_cast<std::uint32_t>(found - logs.begin()),
             constant_environ(config_, host)}
        );
    }
    for (const Reach::Preload& preload : reach_.preloads_of(group.name)) {
        setup.preloads.push_back(
            {preload.script_filename, preload.application_group, preload.checks_owner}
        );
    }
    std::string payload;
    ipc::encode_setup(setup, payload);
    daemon.process.control.outbox().frame_with(
        ipc::FrameType::kSetup, 0, std::move(descriptors), payload
    );
}

void Launcher::send_listener(
    Child& server, std::size_t endpoint, int socket, const ListenerState& state, bool is_retired
) {
    std::vector<base::Fd> descriptors;
    descriptors.emplace_back(::fcntl(socket, F_DUPFD_CLOEXEC, 3));
    std::string payload;
    {
        ipc::WireWriter writer(payload);
        writer.number(static_cast<std::uint32_t>(endpoint));
        writer.number(static_cast<std::uint8_t>(is_retired));
        writer.text(state.bytes());
    }
    server.process.control.outbox().frame_with(
        ipc::FrameType::kListener, 0, std::move(descriptors), payload
    );
}

base::Result<> Launcher::connect(Child& server, Child& daemon) const {
    const config::DaemonGroup& group = *daemon.group;
    std::vector<ipc::SocketPair> pairs;
    pairs.reserve(static_cast<std::size_t>(loops_));
    for (int loop = 0; loop < loops_; ++loop) {
        pairs.push_back(
            TRY(ipc::make_socket_pair({group.send_buffer_size, group.receive_buffer_size}))
        );
    }
    tell_buffer_sizes(daemon, pairs.front());
    for (std::size_t loop = 0; loop < pairs.size(); ++loop) {
        std::string payload;
        ipc::encode_link(
            {group.index,
             daemon.index,
             server.link_number(),
             static_cast<std::uint32_t>(loop),
             daemon.generation},
            payload
        );
        for (auto& [child, end] :
             {std::pair{&server, &pairs[loop].first}, std::pair{&daemon, &pairs[loop].second}}) {
            std::vector<base::Fd> descriptors;
            descriptors.push_back(std::move(*end));
            child->process.control.outbox().frame_with(
                ipc::FrameType::kLink, 0, std::move(descriptors), payload
            );
        }
    }
    return {};
}

}  // namespace server
