#include "ipc/privileges.h"

#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <optional>

namespace ipc {
namespace {

base::Result<std::optional<unsigned>> number_of(const std::string& text) {
    if (!text.starts_with('#')) {
        return std::nullopt;
    }
    unsigned value = 0;
    const auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) {
        return base::fail(
            base::Fault::kConfig, "\"" + text + "\" is not a number; write #1000, or a name"
        );
    }
    return value;
}

// Whether the last look-up has failed, rather than found nobody (getpwnam(3)): a process without a
// free descriptor cannot read /etc/passwd.
bool has_failed() {
    return errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == EIO || errno == EINTR;
}

base::Result<> resolve_user(const std::string& user, Identity& identity) {
    const auto number = TRY(number_of(user));
    errno = 0;
    const passwd* entry = number ? ::getpwuid(*number) : ::getpwnam(user.c_str());
    if (entry == nullptr && has_failed()) {
        return base::fail_errno("cannot look up the user \"" + user + "\"", errno);
    }
    if (entry == nullptr && !number) {
        return base::fail(base::Fault::kConfig, "the user \"" + user + "\" does not exist");
    }
    if (number == static_cast<uid_t>(-1)) {  // which setresuid(2) takes for "as it is"
        return base::fail(base::Fault::kConfig, "\"" + user + "\" is no user");
    }
    identity.uid = number ? *number : entry->pw_uid;
    if (entry != nullptr) {
        identity.user_name = entry->pw_name;
        identity.home = entry->pw_dir;
        identity.gid = entry->pw_gid;
    }
    return {};
}

base::Result<> resolve_group(const std::string& group, Identity& identity) {
    const auto number = TRY(number_of(group));
    if (number == static_cast<gid_t>(-1)) {
        return base::fail(base::Fault::kConfig, "\"" + group + "\" is no group");
    }
    errno = 0;
    const ::group* entry = number ? nullptr : ::getgrnam(group.c_str());
    if (entry == nullptr && has_failed()) {
        return base::fail_errno("cannot look up the group \"" + group + "\"", errno);
    }
    if (entry == nullptr && !number) {
        return base::fail(base::Fault::kConfig, "the group \"" + group + "\" does not exist");
    }
    identity.gid = number ? *number : entry->gr_gid;
    return {};
}

}  // namespace

base::Result<Identity> resolve_identity(const std::string& user, const std::string& group) {
    Identity identity;
    identity.uid = ::geteuid();
    identity.gid = ::getegid();
    if (user.empty() && group.empty()) {
        return identity;
    }
    if (!user.empty()) {
        TRY(resolve_user(user, identity));
        if (identity.user_name.empty() && group.empty()) {
            return base::fail(
                base::Fault::kConfig,
                "the user \"" + user +
                    "\" has no account, which would tell its group; name a group, "
                    "too"
            );
        }
    }
    if (!group.empty()) {
        TRY(resolve_group(group, identity));
    }
    identity.changes = ::geteuid() == 0;
    return identity;
}

base::Result<unsigned> resolve_owner(const std::string& user, const std::string& group) {
    Identity identity;
    if (user.empty()) {
        TRY(resolve_group(group, identity));
        return identity.gid;
    }
    TRY(resolve_user(user, identity));
    return identity.uid;
}

base::Result<> become(const Identity& identity, NewPrivileges new_privileges) {
    // Root that stays root, in a container without the right to change groups, has nothing to do.
    const bool is_it = identity.uid == ::geteuid() && identity.gid == ::getegid();
    if (identity.changes && !is_it) {
        const int groups = identity.user_name.empty()
                               ? ::setgroups(0, nullptr)
                               : ::initgroups(identity.user_name.c_str(), identity.gid);
        if (groups != 0) {
            return base::fail_errno(
                "cannot set the supplementary groups of " + identity.user_name, errno
            );
        }
        if (::setresgid(identity.gid, identity.gid, identity.gid) != 0) {
            return base::fail_errno("cannot become group " + std::to_string(identity.gid), errno);
        }
        if (::setresuid(identity.uid, identity.uid, identity.uid) != 0) {
            return base::fail_errno("cannot become user " + std::to_string(identity.uid), errno);
        }
        if (identity.uid != 0 && (::setuid(0) == 0 || ::geteuid() != identity.uid)) {
            return base::fail(base::Fault::kSystem, "root could be regained after giving it up");
        }
    }
    if (new_privileges == NewPrivileges::kNever && ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        return base::fail_errno("cannot set PR_SET_NO_NEW_PRIVS", errno);
    }
    return {};
}

}  // namespace ipc
