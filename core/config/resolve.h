// What can be known only when the whole file has been read: inherited names, and groups that are
// named before they are defined. One thread, once per configuration.
#pragma once

#include <optional>
#include <string_view>

#include "core/config/findings/problems.h"
#include "core/config/model/config.h"

namespace config {

// "NAME" of a "%{ENV:NAME}", which only a request can complete; nothing of other names.
std::optional<std::string_view> variable_in(std::string_view name);

// Completes `config` and adds what does not fit together to `problems`.
void resolve(Config& config, Problems& problems);

}  // namespace config
