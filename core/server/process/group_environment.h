// The environment of a daemon process. Plain function; any thread.
#pragma once

#include <string>
#include <vector>

#include "core/config/model/config.h"

namespace server {

// Of `variables`, each "NAME=value", those that any program needs to find its way on this machine,
// and those that the group's pass-environment names. What else the server was started with is not
// every tenant's to read.
std::vector<std::string> environment_of(
    const config::DaemonGroup& group, const std::vector<std::string>& variables
);

}  // namespace server
