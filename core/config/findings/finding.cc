#include "core/config/findings/finding.h"

#include <algorithm>
#include <tuple>
#include <unordered_map>

namespace config {

std::string Finding::text() const {
    const std::string file = place.file ? *place.file : "command line";
    return (place.line == 0 ? file : place.text()) + ": " + sentence;
}

void sort_by_place(std::vector<Finding>& findings) {
    std::unordered_map<std::string, std::size_t> files;
    const auto number = [&](const Finding& finding) {
        return files.emplace(finding.place.file ? *finding.place.file : "", files.size())
            .first->second;
    };
    for (const Finding& finding : findings) {
        number(finding);
    }
    std::ranges::stable_sort(findings, {}, [&](const Finding& finding) {
        return std::tuple(finding.place.line == 0, number(finding), finding.place.line);
    });
}

}  // namespace config
