#include "core/server/daemon/daemon_process.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <utility>

#include "core/base/memory.h"
#include "core/base/system/log.h"
#include "core/server/daemon/become.h"

namespace server {
namespace {

// A tick costs two context switches, so it comes a little rarer than "long" would ask for.
constexpr timespec kTick{0, 500'000};
// While stopping: how often we look whether the last request has ended.
constexpr timespec kStopTick{0, 20'000'000};
// How long a process that was told to stop may take (mod_wsgi's shutdown-timeout).
constexpr unsigned kShutdownSeconds = 5;

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

base::Result<> serve(ipc::Channel& control, ipc::DaemonSetup setup, const base::Result<>& may_run) {
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
    DaemonProcess process(std::move(setup), control, std::move(table));
    process.set_logs(std::move(logs));
    return process.run(stop_signal);
}

}  // namespace

int run_daemon_process(base::Fd control, const base::Result<>& may_run) {
    // Until the setup message brings a log; what was inherited has no descriptor here.
    base::set_main_log(base::log_to_standard_error(base::LogLevel::kWarn));
    ipc::Channel channel(std::move(control));
    auto setup = receive_setup(channel);
    const std::string name =
        setup ? fmt::format("process {} of group '{}'", setup->process_index, setup->process_group)
              : "daemon process";
    const auto served = std::move(setup).and_then([&](ipc::DaemonSetup&& its_setup) {
        return serve(channel, std::move(its_setup), may_run);
    });
    if (!served) {
        base::main_log().write(
            base::LogLevel::kCrit, {}, name + " cannot serve: " + served.error().what
        );
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}

DaemonProcess::DaemonProcess(ipc::DaemonSetup setup, ipc::Channel& control, ipc::RequestTable table)
    : setup_(std::move(setup)),
      control_(control),
      table_(std::move(table)),
      losses_(*base::main_log().pipe()) {}

DaemonProcess::~DaemonProcess() {
    if (pool_) {
        pool_->stop();
    }
}

void DaemonProcess::set_logs(std::vector<std::shared_ptr<base::Log>> logs) {
    logs_ = std::move(logs);
    for (const ipc::DaemonSetup::Host& host : setup_.hosts) {
        host_logs_.push_back(logs_.at(host.log).get());
    }
}

const base::Log* DaemonProcess::log_of(std::uint32_t host) const {
    const auto& hosts = setup_.hosts;
    const auto found = std::ranges::lower_bound(hosts, host, {}, &ipc::DaemonSetup::Host::index);
    return found != hosts.end() && found->index == host
               ? host_logs_[static_cast<std::size_t>(found - hosts.begin())]
               : nullptr;
}

base::Result<> DaemonProcess::open_descriptors() {
    epoll_ = base::Fd(::epoll_create1(EPOLL_CLOEXEC));
    interrupt_ = base::Fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    watch_ = base::Fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    // No link: this is how lead() knows its interruption.
    epoll_event event{.events = EPOLLIN, .data = {.ptr = nullptr}};
    if (!watch_.is_open() ||
        ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, interrupt_.get(), &event) != 0) {
        return base::fail_errno("cannot make the descriptors of a daemon process", errno);
    }
    return {};
}

base::Result<> DaemonProcess::start_python() {
    interp::Settings settings;
    settings.process_group = setup_.process_group;
    settings.python_home = setup_.python_home;
    settings.home = setup_.home;
    settings.python_path = setup_.python_path;
    settings.threads = static_cast<int>(setup_.threads);
    settings.stack_size = setup_.stack_size;
    settings.processes = static_cast<int>(setup_.processes);
    settings.is_multiprocess = setup_.is_multiprocess;
    settings.server_software = setup_.server_software;
    settings.script_owner = {
        static_cast<interp::ScriptOwner::Kind>(setup_.script_owner.kind),
        setup_.script_owner.id,
        setup_.script_owner.option};
    for (ipc::DaemonSetup::Host& host : setup_.hosts) {
        settings.hosts.push_back({host.index, std::move(host.environ)});
    }
    runtime_ = TRY(interp::Runtime::create(std::move(settings)));
    for (const ipc::DaemonSetup::Preload& preload : setup_.preloads) {
        if (!runtime_->preload(
                preload.script_filename, preload.application_group, preload.checks_owner
            )) {
            return base::fail(
                base::Fault::kApplication, preload.script_filename + " cannot be served"
            );
        }
    }
    pool_ = std::make_unique<interp::ThreadPool>(
        *runtime_, *this, interp::PoolLimits{static_cast<int>(setup_.threads), setup_.stack_size}
    );
    return pool_->start();
}

base::Result<> DaemonProcess::run(StopSignal& stop_signal) {
    // Before the allocators and the threads take what they will keep.
    base::bound_libc_memory();
    if (!base::keep_memory_reserve()) {
        return base::fail_errno("there is no room for what a daemon process needs", ENOMEM);
    }
    TRY(open_descriptors());
    TRY(start_python());
    // Only now: from here on the supervisor counts how long it has served. There is nothing else to
    // do, so this may wait.
    control_.outbox().frame(ipc::FrameType::kReady, 0, 0, {});
    TRY(control_.flush_all());
    // Links may have come together with the setup message.
    if (on_control()) {
        listen_to_supervisor(stop_signal);
    }
    base::main_log().info("Stopping process '{}'.", setup_.process_group);
    // If an application's thread or atexit function never returns.
    end_within(kShutdownSeconds);
    // The pool first, for its threads use Python and the links; then what they have said last; then
    // Python, on the thread that has started it, which is its main one.
    pool_->stop();
    flush();
    pool_.reset();
    runtime_.reset();
    base::main_log().info("Exiting daemon process '{}'.", setup_.process_group);
    return {};
}

// --- The main thread

void DaemonProcess::listen_to_supervisor(StopSignal& stop_signal) {
    enum { kControl, kRoom, kSignal, kWatch, kLosses, kCount };
    std::array<pollfd, kCount> fds{{
        {control_.fd(), POLLIN, 0},
        {-1, POLLOUT, 0},
        {stop_signal.fd(), POLLIN, 0},
        {watch_.get(), POLLIN, 0},
        {-1, 0, 0},
    }};
    // A stop ends when the server processes have closed their links, which each does when it has
    // all its answers: what is asked until then is answered.
    while (!is_stopping_ || has_links()) {
        const auto sent = control_.flush();
        // poll(2) skips what is negative.
        fds[kRoom].fd = sent && !*sent ? control_.outgoing_fd() : -1;
        fds[kLosses] = losses_.wanted();
        const bool is_watching = pool_watch_.is_on();
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
        if (ready > 0 && fds[kWatch].revents != 0) {
            // Somebody has asked for the watch, or a link has closed. The look comes a tick later:
            // most of what is asked for has been done by then.
            eventfd_t count = 0;
            ::eventfd_read(watch_.get(), &count);
        } else if (is_watching) {
            watch_pool();
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
                attach(control_.take_descriptor(), link->server);
            }
            break;
        case ipc::FrameType::kGone:
            if (const auto link = ipc::decode_link(frame.payload)) {
                close_links(link->server);
            }
            break;
        case ipc::FrameType::kStop:
            begin_stop();
            break;
        default:
            break;
    }
}

// A program that an application in that server process has started may hold the other end open: the
// leader is to see an end of stream all the same.
void DaemonProcess::close_links(std::uint32_t server) {
    const std::lock_guard lock(mutex_);
    for (ServerLink& link : links_) {
        link.shut_down(server);
    }
}

void DaemonProcess::attach(base::Fd socket, std::uint32_t server) {
    const std::lock_guard lock(mutex_);
    auto found = std::ranges::find_if(links_, [](ServerLink& link) { return link.is_free(); });
    const int fd = socket.get();
    ServerLink& link = found != links_.end() ? *found : links_.emplace_back(*this);
    // Its first frame goes out before the link is watched. It fits into any new socket, so that
    // nobody asks for room on what epoll does not know yet.
    link.attach(std::move(socket), server);
    epoll_event event{.events = EPOLLIN, .data = {.ptr = &link}};
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) {
        base::main_log().error("cannot watch a connection to a server process: errno {}", errno);
    }
}

void DaemonProcess::begin_stop() {
    if (std::exchange(is_stopping_, true)) {
        return;
    }
    // Before anybody is told: an application that never returns must not keep the process.
    base::main_log().info("Shutdown requested for daemon process '{}'.", setup_.process_group);
    end_within(kShutdownSeconds);
    const std::lock_guard lock(mutex_);
    for (ServerLink& link : links_) {
        link.announce_stop();
    }
}

bool DaemonProcess::has_links() {
    const std::lock_guard lock(mutex_);
    return std::ranges::any_of(links_, [](ServerLink& link) { return !link.is_free(); });
}

void DaemonProcess::watch_pool() {
    // With the main thread's eyes: all threads of the pool may be at work, and then none leads.
    pool_->tick();
    if (wants_room_.exchange(false)) {
        flush();  // with all threads busy, nobody else would see that there is room again
    }
    pool_watch_.end_tick([this] { return pool_->needs_watch() || wants_room_; });
}

// --- Any pool thread

void DaemonProcess::on_watch_needed() noexcept {
    if (pool_watch_.ask()) {
        ::eventfd_write(watch_.get(), 1);
    }
}

void DaemonProcess::flush() noexcept {
    const std::lock_guard lock(mutex_);
    for (ServerLink& link : links_) {
        link.flush();
    }
}

void DaemonProcess::lead() noexcept {
    std::array<epoll_event, 16> events;
    const int count = wait_for_links(events);
    for (int i = 0; i < count; ++i) {
        auto* const link =
            static_cast<ServerLink*>(events.at(static_cast<std::size_t>(i)).data.ptr);
        const std::uint32_t what = events.at(static_cast<std::size_t>(i)).events;
        if (link == nullptr) {
            // Reading takes back all interruptions at once. The queue is looked at when we return.
            eventfd_t times = 0;
            ::eventfd_read(interrupt_.get(), &times);
            continue;
        }
        if ((what & EPOLLOUT) != 0) {
            // First no more of it, then the flush, which asks anew where the socket is full again.
            // The other way round its wish would be lost, as would that of a thread that comes
            // between.
            epoll_event event{.events = EPOLLIN, .data = {.ptr = link}};
            ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, link->fd(), &event);
            link->flush();
        }
        // An error or the end of the stream is read like bytes: receive() finds it.
        if ((what & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0 && !link->receive()) {
            ::eventfd_write(
                watch_.get(), 1
            );  // the main thread may wait for the last link to close
        }
    }
}

// Whoever leads without a thing to read for a while gives back what a crowd has left behind.
int DaemonProcess::wait_for_links(std::span<epoll_event> events) {
    constexpr int kIdleMilliseconds = 3000;
    const auto wait = [&](int milliseconds) {
        return ::epoll_wait(
            epoll_.get(), events.data(), static_cast<int>(events.size()), milliseconds
        );
    };
    if (const int count = wait(kIdleMilliseconds); count != 0) {
        return count;
    }
    base::release_free_memory();
    base::release_libc_memory();
    return wait(-1);
}

void DaemonProcess::interrupt_leader() noexcept { ::eventfd_write(interrupt_.get(), 1); }

void DaemonProcess::watch_for_room(ServerLink& link) {
    epoll_event event{};
    // The wish before the asking: the main thread that is about to sleep looks for it last. Where
    // all threads are in requests nobody leads, and it is its tick that sends what waits.
    wants_room_ = true;
    on_watch_needed();
    event.events = EPOLLIN | EPOLLOUT;
    event.data.ptr = &link;
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, link.fd(), &event);
}

// Closing alone is not enough: a program that an application has started may hold a copy of the
// descriptor.
void DaemonProcess::stop_watching(ServerLink& link) {
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, link.fd(), nullptr);
}

void DaemonProcess::on_started(
    int thread, const interp::Task& task, std::chrono::steady_clock::time_point now
) noexcept {
    table_.begin(thread, task.request.method, task.request.target, now);
}

void DaemonProcess::on_finished(int thread) noexcept { table_.end(thread); }

}  // namespace server
