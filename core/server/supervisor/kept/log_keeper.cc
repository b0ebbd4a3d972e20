#include "core/server/supervisor/kept/log_keeper.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <tuple>
#include <utility>

#include "core/server/logs/file_size_limit.h"
#include "ipc/spawn.h"

namespace server {
namespace {

using namespace std::chrono_literals;

// More than it takes to drain (log_writer.cc).
constexpr int kFinishMilliseconds = 3000;
constexpr auto kPause = 1s;
// Where the kernel allows it: so that what a loop says at once fits.
constexpr int kPipeBytes = 256 * 1024;

base::Result<std::pair<base::Fd, base::Fd>> make_pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) {
        return base::fail_errno("cannot make a pipe for logs", errno);
    }
    return std::pair{base::Fd(ends[0]), base::Fd(ends[1])};
}

void enlarge(const base::Fd& pipe) { ::fcntl(pipe.get(), F_SETPIPE_SZ, kPipeBytes); }

}  // namespace

base::Result<> LogKeeper::open(const OpenLogs& logs) {
    auto [read, write] = TRY(make_pipe());
    logs_ = &logs;
    own_ = std::move(read);
    enlarge(write);
    logs.pipe().use(std::move(write));
    return {};
}

base::Result<> LogKeeper::add(std::vector<std::uint32_t> logs) {
    Source& source = sources_.emplace_back();
    std::tie(source.lines.read, source.lines.write) = TRY(make_pipe());
    std::tie(source.words.read, source.words.write) = TRY(make_pipe());
    enlarge(source.lines.write);
    source.logs = std::move(logs);
    return {};
}

base::Result<> LogKeeper::start(const ipc::Identity& identity) {
    identity_ = identity;
    void* const shared = ::mmap(
        nullptr,
        sizeof(std::atomic<pid_t>) * (sources_.size() + 1),
        PROT_READ | PROT_WRITE,
        MAP_SHARED | MAP_ANONYMOUS,
        -1,
        0
    );
    if (shared == MAP_FAILED) {
        return base::fail_errno("cannot share memory with the process that writes the logs", errno);
    }
    pids_ = static_cast<std::atomic<pid_t>*>(shared);
    return spawn();
}

LogKeeper::Ends LogKeeper::ends(std::size_t child) const {
    const Source& source = sources_.at(child);
    return {source.lines.write.get(), source.words.write.get(), pids_ + child};
}

base::Result<> LogKeeper::spawn() {
    std::vector<int> kept = logs_->fds();
    kept.push_back(own_.get());
    for (const Source& source : sources_) {
        kept.push_back(source.lines.read.get());
        kept.push_back(source.words.read.get());
    }
    started_ = Clock::now();
    pid_ = TRY(ipc::spawn(kept, [this]() -> int { run(); }));
    return {};
}

void LogKeeper::run() const {
    // It goes when the supervisor has gone, and when it has written what was said until then.
    ::prctl(PR_SET_NAME, "hoopsnake-logs");
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGXFSZ}) {
        ::signal(number, SIG_IGN);
    }
    // Where that cannot be, no other process can either, and somebody has to write that down.
    [[maybe_unused]] const base::Result<> became = ipc::become(identity_);
    ::prctl(PR_SET_PDEATHSIG, 0);
    std::vector<LogSource> sources;
    sources.push_back({own_.get(), -1, {}, nullptr});
    for (std::size_t i = 0; i < sources_.size(); ++i) {
        const Source& source = sources_[i];
        sources.push_back({source.lines.read.get(), source.words.read.get(), source.logs, pids_ + i}
        );
    }
    LogWriter writer(std::move(sources));
    for (const OpenLogs::Target& target : logs_->targets()) {
        writer.add_log(target.fd.get(), target.path.empty() ? "standard error" : target.path);
    }
    writer.run();
}

void LogKeeper::on_died(pid_t pid, int status) {
    if (pid != pid_) {
        return;
    }
    pid_ = 0;
    due_ = Clock::now() - started_ < kPause ? Clock::now() + kPause : Clock::now();
    base::main_log().error(
        "the process that writes the logs (pid {}) has ended{}",
        pid,
        WIFEXITED(status) && WEXITSTATUS(status) == FileSizeLimit::kExitCode
            ? ": another process of its user had limited the size of its files (prlimit); what it "
              "could not write is lost"
            : ""
    );
}

void LogKeeper::on_stopped(pid_t pid) {
    if (pid != pid_) {
        return;
    }
    ::kill(pid, SIGCONT);
    if (Clock::now() - told_stopped_ >= kPause) {
        told_stopped_ = Clock::now();
        base::main_log().warn(
            "a signal had stopped the process that writes the logs (pid {}); it goes on", pid
        );
    }
}

std::optional<LogKeeper::Clock::time_point> LogKeeper::due() const {
    return pid_ == 0 && own_.is_open() ? std::optional(due_) : std::nullopt;
}

void LogKeeper::start_if_due() {
    if (pid_ != 0 || !own_.is_open() || Clock::now() < due_) {
        return;
    }
    if (!spawn()) {
        due_ = Clock::now() + kPause;
    }
}

void LogKeeper::finish() {
    if (logs_ == nullptr) {
        return;
    }
    logs_->pipe().close();
    own_.reset();
    if (const pid_t pid = std::exchange(pid_, 0); pid != 0) {
        ::kill(pid, SIGCONT);  // somebody may have stopped it
        const base::Fd process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
        pollfd waiting{process.get(), POLLIN, 0};
        if (!process.is_open() || ::poll(&waiting, 1, kFinishMilliseconds) != 1) {
            ::kill(pid, SIGKILL);  // and no waiting: a disk may hold it
        }
        ::waitpid(pid, nullptr, WNOHANG);
    }
}

}  // namespace server
