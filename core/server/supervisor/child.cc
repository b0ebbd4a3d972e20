#include "core/server/supervisor/child.h"

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

namespace server {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kBackOffFirst = 250ms;
constexpr std::chrono::milliseconds kBackOffMost = 30s;
constexpr int kDoublingsMost = 7;
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

// Adds `count` children that are alike.
base::Result<> add_children(
    std::vector<Child>& children,
    const config::DaemonGroup* group,
    int count,
    int threads,
    const ipc::Identity& identity,
    const base::Log& log
) {
    for (std::uint32_t index = 0; index < static_cast<std::uint32_t>(count); ++index) {
        Child& child = children.emplace_back();
        child.group = group;
        child.index = index;
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
        children, nullptr, config.server_processes, config.embedded_threads, own, *logs.error_log(0)
    ));
    for (const config::DaemonGroup& group : config.daemon_groups) {
        const ipc::Identity identity = TRY(identity_of(config, &group));
        const base::Log& log = *logs.error_log(group.host);
        TRY(add_children(children, &group, group.processes, group.threads, identity, log));
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
    const bool has_finished = WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS;
    const bool is_expected = has_finished && is_told_to_end;
    const std::string served = doing();
    const base::LogLevel level =
        is_expected && served.empty() ? base::LogLevel::kInfo : base::LogLevel::kError;
    log->write(
        level,
        {},
        fmt::format(
            "{} (pid {}) {}{}{}{}",
            name(),
            pid,
            describe_status(status),
            has_finished && !is_told_to_end ? ", which nobody had told it to" : reason_of(status),
            served.empty() ? "" : " while serving ",
            served
        )
    );
}

std::string Child::reason_of(int status) const {
    if (!WIFSIGNALED(status)) {
        return {};
    }
    if (WTERMSIG(status) == SIGKILL && is_killed) {
        return " by the supervisor, because " + why_killed;
    }
    if (WTERMSIG(status) == SIGALRM) {
        return ", its own deadline: what the application left running did not end in time";
    }
    return {};
}

void Child::forget_process() {
    pid = 0;
    control = ipc::Channel();
    late_at.reset();
    recycle_at.reset();
    deadline.reset();
    is_told_to_end = is_ending_python = is_killed = false;
    why_killed.clear();
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

std::chrono::milliseconds Child::put_off(Clock::time_point now) {
    const int doublings = std::min(failures++, kDoublingsMost) - (is_ready ? 1 : 0);
    const auto wait =
        doublings < 0 ? 0ms : std::min(kBackOffFirst * (1 << doublings), kBackOffMost);
    has_settled = true;
    start_at = now + wait;
    return wait;
}

void Child::start_again_at_once(Clock::time_point now) {
    failures = 0;
    start_at = now;
}

bool Child::has_served_for_long(Clock::time_point now) const {
    return is_ready && now - ready_at >= kLong;
}

}  // namespace server
