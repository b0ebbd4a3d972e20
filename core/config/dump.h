// The configuration as text again, and the documentation of what may stand in it. Any thread.
#pragma once

#include <string>

#include "core/config/model/config.h"

namespace config {

// What differs from the defaults, as a configuration file that means the same: the main server,
// then its virtual hosts; directives in the order of their names.
std::string dump(const Config& config);

// DIRECTIVES.md: every directive and option with its default, its meaning and an example.
std::string directives_markdown();

}  // namespace config
