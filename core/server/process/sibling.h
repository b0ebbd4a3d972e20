// Which program runs a daemon process: this one, or the one beside it that was built with another
// Python version. Supervisor only; reads pyvenv.cfg, starts nothing.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/config/model/config.h"

namespace server {

// The path of the sibling for `python_home`, whose pyvenv.cfg or lib/pythonX.Y tells its version;
// nothing where this program is right, or the version cannot be told (then Python's start says what
// is wrong). Fails where that sibling is not installed.
base::Result<std::optional<std::string>> sibling_for(const std::string& python_home);
// Versions of the siblings that stand beside this program: "3.13".
std::vector<std::string> installed_siblings();

// display-name with %{GROUP} replaced; "" where none is configured.
std::string display_name_of(const config::DaemonGroup& group);

}  // namespace server
