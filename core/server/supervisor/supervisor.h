// The supervisor: opens listeners and logs, starts the other processes, connects them, and keeps
// them alive. One thread, no Python, no client bytes. All that comes back from its children is
// hostile to it: a child can make it log a line, count it as ready, or replace it, and nothing
// else. It never waits for one of them: whatever it has asked for has a deadline.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "core/base/fd.h"
#include "core/base/result.h"
#include "core/config/model/config.h"
#include "core/server/served/served.h"
#include "core/server/supervisor/child.h"
#include "core/server/supervisor/endpoints.h"
#include "core/server/supervisor/launcher.h"
#include "core/server/supervisor/pid_file.h"
#include "ipc/channel.h"

namespace server {

struct SupervisorOptions {
    int ready_fd = -1;  // gets a line per bound address once requests are served; -1: nobody asks
    bool announces = false;  // says on standard output where it listens and how to stop it
};

class Supervisor {
public:
    Supervisor(const config::Config& config, SupervisorOptions options);
    Supervisor(const Supervisor&) = delete;
    Supervisor& operator=(const Supervisor&) = delete;

    // Opens everything that can fail for the configuration's sake.
    base::Result<> open();
    // Serves until told to stop; returns the exit code.
    int run();

private:
    using Clock = Child::Clock;

    base::Result<> open_logs();
    void start_what_is_due();

    void wait_for_events();
    void on_control(Child& child);
    void on_frame(Child& child, const ipc::Frame& frame);
    void on_ready(Child& child);
    void tell_others_of_death(const Child& child);
    void tell_servers_of_outage(const Child& child);
    void reap();
    void on_died(Child& child, int status);
    void fail_to_start();
    void back_off(Child& child);
    [[nodiscard]] bool is_settling_over() const;
    void announce_when_ready();
    void announce();
    [[nodiscard]] std::optional<std::chrono::milliseconds> time_to_next() const;

    // Stopping: supervisor_stop.cc.
    base::Result<> watch_signals();
    void on_signals();
    void on_stop_signal();
    void begin_stop();
    void continue_stop();
    void recycle_what_is_due();
    void order_stop(Child& child, std::chrono::milliseconds time);
    void enforce_deadlines();
    void tell_what_holds_up();
    void kill(Child& child);
    [[nodiscard]] bool has_running(bool servers) const;

    const config::Config& config_;
    const SupervisorOptions options_;
    PidFile pid_file_;
    OpenLogs logs_;
    LogKeeper log_keeper_;
    Endpoints endpoints_;
    const Launcher launcher_;
    base::Fd signals_;
    std::vector<Child> children_;
    Clock::time_point started_at_{};
    bool is_announced_ = false;
    bool has_failed_ = false;  // could not even start, or something could not be ended

    enum class Stopping { kNo, kServers, kDaemons };
    Stopping stopping_ = Stopping::kNo;
    Clock::time_point stop_began_{};
    Clock::time_point tell_at_{};  // what holds up the stop
};

}  // namespace server
