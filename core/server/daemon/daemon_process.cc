#include "core/server/daemon/daemon_process.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <utility>

#include "core/base/memory.h"
#include "core/base/system/log.h"
#include "core/server/daemon/become.h"
#include "core/server/daemon/daemon_python.h"

namespace server {
namespace {

// A tick costs two context switches, so it comes a little rarer than "long" would ask for.
constexpr timespec kTick{0, 500'000};
// While stopping: how often we look whether the last request has ended.
constexpr timespec kStopTick{0, 20'000'000};

base::Result<std::vector<std::shared_ptr<base::Log>>> take_logs(
    const ipc::DaemonSetup& setup, ipc::Channel& control
) {
    base::Fd fd = control.take_descriptor();
    if (!fd.is_open() || setup.logs.empty()) {
        return base::fail(base::Fault::kServer, "the supervisor sent too few descriptors");
    }
    const auto pipe = std::make_shared<const base::LogPipe>(std::move(fd));
    std::vector<std::shared_ptr<base::Log>> logs;
    for (const base::LogLevel level : setup.logs) {
        const auto number = static_cast<std::uint32_t>(logs.size());
        logs.push_back(std::make_shared<base::Log>(pipe, number, level));
    }
    return logs;
}

base::Result<ipc::DaemonSetup> receive_setup(ipc::Channel& control) {
    const auto first = TRY(control.wait_next());
    if (!first || first->header.type != ipc::FrameType::kSetup) {
        return base::fail(
            base::Fault::kServer, "the supervisor did not say what this process is for"
        );
    }
    return ipc::decode_setup(first->payload);
}

base::Result<> serve_group(
    ipc::Channel& control, ipc::DaemonSetup setup, const base::Result<>& may_run
) {
    // The order counts. The signals first: the supervisor may order a stop from now on. Then the
    // descriptors, in the order in which the launcher has attached them. A log before anything that
    // can fail. Who we are before Python is there, with one thread, and for good: what would have
    // to be undone is not possible later.
    StopSignal stop_signal = TRY(StopSignal::install());
    ipc::RequestTable table = TRY(ipc::RequestTable::attach(control.take_descriptor()));
    control.report_through(control.take_descriptor());
    auto logs = TRY(take_logs(setup, control));
    base::set_main_log(logs.at(0));
    TRY(may_run);
    TRY(become_who_we_are(setup));
    base::main_log().info(
        "Starting daemon process '{}' with uid={}, gid={} and threads={}.",
        setup.process_group,
        ::getuid(),
        ::getgid(),
        setup.threads
    );
    DaemonProcess process(std::move(setup), control, std::move(table), std::move(logs));
    return process.run(stop_signal);
}

}  // namespace

int run_daemon_process(base::Fd control, const base::Result<>& may_run) {
    // Until the setup message brings a log; what was inherited has no descriptor here.
    base::set_main_log(base::log_to_standard_error(base::LogLevel::kWarn));
    // It had to outlive the exec; programs that the application starts have no part in it.
    ::fcntl(control.get(), F_SETFD, FD_CLOEXEC);
    ipc::Channel channel(std::move(control));
    auto setup = receive_setup(channel);
    const std::string name =
        setup ? fmt::format("process {} of group '{}'", setup->process_index, setup->process_group)
              : "daemon process";
    const auto served = std::move(setup).and_then([&](ipc::DaemonSetup&& its_setup) {
        return serve_group(channel, std::move(its_setup), may_run);
    });
    if (!served) {
        base::main_log().write(
            base::LogLevel::kCrit, {}, name + " cannot serve: " + served.error().what
        );
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}

DaemonProcess::DaemonProcess(
    ipc::DaemonSetup setup,
    ipc::Channel& control,
    ipc::RequestTable table,
    std::vector<std::shared_ptr<base::Log>> logs
)
    : setup_(std::move(setup)),
      control_(control),
      table_(std::move(table)),
      logs_(setup_.hosts, logs),
      losses_(*logs.at(0)->pipe()) {}

base::Result<> DaemonProcess::start() {
    // Before the allocators and the threads take what they will keep.
    base::bound_libc_memory();
    if (!base::keep_memory_reserve()) {
        return base::fail_errno("there is no room for what a daemon process needs", ENOMEM);
    }
    TRY(watch_.open());
    TRY(threads_.links().open());
    runtime_ = TRY(start_python(setup_));
    TRY(threads_.start(*runtime_, {static_cast<int>(setup_.threads), setup_.stack_size}));
    // Only now: from here on the supervisor counts how long it has served. There is nothing else to
    // do, so this may wait.
    control_.outbox().frame(ipc::FrameType::kReady, 0, 0, {});
    return control_.flush_all();
}

base::Result<> DaemonProcess::run(StopSignal& stop_signal) {
    TRY(start());
    // Links may have come together with the setup message.
    if (on_control()) {
        listen_to_supervisor(stop_signal);
    }
    base::main_log().info("Stopping process '{}'.", setup_.process_group);
    // If an application's thread or atexit function never returns.
    end_within(kShutdownSeconds);
    // The threads first, which use Python; then Python, on the thread that has started it, which is
    // its main one.
    threads_.stop();
    runtime_.reset();
    base::main_log().info("Exiting daemon process '{}'.", setup_.process_group);
    return {};
}

void DaemonProcess::listen_to_supervisor(StopSignal& stop_signal) {
    enum { kControl, kRoom, kSignal, kWatch, kLosses, kImports, kUnread, kCount };
    std::array<pollfd, kCount> fds{{
        {control_.fd(), POLLIN, 0},
        {-1, POLLOUT, 0},
        {stop_signal.fd(), POLLIN, 0},
        {watch_.fd(), POLLIN, 0},
        {-1, 0, 0},
        {runtime_->late_imports_fd(), POLLIN, 0},
        {-1, POLLIN, 0},
    }};
    // A stop ends when the server processes have closed their links, which each does when it has
    // all its answers: what is asked until then is answered.
    while (!is_stopping_ || threads_.links().has_any()) {
        const auto sent = control_.flush();
        // poll(2) skips what is negative.
        fds[kRoom].fd = sent && !*sent ? control_.outgoing_fd() : -1;
        fds[kLosses] = losses_.wanted();
        const bool is_watching = watch_.is_on();
        fds[kUnread].fd = is_watching ? -1 : threads_.unread_fd();
        const timespec* const longest = is_watching ? &kTick : is_stopping_ ? &kStopTick : nullptr;
        const int ready = ::ppoll(fds.data(), fds.size(), longest, nullptr);
        if (ready > 0 && fds[kControl].revents != 0) {
            const auto received = control_.receive();
            if (!received || *received == ipc::Channel::Received::kClosed || !on_control()) {
                return;  // the supervisor has gone
            }
        }
        if (ready > 0 && fds[kSignal].revents != 0) {
            if (stop_signal.take()) {
                control_.outbox().frame(ipc::FrameType::kStop, 0, 0, {});
            }
        }
        if (ready > 0 && fds[kLosses].revents != 0) {
            losses_.on_ready();
        }
        if (ready > 0 && fds[kImports].revents != 0) {
            runtime_->tell_late_imports();
        }
        if (ready > 0 && fds[kUnread].revents != 0) {
            watch_.ask();
        }
        if (ready > 0 && fds[kWatch].revents != 0) {
            // Somebody has asked for the watch, or a link has closed. The look comes a tick later:
            // most of what is asked for has been done by then.
            watch_.on_woken();
        } else if (is_watching) {
            threads_.tick();
        }
    }
}

// False: the supervisor has broken the protocol.
bool DaemonProcess::on_control() {
    const auto read = control_.take_each([this](const ipc::Frame& frame) { on_frame(frame); });
    if (!read) {
        base::main_log().error("leaving: {}", read.error().what);
    }
    return read.has_value();
}

void DaemonProcess::on_frame(const ipc::Frame& frame) {
    switch (frame.header.type) {
        case ipc::FrameType::kLink:
            if (const auto link = ipc::decode_link(frame.payload)) {
                threads_.links().attach(control_.take_descriptor(), link->server);
            }
            break;
        case ipc::FrameType::kGone:
            if (const auto link = ipc::decode_link(frame.payload)) {
                threads_.links().shut_down(link->server);
            }
            break;
        case ipc::FrameType::kStop:
            begin_stop();
            break;
        default:
            break;
    }
}

void DaemonProcess::begin_stop() {
    if (std::exchange(is_stopping_, true)) {
        return;
    }
    // Before anybody is told: an application that never returns must not keep the process.
    base::main_log().info("Shutdown requested for daemon process '{}'.", setup_.process_group);
    end_within(kShutdownSeconds);
    threads_.links().announce_stop();
}

}  // namespace server
