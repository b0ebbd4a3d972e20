#include "core/base/system/no_memory.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace base {

void tell_no_memory(const Log& log, std::string_view what, std::string_view whose) noexcept {
    std::array<char, 512> text{};  // not a string: that would be one more allocation
    const auto made =
        fmt::format_to_n(text.data(), text.size(), "there is no memory for {}: {}", what, whose);
    log.write(LogLevel::kError, {}, {text.data(), std::min(made.size, text.size())});
}

}  // namespace base
