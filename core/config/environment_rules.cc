#include "core/config/environment_rules.h"

namespace config {

void EnvironmentRules::overlay(const EnvironmentRules&) {}

}  // namespace config
