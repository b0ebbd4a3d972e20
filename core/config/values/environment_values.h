// The values of SetEnv, SetEnvIf and their kin.
// Pure functions on a Scope or a View; see Value for the contract.
#pragma once

#include <string>
#include <vector>

#include "core/config/language/directive.h"

namespace config {

base::Result<> apply_set_env(Scope& scope, Words words);
base::Result<> apply_pass_env(Scope& scope, Words words);
base::Result<> apply_unset_env(Scope& scope, Words words);
std::vector<std::string> show_set_env(const View& view);
std::vector<std::string> show_pass_env(const View& view);
std::vector<std::string> show_unset_env(const View& view);

base::Result<> apply_set_env_if(Scope& scope, Words words);
base::Result<> apply_set_env_if_expr(Scope& scope, Words words);
base::Result<> apply_set_env_if_no_case(Scope& scope, Words words);
base::Result<> apply_browser_match(Scope& scope, Words words);
base::Result<> apply_browser_match_no_case(Scope& scope, Words words);
// Each shows its lines where there are only such. Where there are others, too, their order counts,
// and show_mixed_conditions() shows all of them, as whole lines.
std::vector<std::string> show_set_env_if(const View& view);
std::vector<std::string> show_set_env_if_expr(const View& view);
std::vector<std::string> show_set_env_if_no_case(const View& view);
std::vector<std::string> show_browser_match(const View& view);
std::vector<std::string> show_browser_match_no_case(const View& view);
std::vector<std::string> show_mixed_conditions(const EnvironmentRules& rules);

}  // namespace config
