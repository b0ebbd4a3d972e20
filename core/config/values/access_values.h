// The values of Require and AuthMerging (access_values.cc), and of Order, Allow, Deny and Satisfy
// (host_rule_values.cc).
// Pure functions on a Scope or a View; see Value for the contract.
#pragma once

#include <string>
#include <vector>

#include "core/config/language/directive.h"

namespace config {

base::Result<> apply_require(Scope& scope, Words words);
base::Result<> apply_auth_merging(Scope& scope, Words words);
base::Result<> apply_order(Scope& scope, Words words);
base::Result<> apply_allow(Scope& scope, Words words);
base::Result<> apply_deny(Scope& scope, Words words);
base::Result<> apply_satisfy(Scope& scope, Words words);

// The name of a host or domain, in lower case.
base::Result<std::string> read_host_name(std::string_view word);

// What stands in no container.
std::vector<std::string> show_require(const View& view);
std::vector<std::string> show_auth_merging(const View& view);
std::vector<std::string> show_order(const View& view);
std::vector<std::string> show_allow(const View& view);
std::vector<std::string> show_deny(const View& view);
std::vector<std::string> show_satisfy(const View& view);

// What stands in <RequireAll>, <RequireAny>, <RequireNone>, <Limit> and <LimitExcept>, as whole
// lines with the containers around them.
std::vector<std::string> show_access_containers(const AccessRules& rules);

// Opens <RequireAll> or its kin, <Limit> or <LimitExcept>, in the section that `scope` is in.
// Errors are sentences about the container.
base::Result<> open_access_container(Scope& scope, std::string_view name, Words words);

}  // namespace config
