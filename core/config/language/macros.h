// <Macro> and Use: lines that are written once and read again with other words in them. One
// thread; lives as long as the reading.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/config/language/directive.h"

namespace config {

struct Macro {
    std::string name;
    std::vector<std::string> parameters;  // with their "$", "%" or "@"
    std::string body;                     // its lines as written
    Place place;                          // of <Macro>
};

// The words of <Macro>: a name and parameters, each once.
base::Result<Macro> read_macro(Words words);

// The body with its parameters replaced, the longest first, by `values`; there are as many. Nothing
// where that is more than `bytes_max`.
std::optional<std::string> fill_in(const Macro& macro, Words values, std::size_t bytes_max);

}  // namespace config
