// mod_rewrite's directives: words <-> RewriteRules. Pure functions on a Scope or a View; see Value
// for the contract.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/language/directive.h"

namespace config {

base::Result<> apply_rewrite_engine(Scope& scope, Words words);
std::vector<std::string> show_rewrite_engine(const View& view);

base::Result<> apply_rewrite_options(Scope& scope, Words words);
std::vector<std::string> show_rewrite_options(const View& view);

base::Result<> apply_rewrite_base(Scope& scope, Words words);
std::vector<std::string> show_rewrite_base(const View& view);

base::Result<> apply_rewrite_map(Scope& scope, Words words);
std::vector<std::string> show_rewrite_map(const View& view);

// The order of conditions and rules has a meaning, so whichever of the two comes first shows both:
// one entry with all lines.
base::Result<> apply_rewrite_cond(Scope& scope, Words words);
std::vector<std::string> show_rewrite_cond(const View& view);

base::Result<> apply_rewrite_rule(Scope& scope, Words words);
std::vector<std::string> show_rewrite_rule(const View& view);

// What has been said about rewriting in the section that `scope` is in.
RewriteRules& rewriting_of(Scope& scope);

// What applies to the URLs of virtual host number `host`: its own rules, and of the main server's
// what RewriteOptions says. Nothing for a virtual host that says nothing.
RewriteRules rewriting_of_host(const Config& config, std::uint32_t host);

}  // namespace config
