// For tables by text that are asked with views, without a copy for the question.
// Values; any thread.
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>

namespace base {

struct TextHash {
    using is_transparent = void;  // NOLINT(readability-identifier-naming): the library's name
    std::size_t operator()(std::string_view text) const {
        return std::hash<std::string_view>()(text);
    }
};

}  // namespace base
