// What a request is told beyond its own fields: SetEnv, UnsetEnv, PassEnv, SetEnvIf,
// SetEnvIfNoCase, SetEnvIfExpr, BrowserMatch and BrowserMatchNoCase.
// Plain data; applied by core/site/environment.
#pragma once

namespace config {

struct EnvironmentRules {
    // What an inner section adds comes after, and may undo, what the outer one has said.
    void overlay(const EnvironmentRules& inner);
};

}  // namespace config
