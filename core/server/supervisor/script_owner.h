// script-user and script-group of WSGIDaemonProcess: a group runs nobody else's scripts. The
// process that opens a script holds it to this (interp/application/script_file.h).
#pragma once

#include "core/config/model/config.h"
#include "ipc/setup.h"

namespace server {

// Looks the account up; one that does not exist owns nothing.
ipc::DaemonSetup::ScriptOwner script_owner_of(const config::DaemonGroup& group);

}  // namespace server
