#include "core/request/variables.h"

#include <algorithm>

#include "core/base/text.h"

namespace request {
namespace {

auto is_called(std::string_view name) {
    return [name](const auto& item) { return base::equal_case_blind(item.first, name); };
}

}  // namespace

void Variables::set(std::string_view name, std::string_view value) {
    const auto found = std::ranges::find_if(items_, is_called(name));
    if (found != items_.end()) {
        found->second.assign(value);
    } else {
        items_.emplace_back(name, value);
    }
}

void Variables::unset(std::string_view name) { std::erase_if(items_, is_called(name)); }

std::optional<std::string_view> Variables::find(std::string_view name) const {
    const auto found = std::ranges::find_if(items_, is_called(name));
    return found == items_.end() ? std::nullopt : std::optional<std::string_view>(found->second);
}

}  // namespace request
