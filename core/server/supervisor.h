// The supervisor: opens listeners and logs, starts the other processes, connects them, and keeps them alive.
// One thread, no Python, no client bytes. All that comes back from its children is hostile to it (T-70): a child can
// make it log a line, count it as ready, or replace it, and nothing else.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/fd.h"
#include "core/config/config.h"
#include "core/server/endpoints.h"
#include "core/server/mount_views.h"
#include "core/server/served.h"
#include "ipc/channel.h"
#include "ipc/privileges.h"
#include "ipc/request_table.h"
#include "ipc/setup.h"

namespace server {

struct SupervisorOptions {
    int ready_fd = -1;       // gets a line per bound address once requests are served; -1: nobody asks
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
    using Clock = std::chrono::steady_clock;

    // A server process or a daemon process, through all its incarnations.
    struct Child {
        const config::DaemonGroup* group = nullptr;  // null: a server process
        std::uint32_t index = 0;                     // within its group, resp. among the server processes
        ipc::RequestTable table;
        ipc::Identity identity;
        pid_t pid = 0;                               // 0: not running
        std::uint32_t generation = 0;                // how often it was started
        ipc::Channel control;
        bool is_ready = false;
        bool has_settled = false;  // was ready or failed once
        int failures = 0;          // in a row, before being ready
        Clock::time_point start_at{};

        [[nodiscard]] bool is_server() const { return group == nullptr; }
    };

    base::Result<> add_children();
    base::Result<> start(Child& child);
    int run_child(const Child& child, base::Fd control, ipc::RequestTable& table) const;
    void send_setup(Child& daemon);
    void connect(Child& server, Child& daemon);
    void connect_to_others(Child& child);
    void start_what_is_due();

    void wait_for_events();
    void on_signals();
    void on_control(Child& child);
    void on_frame(Child& child, const ipc::Frame& frame);
    void tell_others_of_death(const Child& child);
    void reap();
    void on_died(Child& child, int status);
    void back_off(Child& child);
    void log_death(const Child& child, int status) const;
    void announce_when_ready();
    void announce();

    void begin_stop();
    void continue_stop();
    void kill_all();
    [[nodiscard]] bool has_running(bool servers) const;
    [[nodiscard]] std::string name_of(const Child& child) const;
    [[nodiscard]] const base::Log& log_of(const Child& child) const;
    [[nodiscard]] std::optional<std::chrono::milliseconds> time_to_next() const;

    const config::Config& config_;
    const SupervisorOptions options_;
    const MountViews mount_views_;
    int loops_ = 1;  // of each server process
    OpenLogs logs_;
    Endpoints endpoints_;
    base::Fd signals_;
    std::vector<Child> children_;
    bool is_announced_ = false;
    bool has_failed_ = false;  // could not even start

    enum class Stopping { kNo, kServers, kDaemons };
    Stopping stopping_ = Stopping::kNo;
    Clock::time_point stop_deadline_{};
};

// Tells systemd how the service is doing, where it asked (sd_notify(3) is one datagram).
void notify_systemd(const std::string& state);

}  // namespace server
