#include "core/config/access_rules.h"

namespace config {

void AccessRules::overlay(const AccessRules&) {}

}  // namespace config
