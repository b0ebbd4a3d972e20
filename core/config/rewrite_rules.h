// mod_rewrite's directives as data: RewriteEngine, RewriteOptions, RewriteBase, RewriteCond,
// RewriteRule. Executed by core/site/rewrite. RewriteMap belongs to the virtual host.
#pragma once

namespace config {

struct RewriteRules {
    // A section that says anything about rewriting replaces what the outer one has said, but for
    // RewriteOptions Inherit and its kin.
    void overlay(const RewriteRules& inner);
};

}  // namespace config
