#include "http/headers.h"

#include <algorithm>

#include "core/base/text/text.h"

namespace http {

Header Headers::end_field() {
    Field& field = fields_.back();
    const std::size_t value_start = bytes_.size() - field.value_size;
    std::size_t end = bytes_.size();
    while (end > value_start && (bytes_[end - 1] == ' ' || bytes_[end - 1] == '\t')) {
        --end;
    }
    bytes_.resize(end);
    field.value_size = static_cast<std::uint32_t>(end - value_start);
    return (*this)[fields_.size() - 1];
}

std::optional<std::string_view> Headers::find(std::string_view name) const {
    for (const Header header : *this) {
        if (base::equal_case_blind(header.name, name)) {
            return header.value;
        }
    }
    return std::nullopt;
}

std::size_t Headers::count(std::string_view name) const {
    std::size_t found = 0;
    for (const Header header : *this) {
        found += base::equal_case_blind(header.name, name) ? 1 : 0;
    }
    return found;
}

}  // namespace http
