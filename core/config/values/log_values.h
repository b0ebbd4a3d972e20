// Values of the directives about access logs, and what their formats are once the whole file has
// been read. Pure functions on a Scope or a View; see Value for the contract.
#pragma once

#include <string>
#include <vector>

#include "core/config/findings/problems.h"
#include "core/config/language/directive.h"

namespace config {

base::Result<> apply_custom_log(Scope& scope, Words words);
std::vector<std::string> show_custom_log(const View& view);

base::Result<> apply_global_log(Scope& scope, Words words);
std::vector<std::string> show_global_log(const View& view);

base::Result<> apply_log_format(Scope& scope, Words words);
std::vector<std::string> show_log_format(const View& view);

base::Result<> apply_transfer_log(Scope& scope, Words words);
std::vector<std::string> show_transfer_log(const View& view);

// Finds the format of every access log: its name may be given behind the line that uses it.
void resolve_log_formats(Config& config, Problems& problems);

}  // namespace config
