#include "core/server/supervisor/children/child.h"

#include <fmt/format.h>
#include <grp.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "core/base/system/lost_descriptor.h"
#include "core/server/supervisor/children/succession.h"

namespace server {
namespace {

using namespace std::chrono_literals;

// Whoever ends sooner after its start is likely to do so again.
constexpr auto kLong = 5s;

std::string describe_status(int status) {
    if (WIFSIGNALED(status)) {
        const int number = WTERMSIG(status);
        return fmt::format(
            "was killed by signal {} (SIG{}){}",
            number,
            ::sigabbrev_np(number),
            WCOREDUMP(status) ? ", core dumped" : ""
        );
    }
    return fmt::format("ended with exit code {}", WEXITSTATUS(status));
}

base::Result<ipc::Identity> identity_of(
    const config::Config& config, const config::DaemonGroup* group
) {
    const Account account = account_of(config, group);
    auto identity = ipc::resolve_identity(account.user, account.group);
    if (!identity) {
        identity.error().what = account.place.text() + ": " + identity.error().what;
    }
    return identity;
}

// Adds `count` children that are alike, with so many seats each.
base::Result<> add_children(
    std::vector<Child>& children,
    const config::DaemonGroup* group,
    int count,
    std::uint32_t seats,
    int threads,
    const ipc::Identity& identity,
    const base::Log& log
) {
    for (std::uint32_t i = 0; i < static_cast<std::uint32_t>(count) * seats; ++i) {
        Child& child = children.emplace_back();
        child.group = group;
        child.index = i / seats;
        child.seat = i % seats;
        child.is_reserve = child.seat > 0;
        child.log = &log;
        child.identity = identity;
        child.table = TRY(ipc::RequestTable::create(static_cast<std::size_t>(threads)));
    }
    return {};
}

}  // namespace

Account account_of(const config::Config& config, const config::DaemonGroup* group) {
    if (group == nullptr) {
        const bool is_about_group =
            config.user.empty() ||
            (!config.group.empty() && !ipc::resolve_identity("", config.group));
        return {config.user, config.group, is_about_group ? config.group_place : config.user_place};
    }
    const bool has_neither = group->user.empty() && group->group.empty();
    return {
        group->user.empty() ? config.user : group->user,
        has_neither ? config.group : group->group,
        group->place};
}

std::string ignored_account(const config::DaemonGroup& group, const ipc::Identity& identity) {
    const bool has_user = group.user.empty() || identity.uid == ::geteuid();
    const bool has_group = group.group.empty() || identity.gid == ::getegid();
    if (identity.changes || (has_user && has_group)) {
        return {};
    }
    return fmt::format(
        "WSGIDaemonProcess {}: {} has no effect, because root has not started the server: the "
        "processes of this group have the rights of all others here",
        group.name,
        has_user ? "group=" + group.group : "user=" + group.user
    );
}

IsServedGroup served_groups(const config::Config& config) {
    return [&config](gid_t group) {
        std::vector<const config::DaemonGroup*> all{nullptr};
        for (const config::DaemonGroup& each : config.daemon_groups) {
            all.push_back(&each);
        }
        return std::ranges::any_of(all, [&](const config::DaemonGroup* each) {
            const Account account = account_of(config, each);
            const auto identity = ipc::resolve_identity(account.user, account.group);
            if (!identity || !identity->changes || identity->uid == 0) {
                return false;  // or it needs no group to write everywhere
            }
            std::array<gid_t, 256> groups{identity->gid};
            int count = groups.size();
            return ::getgrouplist(
                       identity->user_name.c_str(), identity->gid, groups.data(), &count
                   ) < 0 ||
                   std::ranges::find(groups.begin(), groups.begin() + count, group) !=
                       groups.begin() + count;
        });
    };
}

base::Result<> check_user(const config::Config& config) {
    if (::geteuid() != 0 || !config.user.empty()) {
        return {};
    }
    return base::fail(
        base::Fault::kConfig,
        "there is no User, so clients would be served, and applications run, as root; write for "
        "example \"User www-data\", or \"User root\" with \"AllowRoot On\" if that is meant"
    );
}

base::Result<std::vector<Child>> make_children(const config::Config& config, const OpenLogs& logs) {
    TRY(check_user(config));
    const ipc::Identity own = TRY(identity_of(config, nullptr));
    std::vector<Child> children;
    TRY(add_children(
        children,
        nullptr,
        config.server_processes,
        Succession::kSeats,
        ipc::RequestTable::import_thread(config.embedded_threads),
        own,
        *logs.error_log(0)
    ));
    for (const config::DaemonGroup& group : config.daemon_groups) {
        const ipc::Identity identity = TRY(identity_of(config, &group));
        const base::Log& log = *logs.error_log(group.host);
        if (const auto ignored = ignored_account(group, identity); !ignored.empty()) {
            log.warn("{}: {}", group.place.text(), ignored);
        }
        TRY(add_children(children, &group, group.processes, 1, group.threads, identity, log));
    }
    return children;
}

std::string Child::name() const {
    return is_server() ? fmt::format("server process {}", index)
                       : fmt::format("process {} of group '{}'", index, group->name);
}

void Child::log_death(int status) const {
    // Whatever an application has done to the descriptors of its process, or by exit(): nobody but
    // us ends one in silence.
    const bool is_expected =
        WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS && process.is_told_to_end;
    const std::string served = doing();
    log->write(
        is_expected && served.empty() ? base::LogLevel::kInfo : base::LogLevel::kError,
        {},
        fmt::format(
            "{} (pid {}) {}{}{}",
            name(),
            process.pid,
            process.describe_end(status),
            served.empty() ? "" : " while serving ",
            served
        )
    );
}

std::string ChildProcess::describe_end(int status) const {
    std::string end = describe_status(status);
    if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS && !is_told_to_end) {
        end += ", which nobody had told it to";
    } else if (WIFEXITED(status) && WEXITSTATUS(status) == base::kLostDescriptorCode) {
        end += ", because an application in it had closed or replaced descriptors of the server";
    } else if (WIFEXITED(status) && WEXITSTATUS(status) == base::kLoweredLimitCode) {
        end += ", because a limit of it had been lowered for good";
    } else if (WIFEXITED(status) && WEXITSTATUS(status) == base::kStoppedLoopCode) {
        end +=
            ", because one of its event loops stood still: an application in it held up what "
            "all its threads share, inside the C library or the kernel";
    } else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL && is_killed) {
        end += " by the supervisor, because " + why_killed;
    } else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) {
        end += ", its own deadline: what the application left running did not end in time";
    }
    return end;
}

bool ChildProcess::has_served_for_long(Clock::time_point now) const {
    return is_ready && now - ready_at >= kLong;
}

std::string Child::doing() const {
    std::string all;
    for (const ipc::RequestTable::Running& running : table.running()) {
        all += fmt::format(
            "{}{} (thread {}, {} ms)",
            all.empty() ? "" : ", ",
            running.request,
            running.thread,
            running.for_time.count()
        );
    }
    return all;
}

}  // namespace server
