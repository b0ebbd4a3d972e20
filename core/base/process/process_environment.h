// The environment of this process as it was when it started. What the process's applications put
// into theirs later is not seen, and so nobody reads what another thread changes. Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace base {

// Names are case-sensitive. The view stays valid.
std::optional<std::string_view> process_variable(std::string_view name);
// All of them, as "NAME=value".
const std::vector<std::string>& process_variables();

}  // namespace base
