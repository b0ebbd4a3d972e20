// What can be known only when the whole file has been read: inherited names, and groups that are
// named before they are defined. One thread, once per configuration.
#pragma once

#include "core/config/config.h"
#include "core/config/problems.h"

namespace config {

// Completes `config` and adds what does not fit together to `problems`.
void resolve(Config& config, Problems& problems);

}  // namespace config
