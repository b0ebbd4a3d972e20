// script-user and script-group of WSGIDaemonProcess: a group runs nobody else's scripts
// (specification of mod_wsgi, 2.7). Immutable; any thread.
#pragma once

#include <string>

#include "core/config/model/config.h"

namespace server {

class ScriptOwner {
public:
    // Looks the account up.
    explicit ScriptOwner(const config::DaemonGroup& group);

    // "" where the script may run, else why not. Two system calls where the group wants an owner,
    // else none.
    [[nodiscard]] std::string complaint(const std::string& script) const;

private:
    enum class Kind { kAnybody, kUser, kGroup, kUnknown };

    [[nodiscard]] std::string against(const std::string& path) const;

    Kind kind_ = Kind::kAnybody;
    std::string option_;  // "script-user=alice", for the log
    unsigned id_ = 0;
};

}  // namespace server
