#include "core/server/dispatch/server_process.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>

#include "core/base/forked_child.h"
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/server/process/host_environ.h"
#include "core/server/process/reach.h"
#include "ipc/setup.h"
#include "ipc/spawn.h"
#include "ipc/wire.h"

namespace server {
namespace {

base::Result<> serve(const ServerSetup& setup, base::Fd control_fd, ipc::RequestTable& table) {
    const StopSignal stop_signal = TRY(StopSignal::install());
    ipc::Channel control(std::move(control_fd));
    base::set_main_log(setup.logs.error_log(0));
    const pid_t supervisor = ::getppid();
    TRY(ipc::become(setup.identity));
    ipc::die_with_parent(supervisor);  // changing the user has undone it
    ServerProcess process(setup, control, table);
    return process.run(stop_signal);
}

}  // namespace

int run_server_process(const ServerSetup& setup, base::Fd control, ipc::RequestTable& table) {
    if (const auto served = serve(setup, std::move(control), table); !served) {
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
    : setup_(setup), control_(control), table_(table), served_(setup.config, setup.logs) {}

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
    settings.server_software = served_.server_software;
    for (const std::uint32_t host : hosts) {
        settings.hosts.push_back({host, constant_environ(config, host)});
    }
    pool_ = TRY(EmbeddedPool::create(std::move(settings), table_));
    for (const Reach::Preload& preload : reach.preloads_of("")) {
        pool_->preload(preload.script_filename, preload.application_group);
    }
    return {};
}

base::Result<> ServerProcess::start_loops() {
    finished_ = base::Fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!finished_.is_open()) {
        return base::fail_errno("eventfd", errno);
    }
    for (int i = 0; i < setup_.loops; ++i) {
        loops_.push_back(TRY(LoopThread::create(served_, setup_.endpoints, pool_.get())));
        loops_.back()->groups().on_link_lost([this](const ipc::Link& link) { report_lost(link); });
        if (pool_) {
            pool_->add_inbox(loops_.back()->inbox());
        }
    }
    // The loops have duplicates, which they close when they drain: what still waits in the backlog
    // is refused then. The owner of the originals has stayed behind in the supervisor's copy of
    // this process.
    for (const Endpoint& endpoint : setup_.endpoints) {
        base::forget_own_descriptor(endpoint.fd);
        ::close(endpoint.fd);
    }
    if (setup_.index == 0) {
        base::main_log().notice("{} event loop(s) on {}", setup_.loops, loops_.front()->io());
    }
    loops_running_ = setup_.loops;
    for (const auto& loop : loops_) {
        threads_.emplace_back([this, &loop] {
            loop->run();
            if (--loops_running_ == 0) {
                ::eventfd_write(finished_.get(), 1);
            }
        });
    }
    return {};
}

base::Result<> ServerProcess::run(const StopSignal& stop_signal) {
    base::keep_memory_reserve();
    TRY(start_python());
    TRY(start_loops());
    control_.outbox().frame(ipc::FrameType::kReady, 0, 0, {});
    TRY(control_.flush_all());
    base::release_free_memory();
    base::release_program_pages();
    listen_to_supervisor(stop_signal);
    for (std::thread& thread : threads_) {
        thread.join();
    }
    if (pool_) {
        pool_->stop();
    }
    return {};
}

void ServerProcess::listen_to_supervisor(const StopSignal& stop_signal) {
    enum { kControl, kSignal, kFinished, kCount };
    std::array<pollfd, kCount> fds{{
        {control_.fd(), POLLIN, 0},
        {stop_signal.fd(), POLLIN, 0},
        {finished_.get(), POLLIN, 0},
    }};
    while (fds[kFinished].revents == 0) {
        if (::poll(fds.data(), fds.size(), -1) < 0) {
            continue;
        }
        if (fds[kControl].revents != 0) {
            const auto received = control_.receive();
            if (!received || *received == ipc::Channel::Received::kClosed || !on_control()) {
                fds[kControl].fd = -1;  // the supervisor has gone; so shall we
                drain();
            }
        }
        if (fds[kSignal].revents != 0) {
            fds[kSignal].fd = -1;
            drain();
        }
    }
}

bool ServerProcess::on_control() {
    for (;;) {
        const auto frame = control_.next();
        if (!frame) {
            base::main_log().error("leaving: {}", frame.error().what);
            return false;
        }
        if (!*frame) {
            return true;
        }
        switch ((*frame)->header.type) {
            case ipc::FrameType::kLink:
                on_link(**frame);
                break;
            case ipc::FrameType::kGone:
                if (const auto link = ipc::decode_link((*frame)->payload)) {
                    for (const auto& loop : loops_) {
                        loop->groups().close_links(*link);
                    }
                }
                break;
            case ipc::FrameType::kGroupDown: {
                ipc::WireReader reader((*frame)->payload);
                const auto group = reader.number<std::uint32_t>();
                for (const auto& loop : loops_) {
                    loop->groups().refuse(group);
                }
                break;
            }
            case ipc::FrameType::kStop:
                drain();
                break;
            default:
                break;
        }
    }
}

void ServerProcess::on_link(const ipc::Frame& frame) {
    base::Fd socket = control_.take_descriptor();
    const auto link = ipc::decode_link(frame.payload);
    if (link && link->loop < loops_.size()) {
        loops_[link->loop]->groups().add_link(std::move(socket), *link);
    }
}

// Any loop.
void ServerProcess::report_lost(const ipc::Link& link) {
    std::string payload;
    ipc::encode_link(link, payload);
    const std::lock_guard lock(mutex_);
    control_.outbox().frame(ipc::FrameType::kGone, 0, 0, payload);
    [[maybe_unused]] const auto sent =
        control_.flush_all();  // on an error the main thread sees it, too
}

void ServerProcess::drain() {
    for (const auto& loop : loops_) {
        loop->drain();
    }
}

}  // namespace server
