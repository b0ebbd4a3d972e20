// Expressions, as in <If>, Require expr, SetEnvIfExpr and RewriteCond expr: Apache's language
// without the functions and operators that read files. Parsed when the configuration is read;
// evaluated by core/site. Constant once made, cheap to copy; any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace config {

// The syntax tree; its nodes stand in expression_nodes.h.
struct ExpressionNode;

// Who has written it: in .htaccess that may be a stranger, who learns nothing of the environment
// that the server was started with.
enum class Author : std::uint8_t { kAdministrator, kHtaccess };

class Expression {
public:
    // A condition: <If "%{HTTP_HOST} == 'a'">. The error says what was expected, and at which
    // character.
    static base::Result<Expression> parse_condition(
        std::string_view text, Author author = Author::kAdministrator
    );
    // A string with variables and functions in it: "%{HTTP_HOST}/x" (SetEnvIfExpr's value,
    // ErrorDocument, Redirect in <Location>).
    static base::Result<Expression> parse_string(
        std::string_view text, Author author = Author::kAdministrator
    );

    [[nodiscard]] const std::string& text() const { return text_; }  // as written
    [[nodiscard]] const ExpressionNode& root() const { return *root_; }

private:
    Expression(std::string text, std::shared_ptr<const ExpressionNode> root)
        : text_(std::move(text)), root_(std::move(root)) {}
    std::string text_;
    std::shared_ptr<const ExpressionNode> root_;
};

}  // namespace config
