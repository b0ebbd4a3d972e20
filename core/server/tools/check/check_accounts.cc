// Of `hoopsnake -t`: users and groups.
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "core/server/supervisor/children/child.h"
#include "core/server/tools/check/checks.h"

namespace server {

void check_accounts(const config::Config& config, Report& report) {
    const bool is_told = std::ranges::find(config.refused, "User") != config.refused.end();
    if (const auto user = check_user(config); !user && !is_told) {
        report.problem(config.hosts.front().place, user.error().what);
    }
    std::vector<const config::DaemonGroup*> groups = {nullptr};
    for (const auto& group : config.daemon_groups) {
        groups.push_back(&group);
    }
    for (const auto* const group : groups) {
        const auto account = account_of(config, group);
        const auto identity = ipc::resolve_identity(account.user, account.group);
        const bool is_own = group == nullptr || !(group->user.empty() && group->group.empty());
        if (!identity && is_own) {
            report.problem(
                account.place,
                group == nullptr
                    ? identity.error().what
                    : fmt::format("WSGIDaemonProcess {}: {}", group->name, identity.error().what)
            );
        }
        if (identity && is_own && identity->uid != 0 && identity->gid == 0) {
            report.remark(
                account.group.empty() || group != nullptr ? account.place : config.group_place,
                fmt::format(
                    "{} has the group of root, which may write what is root's group's; name "
                    "another group",
                    account.user.empty() ? "whoever is served" : "the user " + account.user
                )
            );
        }
        if (const auto ignored =
                identity && group != nullptr ? ignored_account(*group, *identity) : std::string();
            !ignored.empty()) {
            report.remark(group->place, ignored);
        }
        if (group != nullptr && !(group->script_user.empty() && group->script_group.empty())) {
            const auto owner = ipc::resolve_owner(group->script_user, group->script_group);
            if (!owner) {
                report.problem(
                    group->place,
                    fmt::format(
                        "WSGIDaemonProcess {}: script-user and script-group: {}",
                        group->name,
                        owner.error().what
                    )
                );
            }
        }
    }
}

}  // namespace server
