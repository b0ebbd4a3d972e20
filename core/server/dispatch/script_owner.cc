#include "core/server/dispatch/script_owner.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "ipc/privileges.h"

namespace server {

ScriptOwner::ScriptOwner(const config::DaemonGroup& group) {
    const bool is_user = !group.script_user.empty();
    if (!is_user && group.script_group.empty()) {
        return;
    }
    option_ = is_user ? "script-user=" + group.script_user : "script-group=" + group.script_group;
    const auto identity = ipc::resolve_identity(group.script_user, group.script_group);
    if (!identity) {
        kind_ = Kind::kUnknown;
        option_ += ": " + identity.error().what;
        return;
    }
    kind_ = is_user ? Kind::kUser : Kind::kGroup;
    id_ = is_user ? identity->uid : identity->gid;
}

std::string ScriptOwner::complaint(const std::string& script) const {
    if (kind_ == Kind::kAnybody) {
        return {};
    }
    if (kind_ == Kind::kUnknown) {
        return option_;
    }
    std::string found = against(script);
    return found.empty() ? against(script.substr(0, script.rfind('/') + 1)) : found;
}

std::string ScriptOwner::against(const std::string& path) const {
    struct stat facts {};
    if (::stat(path.c_str(), &facts) != 0) {
        return fmt::format("{}: {}: {}", option_, path, std::strerror(errno));
    }
    if (kind_ == Kind::kUser ? facts.st_uid != id_ : facts.st_gid != id_) {
        return fmt::format(
            "{}: {} belongs to {} {}",
            option_,
            path,
            kind_ == Kind::kUser ? "user" : "group",
            kind_ == Kind::kUser ? facts.st_uid : facts.st_gid
        );
    }
    if ((facts.st_mode & S_IWOTH) != 0) {
        return fmt::format("{}: {} is writable by everybody", option_, path);
    }
    if (kind_ == Kind::kUser && (facts.st_mode & S_IWGRP) != 0) {
        return fmt::format("{}: {} is writable by its group", option_, path);
    }
    return {};
}

}  // namespace server
