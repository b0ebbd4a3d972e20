// What a request is told beyond its own fields: SetEnv, UnsetEnv, PassEnv, SetEnvIf,
// SetEnvIfNoCase, SetEnvIfExpr, BrowserMatch and BrowserMatchNoCase.
// Plain data; applied by core/site/environment.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/text/regex.h"
#include "core/config/expression/expression.h"
#include "core/config/model/place.h"

namespace config {

// SetEnv and PassEnv give a variable its value whatever the request; UnsetEnv takes away what an
// outer section has given.
struct FixedVariable {
    enum class Kind : std::uint8_t { kSet, kPassed, kUnset };
    std::string name;
    // Of PassEnv: at the time of reading, and "" in .htaccess; "" of UnsetEnv.
    std::string value;
    Kind kind = Kind::kSet;
    bool is_from_htaccess = false;
    Place place;
};

// One of the last words of SetEnvIf: "name", "name=value" or "!name".
struct Assignment {
    std::string name;
    std::optional<std::string> value;  // none: the variable is taken away
};

// One line of SetEnvIf or its kin: what to do with variables where `pattern` matches its subject.
struct ConditionalVariables {
    enum class Subject : std::uint8_t {
        kRemoteHost,
        kRemoteAddr,
        kServerAddr,
        kRequestMethod,
        kRequestProtocol,
        kRequestUri,
        kField,         // the header field called `name`, else the variable of that name
        kFieldPattern,  // the last header field whose name matches `names`
        kExpression,    // whether `expression` holds; without pattern
    };
    Subject subject = Subject::kField;
    std::string name;
    std::optional<base::Regex> names;
    std::optional<base::Regex> pattern;
    std::optional<Expression> expression;
    // Whether values hold "$1" and its kin. Where a pattern is plain text they do not, as in
    // Apache, and a "$" is a "$".
    bool has_captures = false;
    // Outside of all sections: applied when the request has been read, before it is mapped.
    bool is_early = false;
    bool is_from_htaccess = false;
    std::vector<Assignment> assignments;
    std::string_view directive;  // "SetEnvIf"; a constant
    std::string text;            // its words, as they have to be written
    Place place;
};

struct EnvironmentRules {
    static constexpr std::size_t kFixedMax = 1000;  // in one section

    std::vector<FixedVariable> fixed;  // a name stands here once
    std::vector<std::shared_ptr<const ConditionalVariables>> conditional;  // in order

    // Adds `variable` behind, and removes what was there of that name.
    void add(FixedVariable variable);

    // What an inner section adds comes after, and may undo, what the outer one has said. PassEnv of
    // .htaccess passes what the server's configuration passes to its directory, and nothing else:
    // what the server was started with may be secret.
    void overlay(const EnvironmentRules& inner);
};

}  // namespace config
