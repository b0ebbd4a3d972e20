// The supervisor: opens listeners and logs, starts the other processes, connects them, and keeps
// them alive. One thread, no Python, no client bytes. All that comes back from its children is
// hostile to it (T-70): a child can make it log a line, count it as ready, or replace it, and
// nothing else.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "core/base/fd.h"
#include "core/base/result.h"
#include "core/config/model/config.h"
#include "core/server/dispatch/served.h"
#include "core/server/supervisor/child.h"
#include "core/server/supervisor/endpoints.h"
#include "core/server/supervisor/launcher.h"
#include "ipc/channel.h"

namespace server {

struct SupervisorOptions {
    int ready_fd = -1;  // gets a line per bound address once requests are served; -1: nobody asks
    bool announces = false;  // says on standard output where it listens and how to stop it
};

class Supervisor {
public:
    Supervisor(const config::Config& config, SupervisorOptions options);
    ~Supervisor();
    Supervisor(const Supervisor&) = delete;
    Supervisor& operator=(const Supervisor&) = delete;

    // Opens everything that can fail for the configuration's sake.
    base::Result<> open();
    // Serves until told to stop; returns the exit code.
    int run();

private:
    using Clock = Child::Clock;

    void start_what_is_due();

    void wait_for_events();
    void on_signals();
    void on_control(Child& child);
    void on_frame(Child& child, const ipc::Frame& frame);
    void tell_others_of_death(const Child& child);
    void reap();
    void on_died(Child& child, int status);
    void back_off(Child& child);
    void announce_when_ready();
    void announce();

    void begin_stop();
    void continue_stop();
    void kill_all();
    [[nodiscard]] bool has_running(bool servers) const;
    [[nodiscard]] std::optional<std::chrono::milliseconds> time_to_next() const;

    const config::Config& config_;
    const SupervisorOptions options_;
    OpenLogs logs_;
    Endpoints endpoints_;
    const Launcher launcher_;
    base::Fd signals_;
    std::vector<Child> children_;
    bool is_announced_ = false;
    bool has_failed_ = false;  // could not even start

    enum class Stopping { kNo, kServers, kDaemons };
    Stopping stopping_ = Stopping::kNo;
    Clock::time_point stop_deadline_{};
};

}  // namespace server
