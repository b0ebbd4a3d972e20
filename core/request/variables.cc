#include "core/request/variables.h"

#include <algorithm>

#include "core/base/text/text.h"

namespace request {
namespace {

auto is_called(std::string_view name) {
    return [name](const auto& item) { return base::equal_case_blind(item.first, name); };
}

}  // namespace

void Variables::set(std::string_view name, std::string_view value, std::size_t known) {
    const auto end = items_.begin() + static_cast<std::ptrdiff_t>(std::min(known, items_.size()));
    const auto found = std::find_if(items_.begin(), end, is_called(name));
    if (found != end) {
        bytes_ += value.size() - found->second.size();
        found->second.assign(value);
    } else {
        add(name, value);
    }
}

void Variables::unset(std::string_view name) {
    const auto found = std::ranges::find_if(items_, is_called(name));
    if (found != items_.end()) {
        bytes_ -= found->first.size() + found->second.size();
        items_.erase(found);
    }
}

std::optional<std::string_view> Variables::find(std::string_view name) const {
    const auto found = std::ranges::find_if(items_, is_called(name));
    return found == items_.end() ? std::nullopt : std::optional<std::string_view>(found->second);
}

}  // namespace request
