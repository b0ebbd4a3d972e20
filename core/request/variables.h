// The environment of a request while it is mapped: names and values in the order in which they
// were set. Names are case-blind, as in Apache's tables. Keeps its memory when it is cleared.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace request {

class Variables {
public:
    // What a request may have of them. Whoever sets one that a stranger's rule has made looks
    // whether they have become too large, and then there is no answer but an error.
    static constexpr std::size_t kCountMax = 2000;
    static constexpr std::size_t kBytesMax = 256 << 10;
    [[nodiscard]] bool are_too_large() const {
        return items_.size() > kCountMax || bytes_ > kBytesMax;
    }

    void set(std::string_view name, std::string_view value) { set(name, value, items_.size()); }
    // The same where the name cannot be among those behind the first `known`.
    void set(std::string_view name, std::string_view value, std::size_t known);
    // Of a name that is not there yet.
    void add(std::string_view name, std::string_view value) {
        bytes_ += name.size() + value.size();
        items_.emplace_back(name, value);
    }
    void unset(std::string_view name);
    [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
    void clear() {
        items_.clear();
        bytes_ = 0;
    }
    [[nodiscard]] bool is_empty() const { return items_.empty(); }
    [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& items() const {
        return items_;
    }

private:
    std::vector<std::pair<std::string, std::string>> items_;
    std::size_t bytes_ = 0;  // of all names and values
};

}  // namespace request
