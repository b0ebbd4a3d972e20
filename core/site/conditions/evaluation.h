// Expressions about a request: <If>, Require expr, SetEnvIfExpr, RewriteCond expr. Nothing here
// reads files. Any thread, each with its own walk.
#pragma once

#include <array>
#include <string>

#include "core/base/result.h"
#include "core/base/text/regex.h"
#include "core/config/expression/expression.h"
#include "core/site/conditions/walk.h"

namespace site {

// What the last regular expression with groups has captured; not set, and all empty, if it did not
// match. As in Apache, one without groups leaves it alone, even number 0.
struct ExpressionGroups {
    std::array<std::string, base::Captures::kMax> texts{};
    bool is_set = false;

    void assign(const base::Captures& captures);
    void clear();
    // For base::substitute(); views of `texts`.
    [[nodiscard]] base::Captures captures() const;
};

// Whether `condition`, of Expression::parse_condition, holds for the request. What it looks at goes
// into Walk::vary, but not what value_of() does, as in Apache. The error is that it
// cannot be told, because a comparison took too long or a text grew too large: whoever asks then
// refuses the request, whatever would have followed. `groups` gets what was captured, also where
// the condition does not hold.
base::Result<bool> holds(
    const config::Expression& condition, const Walk& walk, ExpressionGroups* groups = nullptr
);

// The value of `text`, of Expression::parse_string; `groups` is what $0 to $9 mean in it. Fails
// where it would be larger than 256 KiB.
base::Result<std::string> value_of(
    const config::Expression& text, const Walk& walk, const ExpressionGroups* groups = nullptr
);

}  // namespace site
