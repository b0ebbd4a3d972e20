#include "core/server/daemon/become.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "ipc/privileges.h"
#include "ipc/spawn.h"

namespace server {
namespace {

// What applications see of their user: HOME always, the others where they exist already
// (what mod_wsgi sets). A uid that no account has is none of whoever started the server, either.
void set_user_environment(const ipc::Identity& identity) {
    const bool has_account = !identity.user_name.empty();
    if (!identity.changes || (!has_account && identity.uid == 0)) {  // of a group= alone
        return;
    }
    ::setenv("HOME", identity.home.empty() ? "/" : identity.home.c_str(), 1);
    for (const char* const name : {"USER", "USERNAME", "LOGNAME"}) {
        if (!has_account) {
            ::unsetenv(name);
        } else if (::getenv(name) != nullptr) {
            ::setenv(name, identity.user_name.c_str(), 1);
        }
    }
}

}  // namespace

base::Result<> become_who_we_are(const ipc::DaemonSetup& setup) {
    if (!setup.display_name.empty()) {
        ipc::set_process_title(setup.display_name);
    }
    const pid_t supervisor = ::getppid();
    TRY(ipc::become(
        setup.identity,
        setup.new_privileges ? ipc::NewPrivileges::kAllowed : ipc::NewPrivileges::kNever
    ));
    ipc::die_with_parent(supervisor);  // changing the user has undone it
    set_user_environment(setup.identity);
    if (!setup.home.empty() && ::chdir(setup.home.c_str()) != 0) {
        return base::fail_errno("cannot change to the directory " + setup.home, errno);
    }
    // Many system users have a home that does not exist; nobody asked for it, so that is no
    // failure.
    if (setup.home.empty() && setup.identity.changes && ::chdir(setup.identity.home.c_str()) != 0 &&
        ::chdir("/") != 0) {
        return base::fail_errno("cannot change to the directory /", errno);
    }
    return {};
}

}  // namespace server
