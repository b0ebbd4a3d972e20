#include "core/server/tools/rights/reading_users.h"

#include "core/server/supervisor/children/child.h"

namespace server {

const Reader* ReadingUsers::of(const config::DaemonGroup* group) {
    const auto account = account_of(config_, group);
    const auto [at, is_new] = known_.try_emplace({account.user, account.group});
    if (is_new) {
        if (const auto identity = ipc::resolve_identity(account.user, account.group)) {
            at->second.emplace(*identity);
        }
    }
    return at->second ? &*at->second : nullptr;
}

}  // namespace server
