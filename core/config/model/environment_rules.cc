#include "core/config/model/environment_rules.h"

#include <algorithm>

#include "core/base/text.h"

namespace config {

void EnvironmentRules::add(FixedVariable variable) {
    std::erase_if(fixed, [&](const FixedVariable& old) {
        return base::equal_case_blind(old.name, variable.name);
    });
    fixed.push_back(std::move(variable));
}

void EnvironmentRules::overlay(const EnvironmentRules& inner) {
    for (const auto& variable : inner.fixed) {
        if (variable.kind != FixedVariable::Kind::kPassed || !variable.is_from_htaccess) {
            add(variable);
        }
    }
    conditional.insert(conditional.end(), inner.conditional.begin(), inner.conditional.end());
}

}  // namespace config
