// The environment that this process was started with. Taken before main(), so that nobody who asks
// later meets an application of embedded mode that changes it. Constant; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace base {

// The value of the variable called `name`, in just this case.
std::optional<std::string> process_variable(std::string_view name);

}  // namespace base
