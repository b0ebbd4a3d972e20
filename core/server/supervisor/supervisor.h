// The supervisor: opens listeners and logs, starts the other processes, connects them, and keeps
// them alive. One thread, no Python, no client bytes. All that comes back from its children is
// hostile to it: a child can make it log a line, count it as ready, or replace it, and nothing
// else. It never waits for one of them: whatever it has asked for has a deadline.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "core/base/result.h"
#include "core/base/system/fd.h"
#include "core/config/model/config.h"
#include "core/server/served/served.h"
#include "core/server/supervisor/announcement.h"
#include "core/server/supervisor/children/child.h"
#include "core/server/supervisor/children/lifecycle.h"
#include "core/server/supervisor/import_record.h"
#include "core/server/supervisor/kept/pid_file.h"
#include "core/server/supervisor/launcher.h"
#include "core/server/supervisor/linker.h"
#include "core/server/supervisor/listening.h"

namespace server {

class Supervisor final : public Lifecycle::System, private Linker::Maker {
public:
    Supervisor(const config::Config& config, SupervisorOptions options);
    Supervisor(const Supervisor&) = delete;
    Supervisor& operator=(const Supervisor&) = delete;

    // Opens everything that can fail for the configuration's sake.
    base::Result<> open();
    // Serves until told to stop; returns the exit code.
    int run();

    // Lifecycle::System
    [[nodiscard]] Lifecycle::Clock::time_point now() const override { return Clock::now(); }
    base::Result<> start(Child& child) override;
    int signal(const Child& child, int number) override;
    void on_stopping() override;

private:
    using Clock = Lifecycle::Clock;

    // Linker::Maker
    base::Result<> connect(Child& server, Child& daemon) override {
        return launcher_.connect(server, daemon);
    }
    bool flush(Child& child) override { return child.process.control.flush().value_or(false); }

    base::Result<> open_logs();
    base::Result<> watch_signals();
    void wait_for_events();
    void on_control(Child& child);
    void hear(Child& child, const ipc::Frame& frame);
    void on_died(Child& child, int status);
    void on_signals();
    void reap();
    void announce_if_due();
    [[nodiscard]] std::optional<std::chrono::milliseconds> time_to_next() const;

    const config::Config& config_;
    PidFile pid_file_;
    OpenLogs logs_;
    LogKeeper log_keeper_;
    std::vector<Child> children_;
    Listening listening_;
    ImportRecord imports_;
    const Launcher launcher_;
    base::Fd signals_;
    Linker linker_;
    Lifecycle lifecycle_;
    Announcement announcement_;
};

}  // namespace server
