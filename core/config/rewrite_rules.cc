#include "core/config/rewrite_rules.h"

namespace config {

void RewriteRules::overlay(const RewriteRules&) {}

}  // namespace config
