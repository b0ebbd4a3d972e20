#include "core/server/supervisor/script_owner.h"

#include "ipc/privileges.h"

namespace server {

ipc::DaemonSetup::ScriptOwner script_owner_of(const config::DaemonGroup& group) {
    using Kind = ipc::DaemonSetup::ScriptOwner::Kind;
    ipc::DaemonSetup::ScriptOwner owner;
    const bool is_user = !group.script_user.empty();
    if (!is_user && group.script_group.empty()) {
        return owner;
    }
    owner.option =
        is_user ? "script-user=" + group.script_user : "script-group=" + group.script_group;
    const auto id = ipc::resolve_owner(group.script_user, group.script_group);
    if (!id) {
        owner.kind = Kind::kNobody;
        owner.option += ": " + id.error().what;
        return owner;
    }
    owner.kind = is_user ? Kind::kUser : Kind::kGroup;
    owner.id = *id;
    return owner;
}

}  // namespace server
