// SetEnvIf, SetEnv and their kin, applied to a request; and what nobody may set. In Apache's
// order: SetEnvIf outside of all sections when the request has been read, that of sections once
// they are known, and SetEnv, PassEnv and UnsetEnv after access has been granted.
// Functions on one Walk; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/config/model/environment_rules.h"
#include "core/site/conditions/walk.h"

namespace site {

// Whether the configuration may give the variable `name` a value. It may not where the server says
// it itself; and .htaccess may not set what an application takes for the word of the client or of
// the server's administrator (CVE-2025-65082). What may not be set is left as it is, without an
// error, as with mod_wsgi.
bool may_set(std::string_view name, bool is_from_htaccess);

// SetEnvIf and its kin outside of all sections. `rules` may hold those of sections, too.
// The error is that a regular expression gave up, an expression could not be evaluated, or a value
// has become too large, and means a 500: going on without a variable might let somebody in.
base::Result<> set_early_variables(const config::EnvironmentRules& rules, Walk& walk);

// SetEnvIf and its kin in sections and .htaccess.
base::Result<> set_section_variables(const config::EnvironmentRules& rules, Walk& walk);

// SetEnv and PassEnv; they beat SetEnvIf. The error is that there are too many.
base::Result<> set_fixed_variables(const config::EnvironmentRules& rules, Walk& walk);

// %{ENV:name} in the name of a group or a callable: the environment of the request, then that of
// the process, if the server's configuration has such a name; .htaccess alone does not see it: it
// may be a stranger's.
std::optional<std::string> environment_value(
    const config::Config& config, const request::Variables& environment, std::string_view name
);

}  // namespace site
