// `hoopsnake -S`: the virtual hosts of a configuration, as Apache's -S shows them, and below each
// what is mounted there and its process groups. Pure but for the password database; any thread.
#pragma once

#include <string>

#include "core/config/model/config.h"

namespace server {

std::string list_hosts(const config::Config& config);

// "user www-data, 2 processes × 15 threads": what a process group runs as. A user that nobody has
// configured is said to be the one who starts the server.
std::string describe_group(const config::Config& config, const config::DaemonGroup& group);

// The user and group that processes run as, as configured; "" for whoever starts the server.
std::string user_of(const config::Config& config, const config::DaemonGroup* group);

}  // namespace server
