// Keeps the process that writes the logs (logs/log_writer.h), and both ends of every pipe to it: if
// it dies, what the pipes hold waits for the next one. Supervisor only.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/result.h"
#include "core/base/system/fd.h"
#include "core/server/logs/log_writer.h"
#include "core/server/served/served.h"
#include "ipc/privileges.h"

namespace server {

class LogKeeper {
public:
    using Clock = std::chrono::steady_clock;

    LogKeeper() = default;
    ~LogKeeper() { finish(); }
    LogKeeper(const LogKeeper&) = delete;
    LogKeeper& operator=(const LogKeeper&) = delete;

    // Write ends, for a child; they stay ours. `pid` is to be told once it is known.
    struct Ends {
        int lines = -1;
        int words = -1;
        std::atomic<pid_t>* pid = nullptr;
    };
    // Opens the supervisor's own pipe; what is said from now on is read once start() was called.
    // `logs` outlives it.
    base::Result<> open(const OpenLogs& logs);
    // Then, one for each process that will run, with the numbers of its logs (LogSource::logs).
    base::Result<> add(std::vector<std::uint32_t> logs);
    // Then: the process itself.
    base::Result<> start(const ipc::Identity& identity);
    [[nodiscard]] Ends ends(std::size_t child) const;

    // A process has ended with `status` of waitpid(2); if it was this one, it comes again.
    void on_died(pid_t pid, int status);
    // A process was stopped (SIGSTOP); if it was this one, it goes on: programs that applications
    // start wait for it.
    void on_stopped(pid_t pid);
    [[nodiscard]] std::optional<Clock::time_point> due() const;
    void start_if_due();
    // Waits, but not for long, until everything is written.
    void finish();

private:
    struct Pipe {
        base::Fd read;
        base::Fd write;
    };
    struct Source {
        Pipe lines;
        Pipe words;
        std::vector<std::uint32_t> logs;
    };
    base::Result<> spawn();
    [[noreturn]] void run() const;

    const OpenLogs* logs_ = nullptr;
    ipc::Identity identity_;
    base::Fd own_;                        // read end of the supervisor's pipe
    std::vector<Source> sources_;         // by child
    std::atomic<pid_t>* pids_ = nullptr;  // by child; shared with the process; never unmapped
    pid_t pid_ = 0;                       // 0: not running
    Clock::time_point started_{};
    Clock::time_point due_{};
    Clock::time_point told_stopped_{};
};

}  // namespace server
