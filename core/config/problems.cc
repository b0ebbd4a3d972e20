#include "core/config/problems.h"

#include <fmt/format.h>

#include <algorithm>

namespace config {

std::string Problems::text() const {
    constexpr std::size_t kShownMax = 20;
    auto sorted = problems_;
    std::ranges::stable_sort(sorted, {}, &std::pair<int, std::string>::first);
    std::string out;
    for (std::size_t i = 0; i < std::min(sorted.size(), kShownMax); ++i) {
        const auto& [line, sentence] = sorted[i];
        out += i == 0 ? "" : "\n";
        out += line == kNoLine ? fmt::format("{}: {}", file_, sentence)
                               : fmt::format("{}:{}: {}", file_, line, sentence);
    }
    if (sorted.size() > kShownMax) {
        out += fmt::format("\n{}: and {} more", file_, sorted.size() - kShownMax);
    }
    return out;
}

}  // namespace config
