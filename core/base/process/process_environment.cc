#include "core/base/process/process_environment.h"

#include <unistd.h>

#include <algorithm>

namespace base {
namespace {

std::vector<std::string> copy_of_environment() {
    std::vector<std::string> copy;
    for (char** variable = ::environ; variable != nullptr && *variable != nullptr; ++variable) {
        copy.emplace_back(*variable);
    }
    return copy;
}

// Made before main(), while there is one thread.
const std::vector<std::string> kAtStart = copy_of_environment();

}  // namespace

std::optional<std::string_view> process_variable(std::string_view name) {
    const auto found = std::ranges::find_if(kAtStart, [name](std::string_view variable) {
        return variable.starts_with(name) && variable.substr(name.size()).starts_with('=');
    });
    if (found == kAtStart.end() || name.empty()) {
        return std::nullopt;
    }
    return std::string_view(*found).substr(name.size() + 1);
}

const std::vector<std::string>& process_variables() { return kAtStart; }

}  // namespace base
