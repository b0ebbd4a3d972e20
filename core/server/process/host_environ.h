// The part of environ that is the same for every request of a virtual host. Plain functions; any
// thread.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/config/model/config.h"

namespace server {

// Names and values for virtual host number `host`.
std::vector<std::pair<std::string, std::string>> constant_environ(
    const config::Config& config, std::uint32_t host
);

}  // namespace server
