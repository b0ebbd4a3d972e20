// Who a process is: names from the configuration → numbers, and the step from root to them.
#pragma once

#include <sys/types.h>

#include <string>

#include "core/base/result.h"

namespace ipc {

struct Identity {
    bool changes = false;  // false: stay who we are (we are not root, or no user was configured)
    uid_t uid = 0;
    gid_t gid = 0;
    std::string user_name;  // for initgroups(3); "" where the number has no name
    std::string home;       // of the user, from the password database; "" where there is none
};

// `user` and `group` are names or "#number"; "" takes nothing resp. the user's primary group.
// Errors are sentences that name what is missing. Where we are not root nothing can change, and
// `changes` is false (as with Apache).
base::Result<Identity> resolve_identity(const std::string& user, const std::string& group);

// The number of `user`, or where that is "" of `group`: who a file may belong to, who needs no
// account. Errors as above.
base::Result<unsigned> resolve_owner(const std::string& user, const std::string& group);

// Whether a program that the process starts may gain rights that the process has not: sudo(8), or a
// sendmail(8) that is setgid.
enum class NewPrivileges { kNever, kAllowed };

// Becomes `identity` for good: supplementary groups, group, user, every call checked, and unless
// `new_privileges` says otherwise no way back (PR_SET_NO_NEW_PRIVS). On an error the process must
// exit. Call it while there is one thread.
base::Result<> become(
    const Identity& identity, NewPrivileges new_privileges = NewPrivileges::kNever
);

}  // namespace ipc
