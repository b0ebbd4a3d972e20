// The environment of a request while it is mapped: names and values in the order in which they
// were set. Names are case-blind, as in Apache's tables. Keeps its memory when it is cleared.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace request {

class Variables {
public:
    void set(std::string_view name, std::string_view value);
    // Of a name that is not there yet.
    void add(std::string_view name, std::string_view value) { items_.emplace_back(name, value); }
    void unset(std::string_view name);
    [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
    void clear() { items_.clear(); }
    [[nodiscard]] bool is_empty() const { return items_.empty(); }
    [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& items() const {
        return items_;
    }

private:
    std::vector<std::pair<std::string, std::string>> items_;
};

}  // namespace request
