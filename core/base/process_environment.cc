#include "core/base/process_environment.h"

#include <unistd.h>

#include <unordered_map>

namespace base {
namespace {

using Variables = std::unordered_map<std::string, std::string>;

Variables take_environment() {
    Variables variables;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view text = *entry;
        const auto equals = text.find('=');
        if (equals != std::string_view::npos) {
            variables.emplace(text.substr(0, equals), text.substr(equals + 1));
        }
    }
    return variables;
}

const Variables kVariables = take_environment();

}  // namespace

std::optional<std::string> process_variable(std::string_view name) {
    const auto found = kVariables.find(std::string(name));
    return found == kVariables.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace base
