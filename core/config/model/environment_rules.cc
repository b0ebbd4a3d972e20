#include "core/config/model/environment_rules.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <unordered_set>

#include "core/base/text/text.h"

namespace config {

void EnvironmentRules::add(FixedVariable variable) {
    std::erase_if(fixed, [&](const FixedVariable& old) {
        return base::equal_case_blind(old.name, variable.name);
    });
    fixed.push_back(std::move(variable));
}

void EnvironmentRules::overlay(const EnvironmentRules& inner) {
    const auto counts = [](const FixedVariable& variable) {
        return variable.kind != FixedVariable::Kind::kPassed || !variable.is_from_htaccess;
    };
    if (!inner.fixed.empty()) {
        std::unordered_set<std::string> given;
        for (const auto& variable : inner.fixed) {
            if (counts(variable)) {
                given.insert(base::lower_case(variable.name));
            }
        }
        std::erase_if(fixed, [&](const FixedVariable& old) {
            return given.contains(base::lower_case(old.name));
        });
        std::ranges::copy_if(inner.fixed, std::back_inserter(fixed), counts);
    }
    conditional.insert(conditional.end(), inner.conditional.begin(), inner.conditional.end());
}

}  // namespace config
