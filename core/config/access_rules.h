// Who may ask: Require and its containers, and Order, Allow, Deny and Satisfy of Apache 2.2.
// Plain data; evaluated by core/site/access.
#pragma once

namespace config {

struct AccessRules {
    // What an inner section sets replaces what the outer one has set.
    void overlay(const AccessRules& inner);
};

}  // namespace config
