// A server process or a daemon process as the supervisor sees it, through all its incarnations.
// Supervisor only; children exist from its start to its end, most of the time with a process.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/base/system/log.h"
#include "core/config/model/config.h"
#include "core/server/served/served.h"
#include "core/server/supervisor/children/restart.h"
#include "core/server/supervisor/kept/log_keeper.h"
#include "ipc/channel.h"
#include "ipc/privileges.h"
#include "ipc/request_table.h"

namespace server {

// The process that a child has just now, or none.
struct ChildProcess {
    using Clock = Restart::Clock;

    pid_t pid = 0;  // 0: not running
    ipc::Channel control;
    bool is_ready = false;
    Clock::time_point ready_at{};
    std::optional<Clock::time_point> late_at;  // if it is not ready by then, that is told
    // A signal has told it to stop, and so it will be told then, if nobody else has been meanwhile.
    std::optional<Clock::time_point> recycle_at;
    // When it has to be gone. Nothing waits for a process without that.
    std::optional<Clock::time_point> deadline;
    bool is_told_to_end = false;    // we have ordered a stop
    bool is_ending_python = false;  // it says so: no client waits any more
    int stops = 0;                  // by a signal, since:
    Clock::time_point stops_since{};
    bool is_killed = false;
    int why_not_killed = 0;  // errno, where the signal could not be sent
    std::string why_killed;  // by us

    // Whether it has been serving for long enough to be taken for sound.
    [[nodiscard]] bool has_served_for_long(Clock::time_point now) const;
    // How it has ended with `status` of waitpid(2), and what is known of why: "ended with exit code
    // 1".
    [[nodiscard]] std::string describe_end(int status) const;
};

struct Child {
    using Clock = Restart::Clock;

    const config::DaemonGroup* group = nullptr;  // null: a server process
    std::uint32_t index = 0;         // within its group, resp. among the server processes
    std::uint32_t seat = 0;          // 0 or 1; see Succession
    bool is_reserve = false;         // no process is to be started here now; the other seat has it
    const base::Log* log = nullptr;  // where news of it belong
    ipc::RequestTable table;
    ipc::Identity identity;
    LogKeeper::Ends log_ends;      // where its lines and its descriptor 2 go
    std::uint32_t generation = 0;  // how often it was started
    Restart restart;
    ChildProcess process;

    [[nodiscard]] bool is_server() const { return group == nullptr; }
    // A server process in ipc::Link::server.
    [[nodiscard]] std::uint32_t link_number() const { return 2 * index + seat; }
    [[nodiscard]] std::string name() const;

    // One line: the process has ended with `status` of waitpid(2), why, and what it was serving
    // then.
    void log_death(int status) const;
    // "GET /path (thread 1, 7 ms), …"; "" where it serves nothing.
    [[nodiscard]] std::string doing() const;
};

// An error where root starts a server that does not say whom it is to become, as in Apache.
base::Result<> check_user(const config::Config& config);

// Whose rights a process has, in the configuration's words; both empty: those of whoever starts the
// server, who is not root then.
struct Account {
    std::string user;
    std::string group;
    config::Place place;
};
// Of a process group, else of the server processes. A group without a user of its own has the
// server's user and group.
Account account_of(const config::Config& config, const config::DaemonGroup* group);

// What the processes of `group` do not become because we are not root, as a sentence; "" where they
// are what it asks for, or ask for nothing.
std::string ignored_account(const config::DaemonGroup& group, const ipc::Identity& identity);

// Whether one of the processes has that group.
IsServedGroup served_groups(const config::Config& config);

// Every child that the configuration asks for, not yet started. Errors name the directive's place.
base::Result<std::vector<Child>> make_children(const config::Config& config, const OpenLogs& logs);

}  // namespace server
