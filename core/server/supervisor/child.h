// A server process or a daemon process as the supervisor sees it, through all its incarnations.
// Supervisor only; children exist from its start to its end, most of the time with a process.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "core/base/log.h"
#include "core/base/result.h"
#include "core/config/model/config.h"
#include "core/server/dispatch/served.h"
#include "ipc/channel.h"
#include "ipc/privileges.h"
#include "ipc/request_table.h"

namespace server {

struct Child {
    using Clock = std::chrono::steady_clock;

    const config::DaemonGroup* group = nullptr;  // null: a server process
    std::uint32_t index = 0;         // within its group, resp. among the server processes
    const base::Log* log = nullptr;  // where news of it belong
    ipc::RequestTable table;
    ipc::Identity identity;
    pid_t pid = 0;                 // 0: not running
    std::uint32_t generation = 0;  // how often it was started
    ipc::Channel control;
    bool is_ready = false;
    bool has_settled = false;  // was ready or failed once
    int failures = 0;          // in a row, before being ready
    Clock::time_point start_at{};

    [[nodiscard]] bool is_server() const { return group == nullptr; }
    [[nodiscard]] std::string name() const;

    // One line: the process has ended with `status` of waitpid(2), and what it was serving then.
    void log_death(int status) const;
    // One more failure: sets start_at, later each time, and returns how long that is from now.
    std::chrono::milliseconds put_off();
};

// Whose rights a process has, in the configuration's words; both empty: those of whoever starts the
// server.
struct Account {
    std::string user;
    std::string group;
    config::Place place;
};
// Of a process group, else of the server processes. A group without a user of its own has the
// server's user and group.
Account account_of(const config::Config& config, const config::DaemonGroup* group);

// Every child that the configuration asks for, not yet started. Errors name the directive's place.
base::Result<std::vector<Child>> make_children(const config::Config& config, const OpenLogs& logs);

}  // namespace server
