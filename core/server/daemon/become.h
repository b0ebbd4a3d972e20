// A daemon process becomes whom its setup message says it is: title, user and group, environment,
// directory. Once, while there is one thread and no Python; on an error the process must end.
#pragma once

#include "core/base/result.h"
#include "ipc/setup.h"

namespace server {

base::Result<> become_who_we_are(const ipc::DaemonSetup& setup);

}  // namespace server
